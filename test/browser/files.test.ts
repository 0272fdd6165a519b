// Files in a browser, on the real server: what a person does with them, at a computer and on a phone.
import { strict as assert } from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import type { DavClient } from '../support/dav-client.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';
import { hostileHtml, hostileMarkdown, hostilePdf, hostileSvg } from './hostile-files.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** A picture of four pixels. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8Dwn4GBgYGJAQYAHxcCAjIcXO8AAAAASUVORK5CYII=',
  'base64',
);

const row = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) });
const names = async (page: Page): Promise<readonly string[]> =>
  (await page.getByRole('grid').getByRole('row').locator('[class*=open]').allTextContents()).map((each) => each.trim());

async function openFiles(page: Page, account: Household['alice']): Promise<void> {
  await signIn(page, account);
  await page.getByRole('link', { name: 'Files' }).filter({ visible: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor();
}

async function act(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

async function gone(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'detached' });
}

describe('files in a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  let dav: DavClient;
  let scratch: string;
  before(async () => {
    home = await startHousehold();
    browser = await startBrowser();
    scratch = mkdtempSync(join(tmpdir(), 'coffre-upload-'));
    dav = clientOf(home.server.url, home.alice);
    await dav.send('MKCOL', 'Holidays');
    await dav.send('MKCOL', 'Holidays/2025');
    await dav.put('Holidays/beach.txt', Buffer.from('sand and water'));
    await dav.put('Holidays/picture.png', png);
    await dav.put('letter.txt', Buffer.from('first'));
    await dav.put('letter.txt', Buffer.from('second'));
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('works: Files: a person looks around, finds, opens, and brings an earlier version back, at a computer and on a phone', async () => {
    for (const size of ['desktop', 'phone'] as const) {
      const { page, close } = await visit(browser, home.server.url, { size });
      await openFiles(page, home.alice);
      await row(page, 'letter.txt').waitFor();
      await lookAt(page, 'files');
      await page.getByRole('button', { name: 'Holidays', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Holidays' }).waitFor();
      assert.deepEqual(await names(page), ['2025', 'beach.txt', 'picture.png']);
      await page.getByRole('button', { name: 'picture.png', exact: true }).click();
      await page.getByRole('img', { name: 'picture.png' }).waitFor();
      await lookAt(page, 'files-picture');
      await page.getByRole('button', { name: 'Previous file' }).click();
      await page.getByText('sand and water').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await gone(page.getByText('sand and water'));
      await page.getByLabel('Search by name').fill('LETT');
      await row(page, 'letter.txt').waitFor();
      await lookAt(page, 'files-found');
      await page.getByLabel('Search by name').fill('no such name');
      await page.getByText('Nothing has this in its name').waitFor();
      await page.getByRole('button', { name: 'Clear the search' }).click();
      await page.getByRole('navigation', { name: 'Where you are' }).getByRole('button', { name: 'Files' }).click();
      await act(page, 'letter.txt', 'Versions');
      await page.getByText('Current').waitFor();
      await lookAt(page, 'files-versions');
      await page.getByRole('button', { name: 'Bring back' }).last().click();
      await page.getByText('This version is the current one again.').waitFor();
      await close();
      assert.equal((await dav.get('letter.txt')).body.toString(), 'first');
      await dav.put('letter.txt', Buffer.from('second'));
    }
  });

  it('works: Files: rename, move, copy, trash and restore, with the mouse and with the keyboard alone', async () => {
    const { page, close } = await visit(browser, home.server.url);
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await dav.put(name, Buffer.from(name));
    await openFiles(page, home.alice);
    await row(page, 'a.txt').waitFor();
    await act(page, 'a.txt', 'Rename');
    await page.getByLabel('New name').fill('letter.txt');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByText('Something with this name is there already.').waitFor();
    await lookAt(page, 'files-rename');
    await page.getByLabel('New name').fill('A <b>bold & "quoted" näme.txt');
    await page.getByRole('button', { name: 'Rename' }).click();
    await row(page, 'A <b>bold & "quoted" näme.txt').waitFor();
    assert.equal(await page.locator('b').count(), 0, 'a name is text');
    // By keyboard: the second to the third file are marked, and copied into Holidays.
    await page.getByRole('grid').focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 2; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').first().waitFor();
    await lookAt(page, 'files-selected');
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Holidays' }).click();
    await lookAt(page, 'files-target');
    await page.getByRole('button', { name: 'Copy here' }).click();
    await page.getByText('2 items copied').waitFor();
    assert.equal((await dav.get('Holidays/b.txt')).body.toString(), 'b.txt');
    // F2 renames, Delete trashes, Control-A marks all.
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('F2');
    await page.getByLabel('New name').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('grid').focus();
    await row(page, 'd.txt').click();
    await page.keyboard.press('Delete');
    await gone(row(page, 'd.txt'));
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(page, 'd.txt').waitFor();
    await row(page, 'd.txt').click();
    await page.getByRole('grid').press('Delete');
    await gone(row(page, 'd.txt'));
    await page.getByRole('grid').press('Control+a');
    await page
      .getByText(/^[4-9] selected$/)
      .first()
      .waitFor();
    await page.getByRole('grid').press('Escape');
    // Moved, and found again in the trash.
    await act(page, 'c.txt', 'Move');
    await page.getByRole('dialog').getByRole('button', { name: 'Holidays' }).click();
    await page.getByRole('button', { name: 'Move here' }).click();
    await page.getByText('1 item moved').waitFor();
    assert.ok(
      await dav.list('Holidays').then((all) => all?.some(({ name }) => name === 'c (2).txt')),
      'nothing replaced',
    );
    await page.getByRole('link', { name: 'Trash' }).click();
    await row(page, 'd.txt').waitFor();
    await lookAt(page, 'trash');
    await page.getByRole('button', { name: 'Restore: d.txt' }).click();
    await page.getByText('The trash is empty').waitFor();
    assert.equal((await dav.get('d.txt')).body.toString(), 'd.txt');
    await close();
  });

  it('works: Files: files and folders are uploaded, by button and by drop, and nothing that is there is replaced unasked', async () => {
    for (const size of ['desktop', 'phone'] as const) {
      const { page, close } = await visit(browser, home.server.url, { size });
      const folder = `Inbox ${size}`;
      await dav.send('MKCOL', folder);
      await openFiles(page, home.alice);
      await page.getByRole('button', { name: folder, exact: true }).click();
      await page.getByText('This folder is empty').waitFor();
      await lookAt(page, 'files-empty');
      const album = join(scratch, size, 'Album');
      mkdirSync(join(album, 'inner'), { recursive: true });
      const contents = new Map([
        ['Album/one.bin', randomBytes(5 * 1024 * 1024)],
        ['Album/inner/two.bin', randomBytes(1000)],
        ['Album/inner/empty', Buffer.alloc(0)],
      ]);
      for (const [path, bytes] of contents) writeFileSync(join(scratch, size, path), bytes);
      await page.getByLabel('Upload a folder', { exact: true }).setInputFiles(album);
      await page.getByText('3 files uploaded').waitFor();
      await lookAt(page, 'files-uploaded');
      for (const [path, bytes] of contents)
        assert.equal(sha256((await dav.get(`${folder}/${path}`)).body), sha256(bytes));
      await page.getByRole('button', { name: 'Album', exact: true }).waitFor();
      const upload = async (text: string): Promise<void> => {
        await page
          .getByLabel('Upload files', { exact: true })
          .setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
      };
      await upload('one');
      await row(page, 'note.txt').waitFor();
      await upload('two');
      await page.getByText('1 file is there already').waitFor();
      await lookAt(page, 'files-taken');
      await page.getByRole('button', { name: 'Keep both' }).click();
      await row(page, 'note (2).txt').waitFor();
      await upload('three');
      await page.getByRole('button', { name: 'New version' }).click();
      for (let tries = 0; tries < 100 && (await dav.get(`${folder}/note.txt`)).body.toString() !== 'three'; tries += 1)
        await page.waitForTimeout(200);
      assert.equal((await dav.get(`${folder}/note.txt`)).body.toString(), 'three');
      assert.equal((await dav.get(`${folder}/note (2).txt`)).body.toString(), 'two');
      // Dropped on the page.
      const data = await page.evaluateHandle(
        "(() => { const d = new DataTransfer(); d.items.add(new File(['dropped'], 'dropped.txt')); return d; })()",
      );
      const zone = page.getByRole('grid');
      await zone.dispatchEvent('dragenter', { dataTransfer: data });
      await page.getByText(`Drop to upload to ${folder}`).waitFor();
      await zone.dispatchEvent('drop', { dataTransfer: data });
      await row(page, 'dropped.txt').waitFor();
      assert.equal((await dav.get(`${folder}/dropped.txt`)).body.toString(), 'dropped');
      await close();
    }
  });

  it('works: Files: what another device changes is seen without a reload, and several come down as one archive', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await openFiles(page, home.alice);
    await row(page, 'letter.txt').waitFor();
    await dav.put('from the phone.txt', Buffer.from('hello'));
    await row(page, 'from the phone.txt').waitFor();
    await page.getByLabel('Select letter.txt').check();
    await page.getByLabel('Select Holidays').check();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    const archive = await coming;
    assert.equal(archive.suggestedFilename(), 'Coffre.zip');
    const bytes = readFileSync(await archive.path());
    for (const name of ['letter.txt', 'Holidays/beach.txt', 'Holidays/picture.png', 'Holidays/2025/'])
      assert.ok(bytes.includes(name), name);
    await close();
  });

  it('works: Files: hostile files are looked at and nothing of them runs, loads or leaves the page', async () => {
    const markup = '<img src=x onerror=window.attacked=true>';
    await dav.send('MKCOL', 'hostile');
    await dav.put('hostile/x.svg', hostileSvg);
    await dav.put('hostile/x.html', hostileHtml);
    await dav.put('hostile/x.md', hostileMarkdown);
    await dav.put('hostile/x.pdf', hostilePdf());
    await dav.put('hostile/pretends.png', hostileHtml, { 'content-type': 'text/html' });
    await dav.put(`hostile/${markup}.txt`, Buffer.from('<script>window.attacked=true</script>'));
    await dav.send('MKCOL', `hostile/${markup}`);
    const { page, context, close } = await visit(browser, home.server.url);
    context.on('page', (other) => assert.fail(`a window was opened: ${other.url()}`));
    page.on('dialog', (dialog) => assert.fail(`a dialog: ${dialog.message()}`));
    await openFiles(page, home.alice);
    await page.getByRole('button', { name: 'hostile', exact: true }).click();
    const shows: readonly (readonly [string, string | RegExp])[] = [
      ['x.svg', '<svg xmlns='],
      ['x.html', '<!doctype html>'],
      [`${markup}.txt`, '<script>window.attacked=true</script>'],
      ['x.md', 'kept bold'],
      ['pretends.png', 'This kind of file is not shown here.'],
    ];
    for (const [name, text] of shows) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').getByText(text).first().waitFor();
      if (name === 'x.md') {
        assert.equal(await page.getByRole('dialog').locator('script, iframe, form, input, img, [onerror]').count(), 0);
        assert.equal(await page.getByRole('dialog').locator('a[href^=javascript]').count(), 0);
        await lookAt(page, 'files-markdown');
      }
      await page.getByRole('button', { name: 'Close' }).click();
      await gone(page.getByRole('dialog'));
    }
    await page.getByRole('button', { name: 'x.pdf', exact: true }).click();
    await page.waitForFunction("document.querySelector('canvas')?.style.width !== ''");
    await lookAt(page, 'files-pdf');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: markup, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: markup }).waitFor();
    assert.equal(await page.evaluate('window.attacked'), undefined);
    assert.equal(page.frames().length, 1);
    await close();
  });

  it('works: Files: in French and German', async () => {
    for (const [language, title, trash] of [
      ['fr', 'Fichiers', 'Corbeille'],
      ['de', 'Dateien', 'Papierkorb'],
    ] as const) {
      const { page, close } = await visit(browser, home.server.url);
      await signIn(page, home.alice);
      await page.evaluate(`localStorage.setItem('coffre.language', '${language}')`);
      await page.goto('/files');
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await row(page, 'letter.txt').waitFor();
      await lookAt(page, `files-${language}`);
      await page.getByRole('link', { name: trash }).click();
      await page.getByRole('heading', { level: 1, name: trash }).waitFor();
      await close();
    }
  });
});
