// The guided page for phones, and the page that a phone gets, over TLS under a name that the browser is told.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { type Household, startHousehold } from '../e2e/household.ts';
import { coffre } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { lookAt, noBrowser, signIn, visit } from './browser.ts';

const name = 'coffre.home.arpa';

describe('reaching it from a phone', { skip: noBrowser }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-reach-'));
  let home: Household;
  let server: TestServer;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    await home.server.stop();
    assert.equal((await coffre(['tls', 'own', name, '--data', home.dataFolder])).code, 0);
    const folder = `${home.dataFolder}.tls`;
    const tls = { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') };
    writeFileSync(join(scratch, 'settings.json'), JSON.stringify({ origins: [`https://${name}`], tls }));
    const env = { COFFRE_CONFIG: join(scratch, 'settings.json') };
    server = await startServer({ dataFolder: home.dataFolder, account: home.alice, env });
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      // The device was told to trust it, as far as this browser can be told.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        `--host-resolver-rules=MAP ${name} 127.0.0.1`,
        '--ignore-certificate-errors',
      ],
      timeout: 60_000,
    });
  });
  after(async () => {
    await browser?.close();
    await server?.discard();
    await home?.discard();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('works: Reach: the operator is led through three ways, and a phone that scans the code finds what it must install', async () => {
    const url = `https://${name}:${new URL(server.url).port}`;
    const operator = await visit(browser, url);
    await signIn(operator.page, home.alice);
    await operator.page.goto('/reach');
    await operator.page.getByRole('heading', { name: 'At home only, without the internet' }).waitFor();
    await operator.page.getByRole('img', { name: `Code with the address: ${url}/trust` }).waitFor();
    await lookAt(operator.page, 'reach');
    await operator.close();

    const phone = await visit(browser, url, { size: 'phone', language: 'fr' });
    await phone.page.goto('/trust');
    await phone.page.getByRole('heading', { name: 'Faire confiance à ce serveur' }).waitFor();
    await lookAt(phone.page, 'trust');
    for (const [label, file] of [
      ['Télécharger le certificat: Android', 'coffre-authority.crt'],
      ['Télécharger le profil: iPhone, iPad, Mac', 'coffre.mobileconfig'],
    ] as const) {
      const downloading = phone.page.waitForEvent('download');
      await phone.page.getByRole('link', { name: label }).click();
      assert.equal((await downloading).suggestedFilename(), file);
    }
    const cookies = await operatorCookies(browser, url);
    assert.ok(cookies.every((each) => each.startsWith('__Host-')));
    await phone.close();
  });

  /** Over TLS the cookie is bound to the host. */
  async function operatorCookies(of: Browser, url: string): Promise<readonly string[]> {
    const { page, context, close } = await visit(of, url);
    await signIn(page, home.alice);
    const names = (await context.cookies()).map((each) => each.name);
    await close();
    assert.ok(names.length > 0);
    return names;
  }
});
