// Makes the pictures of docs/pictures: the real program with files that nobody wrote, in Debian's Chromium.
//
//   npm run bench tools/pictures.ts -- [NAME]...
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { realFiles } from '../demo/real-files.ts';
import { type Size, signIn, sizes, startBrowser, visit } from '../test/browser/browser.ts';
import { makeAccount, type TestAccount, withLocalCore } from '../test/support/account.ts';
import { startServer } from '../test/support/server.ts';
import { photoOf } from './scenery.ts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'docs', 'pictures');
const wanted = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'coffre-pictures-'));
const data = join(scratch, 'data');
const password = join(scratch, 'password');

const dayMs = 24 * 3600_000;
const trips = ['Lac de Joux', 'Elba', 'Vendange', 'Grandma’s 80th'];

function coffre(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'coffre.mjs'), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`coffre ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
}

/** Photos of the last months, and what else a family keeps. */
async function fillFolder(): Promise<string> {
  const folder = join(scratch, 'family');
  const now = Date.now();
  for (let at = 0; at < 64; at += 1) {
    const takenMs = now - Math.round((at * 2.2 + (at % 7) * 0.1) * dayMs);
    const inside = join(folder, 'Photos', trips[Math.floor(at / 16)] ?? '');
    mkdirSync(inside, { recursive: true });
    const file = join(inside, `IMG_${String(4200 - at)}.jpg`);
    writeFileSync(file, await photoOf(at, takenMs));
    utimesSync(file, takenMs / 1000, takenMs / 1000);
  }
  for (const { path, bytes, mtimeMs } of realFiles('family', 40)) {
    if (path.startsWith('Photos')) continue;
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, bytes);
    utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
  }
  writeFileSync(join(folder, 'Shopping list.md'), '# Saturday\n\n- bread\n- apples\n- candles\n');
  return folder;
}

interface Scene {
  readonly name: string;
  readonly size: Size;
  readonly scheme: 'light' | 'dark';
  readonly path: string;
}

const scenes: readonly Scene[] = [
  { name: 'safe', size: 'desktop', scheme: 'light', path: '/' },
  { name: 'safe-phone', size: 'phone', scheme: 'dark', path: '/' },
  { name: 'photos', size: 'desktop', scheme: 'light', path: '/photos' },
  { name: 'photos-phone', size: 'phone', scheme: 'light', path: '/photos' },
  { name: 'files', size: 'desktop', scheme: 'light', path: '/files' },
  { name: 'time', size: 'desktop', scheme: 'light', path: '/time' },
  { name: 'account-phone', size: 'phone', scheme: 'light', path: '/account' },
  { name: 'operator', size: 'desktop', scheme: 'dark', path: '/operator' },
];

async function main(): Promise<void> {
  const account = await makeAccount(data, 'ada');
  writeFileSync(password, `${account.password}\n`);
  await withLocalCore(data, async ({ instance }) => {
    const ada = instance.view.accountNamed('ada');
    if (ada !== undefined)
      await instance.change(undefined, () => [{ o: 'operator', account: ada.id, isOperator: true }]);
  });
  coffre('import', await fillFolder(), 'ada:/', '--data', data, '--password-file', password);
  const copy = join(scratch, 'usb-disk');
  mkdirSync(copy);
  coffre('copy', 'add', copy, '--data', data);
  mkdirSync(target, { recursive: true });
  await photograph(account);
}

/** Photos that were imported while nobody was there are read at the first session. */
async function untilPhotosShow(page: Page): Promise<void> {
  await page.goto('/photos');
  const shown = page.locator('main img');
  for (let look = 0; (await shown.count()) < 18; look += 1) {
    if (look === 60) throw new Error('the photos do not show');
    await page.waitForTimeout(5000);
  }
}

async function photograph(account: TestAccount): Promise<void> {
  const server = await startServer({ dataFolder: data, account });
  const browser = await startBrowser();
  try {
    const { page } = await visit(browser, server.url);
    await signIn(page, account);
    await untilPhotosShow(page);
    for (const { name, size, scheme, path } of scenes) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await page.setViewportSize(sizes[size]);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.goto(path);
      await page.waitForTimeout(2500);
      const png = await page.screenshot();
      writeFileSync(join(target, `${name}.png`), await sharp(png).png({ palette: true, quality: 90 }).toBuffer());
    }
  } finally {
    await browser.close();
    await server.discard();
  }
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
