// Installed on a device: what the service worker keeps, and what it never touches.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Household, startHousehold } from '../e2e/household.ts';
import { noBrowser, signIn, startBrowser, visit } from './browser.ts';

interface Manifest {
  readonly start_url: string;
  readonly display: string;
  readonly icons: readonly { readonly src: string; readonly type: string }[];
}

describe('the application on a device', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('the manifest and all icons that it names are there', async () => {
    const { url } = home.server;
    const answer = await fetch(`${url}/manifest.webmanifest`);
    assert.equal(answer.headers.get('content-type'), 'application/manifest+json');
    const manifest = (await answer.json()) as Manifest;
    assert.deepEqual([manifest.start_url, manifest.display], ['/', 'standalone']);
    for (const { src, type } of [...manifest.icons, { src: '/apple-touch-icon.png', type: 'image/png' }]) {
      const icon = await fetch(url + src);
      assert.equal(icon.status, 200, src);
      assert.equal(icon.headers.get('content-type'), type);
    }
  });

  it('works: Web: installed, it opens without its server, says so, and keeps no personal answer', async () => {
    const { page, close } = await visit(browser, home.server.url, { hasWorker: true });
    await signIn(page, home.alice);
    await page.getByRole('heading', { level: 1, name: 'Safe' }).waitFor();
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    // The second visit goes through the worker.
    await page.reload();
    await page.getByRole('heading', { name: 'Recent activity' }).waitFor();
    const kept = (await page.evaluate(`(async () => {
      const urls = [];
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
      return urls;
    })()`)) as readonly string[];
    assert.ok(kept.includes('/') && kept.some((path) => path.startsWith('/assets/safe-page')), kept.join());
    const foreign = kept.filter((path) => !/^\/(assets\/[\w.-]+|favicon\.svg|manifest\.webmanifest)?$/.test(path));
    assert.deepEqual(foreign, [], 'nothing but files that are the same for everybody');

    await home.server.stop();
    await page.reload();
    await page.getByText('The server does not answer.').first().waitFor();
    home = { ...home, server: await home.restart(new URL(home.server.url).port) };
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('heading', { name: 'Copies' }).waitFor();
    await close();
  });
});
