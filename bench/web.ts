// What a browser has to load for each page, and how soon it shows something on a machine four times slower: the real server
// on loopback, the Chromium of the distribution, nothing in its cache.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { signIn, startBrowser, visit } from '../test/browser/browser.ts';
import { startHousehold } from '../test/e2e/household.ts';
import { median } from './figures.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const slowDown = 4;
const contentTargetMs = 1000;

interface PageUnderTest {
  readonly name: string;
  readonly path: string;
  /** Of compressed JavaScript, everything that is loaded until the page stands. */
  readonly limitBytes: number;
}

const everyPage: readonly PageUnderTest[] = [
  { name: 'sign-in', path: '/sign-in', limitBytes: 200_000 },
  { name: 'safe', path: '/', limitBytes: 350_000 },
  { name: 'files', path: '/files', limitBytes: 350_000 },
];
const built = join(import.meta.dirname, '..', 'web', 'src', 'pages');
const pages = everyPage.filter(({ name }) => existsSync(join(built, name)));

interface Figures {
  readonly scriptBytes: number;
  readonly styleBytes: number;
  readonly firstContentMs: number;
  /** Until the heading of the page is there. */
  readonly standsMs: number;
}

interface NetworkEnd {
  readonly requestId: string;
  readonly encodedDataLength: number;
}

interface NetworkAnswer {
  readonly requestId: string;
  readonly type: string;
}

/** Sizes as they came over the wire, headers included. */
function countTraffic(devtools: CDPSession): ReadonlyMap<string, number> {
  const types = new Map<string, string>();
  const sizes = new Map<string, number>();
  devtools.on('Network.responseReceived', ({ requestId, type }: NetworkAnswer) => types.set(requestId, type));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }: NetworkEnd) => {
    const type = types.get(requestId) ?? 'Other';
    sizes.set(type, (sizes.get(type) ?? 0) + encodedDataLength);
  });
  return sizes;
}

async function measure(context: BrowserContext, page: Page, path: string): Promise<Figures> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowDown });
  const sizes = countTraffic(devtools);
  await page.goto(path, { waitUntil: 'commit' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  const standsMs = (await page.evaluate('performance.now()')) as number;
  const firstContentMs = (await page.evaluate(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  )) as number;
  await page.waitForLoadState('networkidle');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await devtools.detach();
  return { scriptBytes: sizes.get('Script') ?? 0, styleBytes: sizes.get('Stylesheet') ?? 0, firstContentMs, standsMs };
}

const home = await startHousehold();
let browser: Browser | undefined;
try {
  browser = await startBrowser();
  for (const { name, path, limitBytes } of pages) {
    const figures: Figures[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { page, context } = await visit(browser, home.server.url, { size: 'phone' });
      if (name !== 'sign-in') await signIn(page, home.alice);
      figures.push(await measure(context, page, path));
      await context.close();
    }
    const [first] = figures;
    const scriptBytes = first?.scriptBytes ?? 0;
    const contentMs = median(figures.map(({ firstContentMs }) => firstContentMs));
    const standsMs = median(figures.map((each) => each.standsMs));
    const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
    process.stdout.write(
      `${name}: JavaScript ${kilobytes(scriptBytes)} (limit ${kilobytes(limitBytes)}), styles ${kilobytes(first?.styleBytes ?? 0)}, ` +
        `${slowDown} times slower: first content ${contentMs.toFixed(0)} ms (target ${contentTargetMs} ms), page ${standsMs.toFixed(0)} ms\n`,
    );
    if (scriptBytes > limitBytes) process.exitCode = 1;
  }
} finally {
  await browser?.close();
  await home.discard();
}
