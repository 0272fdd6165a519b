// Photos in a browser: the timeline, one photo at a time, favourites, albums, and what goes to the trash.
import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import { ApiClient } from '../support/api-client.ts';
import { film, heic, jpegWithExif } from '../support/media-files.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

const lacking = ['ffmpeg', 'heif-enc'].filter(
  (program) => !(process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))),
);
const skip = noBrowser || (lacking.length > 0 && `needs ${lacking.join(' and ')}`);

describe('photos in a browser', { skip }, () => {
  let home: Household;
  let browser: Browser;
  const count = 14;
  const photo = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
  before(async () => {
    home = await startHousehold();
    const files = clientOf(home.server.url, home.alice);
    await files.makeFolder('trip');
    for (const [at, colour] of ['tomato', 'teal', 'gold', 'orchid', 'slategray', 'olive'].entries())
      for (const month of ['05', '06'])
        await files.put(`trip/${colour}-${month}.jpg`, await jpegWithExif(colour, `2025:${month}:1${at} 10:00:00`));
    await files.put('film.mp4', film(home.scratch, 2));
    await files.put('IMG_20180203_040506.heic', await heic(home.scratch, 'navy'));
    const api = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
    for (let pictures = 0; pictures < count; ) {
      const { flags } = await api.json<{ flags: number[] }>('GET', '/vaults/files/photos/items');
      pictures = flags.filter((each) => (each & 2) !== 0).length;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('works: Photos: the web shows a timeline with months to go to; one photo at a time goes by keys, and back by the way back', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.getByRole('link', { name: 'Photos' }).click();
    await page.getByRole('heading', { name: 'June 2025' }).waitFor();
    await photo(page, 'Photo of June 15, 2025').locator('img').waitFor();
    await photo(page, 'Video of May 6, 2022').locator('img').waitFor();
    assert.equal(await page.locator('[data-node]').count(), count);
    await lookAt(page, 'photos');
    await page.getByLabel('Go to month').selectOption({ label: 'February 2018' });
    await page.getByRole('heading', { name: 'February 2018' }).waitFor();
    await photo(page, 'Photo of June 15, 2025').click();
    const viewer = page.getByRole('dialog');
    await viewer
      .getByRole('img', { name: /June 15, 2025/ })
      .last()
      .waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('dialog', { name: /June 14, 2025/ }).waitFor();
    await page.keyboard.press('f');
    await page.getByRole('button', { name: 'Remove from favourites' }).waitFor();
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByText('Example Camera 5').waitFor();
    await page.getByText('slategray-06.jpg').waitFor();
    await lookAt(page, 'photos-viewer');
    await page.goBack();
    await viewer.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Favourites' }).click();
    await photo(page, 'Photo of June 14, 2025').waitFor();
    assert.equal(await page.locator('[data-node]').count(), 1);
    await page.getByRole('link', { name: 'Videos' }).click();
    await photo(page, 'Video of May 6, 2022').waitFor();
    await close();
  });

  it('works: Photos: on a phone photos are selected, put into an album, and moved to the trash after a question', async () => {
    const { page, close } = await visit(browser, home.server.url, { size: 'phone' });
    await signIn(page, home.alice);
    await page.goto('/photos');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await photo(page, 'Photo of June 10, 2025').click();
    await photo(page, 'Photo of June 11, 2025').click();
    await page.getByText('2 selected').waitFor();
    await lookAt(page, 'photos-selected');
    await page.getByRole('button', { name: 'Add to an album' }).click();
    await page.getByLabel('Name of the album').fill('Été');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('Added to “Été”').waitFor();
    await page.goto('/photos/albums');
    await page.getByText('2 photos').waitFor();
    await lookAt(page, 'photos-albums');
    await page.getByRole('link', { name: /Été/ }).click();
    await photo(page, 'Photo of June 10, 2025').waitFor();
    await page.getByRole('button', { name: 'More', exact: true }).first().click();
    await page.getByRole('menuitem', { name: 'Delete the album' }).click();
    await page.getByRole('button', { name: 'Delete the album' }).click();
    await page.getByText('No albums yet').waitFor();
    await page.goto('/photos');
    await photo(page, 'Photo of June 10, 2025').click();
    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('heading', { name: 'Move this photo to the trash?' }).waitFor();
    await page.getByRole('button', { name: 'Move to the trash' }).last().click();
    await page.getByText('1 photo is in the trash').waitFor();
    await photo(page, 'Photo of June 10, 2025').waitFor({ state: 'detached' });
    await close();
  });

  it('works: Photos: photos are added from the page, and one that the vault has already does not travel', async () => {
    const { page, close } = await visit(browser, home.server.url);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/uploads')) sent.push(request.url());
    });
    await signIn(page, home.alice);
    await page.goto('/photos');
    await page.getByRole('button', { name: 'Add photos' }).waitFor();
    const jpeg = async (name: string, colour: string, taken: string) => ({
      name,
      mimeType: 'image/jpeg',
      buffer: await jpegWithExif(colour, taken),
    });
    await page
      .locator('input[type=file][accept^="image"]')
      .setInputFiles([
        await jpeg('here already.jpg', 'teal', '2025:05:11 10:00:00'),
        await jpeg('new.jpg', 'salmon', '2025:08:03 10:00:00'),
      ]);
    await page.getByText('1 photo is here already and was not sent again').waitFor();
    await page.getByRole('heading', { name: 'August 2025' }).waitFor();
    await photo(page, 'Photo of August 3, 2025').waitFor();
    assert.equal(sent.length, 1);
    await close();
  });

  it('works: Photos: they speak French and German, and say what to do where there are none', async () => {
    for (const [language, sign, name, password, title] of [
      ['fr', 'Se connecter', 'Nom', 'Mot de passe', 'Pas encore de photos'],
      ['de', 'Anmelden', 'Name', 'Passwort', 'Noch keine Fotos'],
    ] as const) {
      const { page, close } = await visit(browser, home.server.url, { language, size: 'phone' });
      await page.goto('/sign-in?next=%2Fphotos');
      await page.getByLabel(name, { exact: true }).fill('bob');
      await page.getByLabel(password, { exact: true }).fill(home.bob.password);
      await page.getByRole('button', { name: sign }).click();
      await page.getByRole('heading', { name: title }).waitFor();
      await lookAt(page, `photos-empty-${language}`);
      await close();
    }
  });
});
