// Looking back in a browser, going back, and what was lost.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import type { DavClient } from '../support/dav-client.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

describe('time in a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  let files: DavClient;
  before(async () => {
    home = await startHousehold();
    files = clientOf(home.server.url, home.alice);
    await files.makeFolder('Letters');
    await files.put('Letters/landlord.txt', Buffer.from('first'));
    await files.put('Letters/tax.txt', Buffer.from('tax'));
    await files.put('notes.txt', Buffer.from('notes'));
    await files.put('Letters/landlord.txt', Buffer.from('second'));
    await files.move('Letters/tax.txt', 'tax.txt');
    await files.remove('notes.txt');
    await files.put('new.txt', Buffer.from('new'));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('works: Time: a folder is shown as it was, with what became of everything in it; a rewind names what it changes first', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.getByRole('link', { name: 'Time' }).click();
    await page.getByRole('heading', { name: 'As it is now' }).waitFor();
    await page
      .getByRole('button', { name: /landlord\.txt.*Saved/s })
      .first()
      .click();
    await page.getByRole('button', { name: 'Bring back: notes.txt' }).waitFor();
    await lookAt(page, 'time');
    await page.getByRole('link', { name: 'Letters' }).click();
    await page.getByText('Changed since').waitFor();
    await page.getByText('Moved since').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Files', exact: true }).click();
    await page.getByRole('button', { name: 'Set everything back' }).click();
    for (const words of ['1 comes back', '1 gets its earlier content', '1 moves back', 'goes to the trash'])
      await page.getByText(words).waitFor();
    await lookAt(page, 'time-preview');
    assert.equal((await files.get('new.txt')).status, 200, 'nothing is done yet');
    await page.getByRole('button', { name: 'Set back' }).click();
    await page.getByText('It is as it was.').waitFor();
    assert.equal((await files.get('Letters/landlord.txt')).body.toString(), 'first');
    assert.equal((await files.get('Letters/tax.txt')).status, 200);
    assert.equal((await files.get('notes.txt')).status, 200);
    assert.equal((await files.get('new.txt')).status, 404);
    await close();
  });

  it('works: Time: what a device took away in one go is shown on a phone, and comes back with one button', async () => {
    await files.makeFolder('many');
    for (let at = 0; at < 60; at += 1) await files.put(`many/${at}.txt`, Buffer.from(`file ${at}`));
    await files.remove('many');
    const { page, close } = await visit(browser, home.server.url, { size: 'phone' });
    await signIn(page, home.alice);
    await page.goto('/time/lost');
    await page.getByText(/6\d files/).waitFor();
    await lookAt(page, 'time-lost');
    await page.getByRole('button', { name: 'Bring them back' }).click();
    await page.getByText(/6\d files are back/).waitFor();
    assert.equal((await files.get('many/59.txt')).body.toString(), 'file 59');
    await close();
  });
});
