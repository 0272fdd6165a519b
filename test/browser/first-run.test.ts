// The first ten minutes: from the link that the start printed to an account whose recovery kit is kept.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { startServer, type TestServer } from '../support/server.ts';
import { lookAt, noBrowser, startBrowser, visit } from './browser.ts';

const password = 'four words of hers';

describe('the first run', { skip: noBrowser }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-first-run-'));
  let server: TestServer;
  let browser: Browser;
  before(async () => {
    server = await startServer({ dataFolder: join(scratch, 'data') });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.discard();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('works: Start: the link of the first start makes the first account, and its kit is saved, read back and put somewhere', async () => {
    const link = /http:\/\/localhost\S+\/first-run#[0-9a-f]{32}/.exec(server.greeting())?.[0];
    assert.ok(link !== undefined, server.greeting());
    const { page, close } = await visit(browser, new URL(link).origin);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await lookAt(page, 'first-run');
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('The same password again').fill('another one');
    await page.getByText('These two are not the same.').waitFor();
    await page.getByLabel('The same password again').fill(password);
    await page.getByRole('button', { name: 'Make my account' }).click();

    await page.getByRole('heading', { name: 'Save it now' }).waitFor();
    await lookAt(page, 'kit-save');
    assert.doesNotMatch(await page.locator('body').innerText(), /AGE-SECRET/, 'a key is not for a screen');
    await page.emulateMedia({ media: 'print' });
    assert.match(await page.locator('body').innerText(), /Recovery kit of ada.*AGE-SECRET-KEY-1.*Check words/s);
    await page.emulateMedia({ media: 'screen' });
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as a file' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'ada-recovery-kit.txt');
    const file = join(scratch, 'kit.txt');
    await download.saveAs(file);
    const words = /^# check words: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.split(' ') ?? [];
    await page.getByRole('button', { name: 'I have saved it' }).click();

    const fields = page.getByRole('textbox');
    await fields.first().fill('wrong');
    await fields.nth(1).fill('words');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('These are not the words of the kit.').waitFor();
    await lookAt(page, 'kit-words');
    for (const label of await page.getByText(/^Check word \d$/).allInnerTexts()) {
      await page.getByLabel(label).fill(words[Number(label.at(-1)) - 1] ?? '');
    }
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('heading', { name: 'Where will you keep it?' }).waitFor();
    await lookAt(page, 'kit-place');
    await page.getByLabel('On paper, in another place').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { level: 1, name: 'Safe' }).waitFor();

    await page.goto('/kit');
    await page.getByRole('heading', { name: 'It is on paper, in another place.' }).waitFor();
    await lookAt(page, 'kit');
    await close();
  });

  it('the link makes no second account', async () => {
    const again = await visit(browser, server.url);
    await again.page.goto(`/first-run#${'0'.repeat(32)}`);
    await again.page.getByRole('heading', { name: 'The first account is there already' }).waitFor();
    await again.close();
  });
});
