// Scrolling a timeline of 100,000 photos in Debian's Chromium on the real server: how long the longest task of the page is.
//
//   npm run bench bench/photo-timeline.ts [photos]

import { signIn, startBrowser, visit } from '../test/browser/browser.ts';
import { clientOf, type Household, startHousehold } from '../test/e2e/household.ts';
import { ApiClient } from '../test/support/api-client.ts';
import { jpegWithExif } from '../test/support/media-files.ts';

const different = 250;
const steps = 120;

interface Seen {
  readonly longestMs: number;
  readonly count: number;
}

async function main(wanted: number): Promise<void> {
  const home = await startHousehold();
  const browser = await startBrowser();
  try {
    await fill(home, wanted);
    const api = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
    const beganMs = performance.now();
    const { count } = await api.json<{ readonly count: number }>('GET', '/vaults/files/photos/months');
    const monthsMs = performance.now() - beganMs;
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.goto('/photos');
    await page.locator('img[alt^="Photo of"]').first().waitFor();
    const seen = (await page.evaluate(scrolling(steps))) as Seen;
    await close();
    print([
      `photos in the timeline                ${count}`,
      `first answer, months and counts       ${monthsMs.toFixed(0)} ms`,
      `steps of 3 windows each               ${steps}`,
      `tasks over 50 ms                      ${seen.count}`,
      `longest task                          ${seen.longestMs.toFixed(0)} ms${seen.count === 0 ? ' or less' : ''}`,
    ]);
    if (seen.count > 0) process.exitCode = 1;
  } finally {
    await browser.close();
    await home.discard();
  }
}

/** In the page: what `PerformanceObserver` calls a long task is one of more than 50 ms. */
function scrolling(times: number): string {
  return `(async () => {
    const found = [];
    new PerformanceObserver((list) => found.push(...list.getEntries().map((each) => each.duration))).observe({ type: 'longtask' });
    for (let step = 0; step < ${times}; step += 1) {
      window.scrollBy(0, window.innerHeight * (step % 4 === 3 ? 40 : 3));
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { count: found.length, longestMs: Math.max(50, ...found) };
  })()`;
}

/** A few different photos, and copies of their folder: what is known of a content goes with its copies. */
async function fill(home: Household, wanted: number): Promise<void> {
  const files = clientOf(home.server.url, home.alice);
  await files.makeFolder('photos 0');
  for (let at = 0; at < different; at += 1) {
    const date = new Date(Date.UTC(2005, 0, 1) + at * 30 * 86_400_000).toISOString();
    const text = date.slice(0, 19).replaceAll('-', ':').replace('T', ' ');
    const colour = `hsl(${at * 7}, 60%, 50%)`;
    await files.put(`photos 0/${at}.jpg`, await jpegWithExif(colour, text, { width: 320, height: 240 }));
  }
  const api = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
  for (let pictures = 0; pictures < different; ) {
    const { flags } = await api.json<{ readonly flags: readonly number[] }>(
      'GET',
      '/vaults/files/photos/items?count=2000',
    );
    pictures = flags.filter((each) => (each & 2) !== 0).length;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  for (let copy = 1; copy * different < wanted; copy += 1) await files.copy('photos 0', `photos ${copy}`);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main(Number(process.argv[2] ?? 100_000));
