// The operator's page: accounts and their limits, copies, and maintenance, which everybody sees.
import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import { withControl } from '../support/account.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

describe('running an instance with a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    const copy = join(home.scratch, 'backup');
    mkdirSync(copy);
    await clientOf(home.server.url, home.alice).put('secret-name', Buffer.alloc(300_000, 7));
    await withControl(home.dataFolder, (control) =>
      control.run({ command: 'copy.add', args: { place: copy, label: 'backup', country: 'CH' } }),
    );
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('works: Operation: an operator sees accounts, copies and their proof, sets a limit and pauses a copy; no name of a file is there', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.getByRole('link', { name: 'Operator' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Operator' }).waitFor();
    const backup = page.getByRole('listitem').filter({ hasText: 'backup' });
    await backup.getByText('up to date').waitFor();
    await page.getByRole('button', { name: 'Set a limit: bob' }).click();
    await page.getByRole('dialog').waitFor();
    await lookAt(page, 'operator-limit');
    await page.getByLabel('Gigabytes').fill('20');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('of 20 GB stored').waitFor();
    await page.getByText('None.', { exact: true }).waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), /secret-name/);
    await lookAt(page, 'operator');
    await page.getByRole('button', { name: 'What to do with backup' }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await backup.getByText('paused', { exact: true }).waitFor();
    await close();
  });

  it('works: Operation: maintenance is begun and ended on a page; meanwhile everybody reads why, in their language, and writes are refused', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.goto('/operator');
    await page.getByLabel('What people read meanwhile').fill('Eine neue Platte.');
    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Begin maintenance' }).click();
    await page.getByText('Everything can be read; nothing can be stored or changed for now.').waitFor();
    await lookAt(page, 'operator-maintenance');
    const other = await visit(browser, home.server.url, { language: 'de', size: 'phone' });
    await other.page.goto('/sign-in');
    await other.page.getByText('Am Server wird gearbeitet.').waitFor();
    await other.page.getByText('Eine neue Platte.').waitFor();
    await lookAt(other.page, 'maintenance-sign-in');
    await other.page.getByLabel('Name').fill('bob');
    await other.page.getByLabel('Passwort', { exact: true }).fill(home.bob.password);
    await other.page.getByRole('button', { name: 'Anmelden' }).click();
    await other.page.getByRole('heading', { level: 1, name: 'Sicherheit' }).waitFor();
    await other.close();
    assert.equal((await clientOf(home.server.url, home.bob).put('not now', Buffer.from('x'))).status, 503);
    await page.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByText('Maintenance is over').waitFor();
    assert.equal((await clientOf(home.server.url, home.bob).put('now', Buffer.from('x'))).status, 201);
    await close();
  });

  it('is not shown to anybody else', async () => {
    const { page, close } = await visit(browser, home.server.url, { size: 'phone', language: 'en' });
    await signIn(page, home.bob);
    await page.getByRole('heading', { level: 1, name: 'Safe' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Operator' }).count(), 0);
    await close();
  });
});
