// Debian's Chromium on the real server: what tests of the application share.
import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { TestAccount } from '../support/account.ts';

const program = '/usr/bin/chromium';

/** For `describe(…, { skip: noBrowser })`. */
export const noBrowser: string | false = existsSync(program) ? false : `there is no ${program}`;

/** Pictures of pages are left here, to be looked at by a person; without it none is made, which takes half of the time. */
const pictureFolder: string | undefined = process.env['COFFRE_PICTURES'];

/** What the machine may take, however loaded it is. */
const patienceMs = 60_000;

export const sizes: {
  readonly phone: { readonly width: 390; readonly height: 844 };
  readonly desktop: { readonly width: 1440; readonly height: 900 };
} = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
export type Size = keyof typeof sizes;

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Ends the visit; fails when the page complained, broke its security policy or asked another server for anything. */
  close(): Promise<void>;
}

export interface VisitOptions {
  readonly size?: Size;
  readonly language?: 'en' | 'fr' | 'de';
  /** Whether the service worker is let in; it would stand between a test and the requests that it looks at. */
  readonly hasWorker?: boolean;
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'], timeout: patienceMs });
}

/** Somebody at a device of their own: nothing is shared with another visit. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: sizes[options.size ?? 'desktop'],
    locale: options.language ?? 'en',
    timezoneId: 'Europe/Zurich',
    serviceWorkers: options.hasWorker === true ? 'allow' : 'block',
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refusal is logged by the browser itself; what the page makes of it is what tests look at.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(`console: ${message.text()}`);
  });
  context.on('request', (request) => {
    const asked = new URL(request.url());
    if (/^(https?|wss?):$/.test(asked.protocol) && asked.host !== new URL(url).host) {
      complaints.push(`asked another server: ${request.url()}`);
    }
  });
  return {
    page,
    context,
    close: async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** Through the sign-in page, in English. */
export async function signIn(page: Page, { name, password }: TestAccount): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
}

interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails when axe finds something serious or critical on the page as it is now. */
async function isAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )) as { readonly violations: readonly AxeFinding[] };
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}: ${nodes[0]?.failureSummary}`);
  assert.deepEqual(told, [], where);
}

/** Both sizes, light and dark, as files to look at; and axe on each. The page is left as it was. */
export async function lookAt(page: Page, name: string): Promise<void> {
  if (pictureFolder !== undefined) mkdirSync(pictureFolder, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      // Nothing is judged in the middle of a change of colours.
      await page.waitForTimeout(300);
      const file = `${name}-${size}-${colorScheme}.png`;
      if (pictureFolder !== undefined) await page.screenshot({ path: join(pictureFolder, file), fullPage: true });
      await isAccessible(page, `${name}, ${size}, ${colorScheme}`);
      const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      assert.equal(isTooWide, false, `${name} at ${viewport.width} px scrolls sideways`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (before !== null) await page.setViewportSize(before);
}
