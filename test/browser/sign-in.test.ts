// Signing in and out, the frame around every page, and what a page does when an answer is not its owner's.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Household, startHousehold } from '../e2e/household.ts';
import { lookAt, noBrowser, signIn, startBrowser, visit } from './browser.ts';

describe('signing in with a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  before(async () => {
    home = await startHousehold();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  it('works: Web: a person signs in with name and password, comes back to the page that was asked for, and signs out', async () => {
    const { page, context, close } = await visit(browser, home.server.url);
    await page.goto('/');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await lookAt(page, 'sign-in');
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Password', { exact: true }).fill('not hers at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password are not right.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(home.alice.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Safe' }).waitFor();
    await lookAt(page, 'safe-first');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Safe' }).waitFor();
    await page.getByRole('button', { name: 'Account: alice' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    assert.deepEqual(await context.cookies(), []);
    assert.equal(await page.evaluate('JSON.stringify([{...localStorage}, {...sessionStorage}])'), '[{},{}]');
    await close();
  });

  it('works: Web: another tab goes on with the same session, and a sign-out ends it in both', async () => {
    const { page, context, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    const other = await context.newPage();
    await other.goto('/account');
    await other.getByRole('heading', { level: 1, name: 'Account and devices' }).waitFor();
    await other.getByRole('button', { name: 'Account: alice' }).click();
    await other.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await other.getByText('You are signed out.').waitFor();
    await close();
  });

  it('works: Web: the application speaks the language of the browser, and another one when it is chosen', async () => {
    for (const [language, word, title] of [
      ['fr', 'Se connecter', 'Se connecter · Coffre'],
      ['de', 'Anmelden', 'Anmelden · Coffre'],
    ] as const) {
      const { page, close } = await visit(browser, home.server.url, { language, size: 'phone' });
      await page.goto('/sign-in');
      await page.getByRole('heading', { name: word }).waitFor();
      assert.equal(await page.title(), title);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await page.locator('footer select').first().selectOption('en');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      await close();
    }
  });

  it('the sign-in page loads at most 200 kB of compressed JavaScript', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await page.goto('/sign-in', { waitUntil: 'networkidle' });
    const sizeBytes = (await page.evaluate(
      "performance.getEntriesByType('resource').filter((each) => each.name.endsWith('.js')).reduce((sum, each) => sum + each.encodedBodySize, 0)",
    )) as number;
    assert.ok(sizeBytes > 20_000 && sizeBytes <= 200_000, `${sizeBytes} bytes`);
    await close();
  });

  it('works: Privacy: an answer that is stamped for somebody else is not shown, and the session ends', async () => {
    const { page, close } = await visit(browser, home.server.url);
    await signIn(page, home.alice);
    await page.route('**/vaults/files/usage', async (route) => {
      const answer = await route.fetch();
      const headers = { ...answer.headers(), 'coffre-account': '0123456789' };
      await route.fulfill({ response: answer, headers, body: '{"keptBytes":424242424242,"quotaBytes":null}' });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'This page was closed to protect you' }).waitFor();
    await lookAt(page, 'alarm');
    assert.doesNotMatch(await page.locator('body').innerText(), /424/);
    await page.unrouteAll();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await close();
  });

  it('works: Web: every answer has a policy that lets nothing but files of the server itself run', async () => {
    const page = await fetch(home.server.url, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w-]{22}'/);
    assert.match(policy, /frame-ancestors 'none'.*require-trusted-types-for 'script'/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const html = await page.text();
    const again = await (await fetch(home.server.url, { headers: { accept: 'text/html' } })).text();
    assert.notEqual(html, again, 'the nonce is another one each time');
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
    for (const encoding of ['br', 'gzip', 'identity']) {
      const file = await fetch(`${home.server.url}${script}`, { headers: { 'accept-encoding': encoding } });
      assert.equal(file.headers.get('content-encoding') ?? 'identity', encoding);
      assert.match(file.headers.get('cache-control') ?? '', /immutable/);
      assert.match(await file.text(), /^import|^const|^var|^function/);
    }
    const absent = await fetch(`${home.server.url}/assets/absent.js`);
    assert.equal(absent.status, 404);
    const inside = await fetch(`${home.server.url}/some/page`, { headers: { accept: 'text/html' } });
    assert.match(await inside.text(), /<div id="root">/);
  });
});
