// Sharing in a browser: the owner makes and ends links, somebody without an account opens them.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ApiClient } from '../e2e/api-client.ts';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

/** A picture of 2 × 2 pixels. */
const picture: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGNkYPjPwMDAxAADjP8ZGAAMNwEEdkeMYQAAAABJRU5ErkJggg==',
  'base64',
);

async function copiedLink(page: Page): Promise<string> {
  const field = page.getByLabel('Link', { exact: true });
  await field.waitFor();
  return field.inputValue();
}

describe('sharing with a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    browser = await startBrowser();
    const files = clientOf(home.server.url, home.alice);
    for (const folder of ['Holidays', 'Holidays/Beach', 'Letters']) await files.makeFolder(folder);
    await files.put('Holidays/sunset.png', picture);
    await files.put('Holidays/notes.txt', Buffer.from('Remember the towels.'));
    await files.put(
      'Holidays/Beach/a long name that somebody once gave to a file and never changed.pdf',
      Buffer.alloc(3_500_000, 7),
    );
    await files.put('Letters/secret.txt', Buffer.from('not shared'));
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('works: Sharing: in the browser an owner shares a folder with a password, a visitor opens, sees and downloads it, and the owner ends it', async () => {
    const owner = await visit(browser, home.server.url);
    await signIn(owner.page, home.alice);
    await owner.page.goto('/shared');
    await owner.page.getByText('No links').waitFor();
    await owner.page.getByRole('button', { name: 'Share something' }).click();
    await owner.page.getByRole('button', { name: 'Share Holidays' }).waitFor();
    await lookAt(owner.page, 'share-choose');
    await owner.page.getByRole('button', { name: 'Share Holidays' }).click();
    await owner.page.getByLabel('Title for visitors').fill('Our summer');
    await owner.page.getByLabel('Password (if you want one)').fill('towels');
    await lookAt(owner.page, 'share-form');
    await owner.page.getByRole('button', { name: 'Make the link' }).click();
    const address = await copiedLink(owner.page);
    await lookAt(owner.page, 'share-made');
    await owner.page.getByRole('button', { name: 'Done' }).click();
    await owner.page.getByText('Our summer').waitFor();
    await lookAt(owner.page, 'shared');

    const visitor = await visit(browser, home.server.url);
    const asked: string[] = [];
    visitor.context.on('request', (request) => asked.push(request.url()));
    await visitor.page.goto(address);
    await visitor.page.getByRole('heading', { name: 'This link has a password' }).waitFor();
    await lookAt(visitor.page, 'link-password');
    await visitor.page.getByLabel('Password', { exact: true }).fill('wrong');
    await visitor.page.getByRole('button', { name: 'Open' }).click();
    await visitor.page.getByText('This is not the password of the link.').waitFor();
    await visitor.page.getByLabel('Password', { exact: true }).fill('towels');
    await visitor.page.getByRole('button', { name: 'Open' }).click();
    await visitor.page.getByRole('heading', { name: 'Our summer' }).waitFor();
    await visitor.page.getByText('notes.txt').first().waitFor();
    await lookAt(visitor.page, 'link-folder');
    assert.equal(await visitor.page.getByText('Letters').count(), 0);
    await visitor.page.getByRole('button', { name: /^notes.txt/ }).click();
    await visitor.page.getByText('Remember the towels.').waitFor();
    await lookAt(visitor.page, 'link-preview');
    await visitor.page.keyboard.press('Escape');
    await visitor.page.getByRole('button', { name: /^sunset.png/ }).click();
    const shown = visitor.page.getByRole('img', { name: 'sunset.png' });
    await shown.waitFor();
    await visitor.page.waitForFunction('document.querySelector("img[alt=\'sunset.png\']").naturalWidth === 2');
    await visitor.page.keyboard.press('Escape');
    await visitor.page.getByRole('button', { name: /^Beach/ }).click();
    await visitor.page.getByText(/^a long name/).waitFor();
    await lookAt(visitor.page, 'link-subfolder');
    const [file] = await Promise.all([
      visitor.page.waitForEvent('download'),
      visitor.page.getByRole('button', { name: /^Download a long name/ }).click(),
    ]);
    assert.equal(readFileSync(await file.path()).length, 3_500_000);
    const [archive] = await Promise.all([
      visitor.page.waitForEvent('download'),
      visitor.page.getByRole('button', { name: 'Download all' }).click(),
    ]);
    assert.match(archive.suggestedFilename(), /\.zip$/);
    const token = new URL(address).hash.slice(1);
    assert.ok(
      token.length > 30 &&
        asked.every((url) => !new URL(url).search.includes(token) && !url.split('#')[0]?.includes(token)),
    );

    await owner.page.getByRole('button', { name: 'End Our summer' }).click();
    await owner.page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
    await owner.page.getByText('No links').waitFor();
    await visitor.page.reload();
    await visitor.page.getByText('This link opens nothing').waitFor();
    await lookAt(visitor.page, 'link-over');
    await owner.close();
    await visitor.close();
  });

  it('works: Sharing: a link speaks the language of its visitor, on a telephone too', async () => {
    const alice = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
    const { id, token } = await alice.ok<{ readonly id: string; readonly token: string }>(
      'POST',
      '/vaults/files/links',
      {
        path: ['Holidays'],
        right: 'read',
        title: 'Ferien',
      },
    );
    for (const [language, all] of [
      ['fr', 'Tout télécharger'],
      ['de', 'Alles herunterladen'],
    ] as const) {
      const { page, close } = await visit(browser, home.server.url, { language, size: 'phone' });
      await page.goto(`/s/${id}#${token}`);
      await page.getByRole('button', { name: all }).waitFor();
      await page
        .getByRole('button', { name: /^Beach/ })
        .first()
        .click();
      await page.getByText(/^a long name/).waitFor();
      await close();
    }
    const { page, close } = await visit(browser, home.server.url);
    await page.goto(`/s/${id}`);
    await page.getByText('This link opens nothing').waitFor();
    await close();
  });

  it('works: Sharing: in the browser a visitor gives files to the owner of a folder, who finds them there', async () => {
    const owner = await visit(browser, home.server.url);
    await signIn(owner.page, home.alice);
    await owner.page.goto('/shared');
    await owner.page.getByRole('button', { name: 'Share something' }).click();
    await owner.page.getByRole('button', { name: 'Share Letters' }).click();
    await owner.page.getByText('Receive files').click();
    await lookAt(owner.page, 'share-receive');
    await owner.page.getByRole('button', { name: 'Make the link' }).click();
    const address = await copiedLink(owner.page);
    await owner.close();

    const visitor = await visit(browser, home.server.url);
    await visitor.page.goto(address);
    await visitor.page.getByText('Drop files here, or choose them.').waitFor();
    await lookAt(visitor.page, 'link-receive');
    assert.equal(await visitor.page.getByText('secret').count(), 0);
    const large = Buffer.alloc(5_000_000, 3);
    const picker = visitor.page.locator('input[type=file]');
    await picker.setInputFiles([
      { name: 'from a visitor.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
      { name: 'large.bin', mimeType: 'application/octet-stream', buffer: large },
      { name: 'secret.txt', mimeType: 'text/plain', buffer: Buffer.from('another secret') },
    ]);
    await visitor.page.getByText('Everything has arrived.').waitFor();
    await lookAt(visitor.page, 'link-received');
    await visitor.close();
    const files = clientOf(home.server.url, home.alice);
    assert.equal((await files.get('Letters/from a visitor.txt')).body.toString(), 'hello');
    assert.ok((await files.get('Letters/large.bin')).body.equals(large));
    assert.equal((await files.get('Letters/secret.txt')).body.toString(), 'not shared');
    assert.equal((await files.get('Letters/secret (2).txt')).body.toString(), 'another secret');
  });
});
