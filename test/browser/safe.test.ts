// The first page: whether everything is well, and the one thing to do if it is not.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

describe('the page Safe', { skip: noBrowser }, () => {
  /** Another disk than that of the data. */
  const otherDisk = mkdtempSync('/dev/shm/coffre-copy-');
  let home: Household;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    browser = await startBrowser();
    const files = clientOf(home.server.url, home.alice);
    await files.send('MKCOL', 'holidays');
    for (const name of ['beach.jpg', 'harbour.jpg', 'train.jpg'])
      assert.equal((await files.put(`holidays/${name}`, Buffer.from(name))).status, 201);
    await files.send('DELETE', 'holidays/train.jpg');
    files.close();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
    rmSync(otherDisk, { recursive: true, force: true });
  });

  const savesKit = async (page: Page): Promise<string> => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as a file' }).click();
    return readFileSync((await (await downloading).path()) ?? '', 'utf8');
  };

  const typesWords = async (page: Page, kit: string): Promise<void> => {
    const words = /^# check words: (.+)$/m.exec(kit)?.[1]?.split(' ') ?? [];
    await page.getByRole('button', { name: 'I have saved it' }).click();
    for (const label of await page.getByText(/^Check word \d$/).allInnerTexts())
      await page.getByLabel(label).fill(words[Number(label.at(-1)) - 1] ?? '');
    await page.getByRole('button', { name: 'Check' }).click();
  };

  it('works: Web: Safe names the one thing to do until the kit is proven, there is a copy, and everything is well', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.getByRole('heading', { name: 'Show that your recovery kit can be read' }).waitFor();
    await page.getByText('Your data is in one place only').waitFor();
    await page.getByText('train.jpg and 2 more').waitFor();
    await lookAt(page, 'safe-to-do');

    await page.getByRole('link', { name: 'Do it now' }).click();
    await page.getByLabel('The key of the kit').fill('AGE-SECRET-KEY-1NOT');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('There is no recovery kit in this.').waitFor();
    await lookAt(page, 'kit-prove');
    await page.getByLabel('The key of the kit').fill(home.alice.kit);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByLabel('With somebody I trust').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'It is with somebody you trust.' }).waitFor();

    await page.getByRole('button', { name: 'Make a new one' }).click();
    await lookAt(page, 'confirm');
    await page.getByRole('button', { name: 'Make a new kit' }).click();
    await typesWords(page, await savesKit(page));
    await page.getByLabel('On paper, at home').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'It is on paper, at home.' }).waitFor();

    await page.goto('/');
    await page.getByRole('heading', { name: 'Your data is in one place only' }).waitFor();
    await page.getByRole('link', { name: 'Do it now' }).click();
    await page.getByLabel('Path of the folder on this server').fill(join(otherDisk, 'absent'));
    await page.getByLabel('What to call it').fill('Other disk');
    await page.getByLabel('Country, in two letters').fill('ch');
    await lookAt(page, 'add-copy');
    await page.getByRole('button', { name: 'Add the copy' }).click();
    await page.getByText('This place does not answer.').waitFor();
    await page.getByLabel('Path of the folder on this server').fill(otherDisk);
    await page.getByRole('button', { name: 'Add the copy' }).click();
    await page.getByText('The copy was added.').waitFor();

    await page.getByRole('heading', { name: 'Keep a kit for the instance key' }).waitFor();
    await page.getByText('up to date').waitFor();
    await page.getByText('Switzerland').waitFor();
    await page.getByRole('link', { name: 'Do it now' }).click();
    await page.getByRole('button', { name: 'Make an operator kit' }).click();
    const kit = await savesKit(page);
    assert.match(kit, /^AGE-SECRET-KEY-1/m);
    await typesWords(page, kit);

    await page.getByRole('heading', { name: 'Everything is well' }).waitFor();
    await page.getByText('up to date').waitFor();
    await lookAt(page, 'safe-well');
    await close();
  });

  it('works: Web: what is sensitive asks for the password once more, and goes on when it is right', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    // As after some minutes: a restarted server remembers no proof.
    const { port } = new URL(home.server.url);
    await home.server.stop();
    home = { ...home, server: await home.restart(port) };
    await page.goto('/operator-kit');
    await page.getByRole('button', { name: 'Make an operator kit' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your password, please' });
    await dialog.getByLabel('Password', { exact: true }).fill('not hers at all');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Name or password are not right.').waitFor();
    await lookAt(page, 'proof');
    await dialog.getByLabel('Password', { exact: true }).fill(home.alice.password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'Save it now' }).waitFor();
    await close();
  });

  it('works: Web: somebody who does not run the instance sees no place of a copy, and is not asked to add one', async () => {
    const { page, close } = await visit(browser, home.server.url, { language: 'fr', size: 'phone' });
    await page.goto('/sign-in');
    await page.getByLabel('Nom').fill('bob');
    await page.getByLabel('Mot de passe', { exact: true }).fill(home.bob.password);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await page.getByRole('heading', { name: 'Montrez que votre kit de récupération peut être lu' }).waitFor();
    await page.getByText('Other disk').waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), /shm|Ajouter une copie/);
    await lookAt(page, 'safe-fr');
    await close();
  });
});
