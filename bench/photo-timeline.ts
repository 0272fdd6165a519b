// Scrolling a timeline of 100,000 photos in Debian's Chromium on the real server: how long the longest task of the page is.
//
//   npm run bench bench/photo-timeline.ts [photos]

import type { CDPSession } from 'playwright-core';
import { signIn, startBrowser, visit } from '../test/browser/browser.ts';
import { clientOf, type Household, startHousehold } from '../test/e2e/household.ts';
import { ApiClient } from '../test/support/api-client.ts';
import { jpegWithExif } from '../test/support/media-files.ts';

const different = 250;
const steps = 120;
const longTaskMs = 50;

interface Task {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** Microseconds: as the clock on the wall shows, and of the processor. */
  readonly dur?: number;
  readonly tdur?: number;
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
    const { page, context, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.goto('/photos');
    await page.locator('[data-node] img').first().waitFor();
    const tasks = await traced(await context.newCDPSession(page), () => page.evaluate(scrolling(steps)));
    await close();
    const longest = (of: (task: Task) => number): number => Math.max(0, ...tasks.map(of)) / 1000;
    const cpuMs = longest((task) => task.tdur ?? 0);
    print([
      `photos in the timeline                        ${count}`,
      `first answer, months and counts               ${monthsMs.toFixed(0)} ms`,
      `steps of 3 windows, each fourth of 40         ${steps}`,
      `tasks of the page                             ${tasks.length}`,
      `longest task, of the processor                ${cpuMs.toFixed(1)} ms (at most ${longTaskMs})`,
      `longest task, with what else the machine did  ${longest((task) => task.dur ?? 0).toFixed(1)} ms`,
    ]);
    if (count < wanted || tasks.length === 0 || cpuMs > longTaskMs) process.exitCode = 1;
  } finally {
    await browser.close();
    await home.discard();
  }
}

/** All tasks of the thread that draws the page while `work` runs. */
async function traced(session: CDPSession, work: () => Promise<unknown>): Promise<readonly Task[]> {
  const events: Task[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as Task[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline'] },
  });
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  const threadOf = ({ pid, tid }: Task): string => `${pid} ${tid}`;
  const main = new Set(
    events.filter((each) => each.name === 'thread_name' && each.args.name === 'CrRendererMain').map(threadOf),
  );
  return events.filter((each) => each.ph === 'X' && each.name.endsWith('RunTask') && main.has(threadOf(each)));
}

/** In the page. */
function scrolling(times: number): string {
  return `(async () => {
    for (let step = 0; step < ${times}; step += 1) {
      window.scrollBy(0, window.innerHeight * (step % 4 === 3 ? 40 : 3));
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
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
