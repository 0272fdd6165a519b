// What an owner does with their account in a browser: passkeys, app passwords, a lost device, recovery, invitations.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ApiClient } from '../e2e/api-client.ts';
import { clientOf, type Household, startHousehold } from '../e2e/household.ts';
import { lookAt, noBrowser, signIn, startBrowser, type Visit, visit } from './browser.ts';

describe('the account in a browser', { skip: noBrowser }, () => {
  let home: Household;
  let browser: Browser;
  /** Passkeys belong to a name. */
  let url: string;
  before(async () => {
    home = await startHousehold();
    url = home.server.url.replace('127.0.0.1', 'localhost');
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await home?.discard();
  });

  const heading = (page: Page, name: string): Promise<void> => page.getByRole('heading', { name }).waitFor();

  it('works: Accounts: an owner makes a passkey and signs in with it alone; one without PRF is not kept', async () => {
    const { page, context, close } = await visit(browser, url);
    const devices = await context.newCDPSession(page);
    await devices.send('WebAuthn.enable');
    const authenticator = async (hasPrf: boolean): Promise<string> => {
      const options = { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasPrf } as const;
      const { authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          ...options,
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      return authenticatorId;
    };
    await signIn(page, home.alice);
    await page.goto('/account');
    const old = await authenticator(false);
    await page.getByRole('button', { name: 'New passkey' }).click();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('it lacks a function called PRF').waitFor();
    await lookAt(page, 'passkey-without-prf');
    await devices.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: old });

    await authenticator(true);
    await page.getByLabel('What is this passkey called?').fill('Fingerprint of my laptop');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('The passkey is kept.').waitFor();
    await page.getByText('Fingerprint of my laptop').first().waitFor();
    await lookAt(page, 'account');

    await page.getByRole('button', { name: 'Account: alice' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await heading(page, 'Account and devices');
    await page.getByRole('button', { name: 'End it: Fingerprint of my laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    // It was the one that this session began with.
    await heading(page, 'Sign in');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('This passkey is not known here').waitFor();
    await close();
  });

  it('works: Accounts: an app password is shown once, opens what was ticked, and a lost phone is cut off by words that stand on the page', async () => {
    const { page, close } = await visit(browser, url, { size: 'phone' });
    await signIn(page, home.alice);
    await page.goto('/account');
    await page.getByRole('button', { name: 'New app password' }).click();
    await page.getByLabel('What is it for?').fill('Phone of Alice');
    await lookAt(page, 'app-password-new');
    await page.getByRole('button', { name: 'Make it' }).click();
    await heading(page, 'Your new app password');
    await lookAt(page, 'app-password-made');
    const appPassword = await page.getByLabel('App password', { exact: true }).innerText();
    assert.equal(await page.getByLabel('Address', { exact: true }).innerText(), `${url}/dav/alice/files/`);
    const phone = clientOf(home.server.url, { ...home.alice, appPassword });
    assert.equal((await phone.put('from the phone', Buffer.from('x'))).status, 201);
    await page.getByRole('button', { name: 'I have entered it' }).click();
    await page
      .getByText(/Last used .*, from 127\.0\.0\.1/)
      .first()
      .waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), new RegExp(appPassword));

    await ApiClient.signIn(url, 'alice', home.alice.password, 'Chrome, Android');
    await page.goto('/account');
    await page.getByRole('link', { name: 'A device is lost' }).click();
    await heading(page, 'A device is lost');
    await page.getByLabel('Phone of Alice').check();
    await page.getByLabel('Chrome, Android').check();
    await lookAt(page, 'device-lost');
    await page.getByRole('button', { name: 'End what is ticked' }).click();
    await page.getByText('2 ended.').waitFor();
    await page.getByText('Until now it could read: Files, Documents.').waitFor();
    await lookAt(page, 'device-lost-done');
    assert.equal((await phone.get('from the phone')).status, 401);
    await close();
  });

  it('works: Accounts: an invited person makes an account and a kit, forgets the password, and comes back with the kit', async () => {
    const operator = await visit(browser, url);
    await signIn(operator.page, home.alice);
    await operator.page.goto('/invite');
    await operator.page.getByLabel('Who is it for?').fill('Carol');
    await operator.page.getByRole('button', { name: 'Make the link' }).click();
    const link = await operator.page.getByLabel('Link of the invitation').inputValue();
    await lookAt(operator.page, 'invite');
    await operator.close();

    const carol = await visit(browser, url, { language: 'fr', size: 'phone' });
    const { page } = carol;
    await page.goto(link);
    await heading(page, 'Vous êtes invité');
    await lookAt(page, 'invitation');
    await page.getByLabel('Nom').fill('carol');
    await page.getByLabel('Mot de passe', { exact: true }).fill('le mot de passe de carol');
    await page.getByLabel('Le même mot de passe').fill('le mot de passe de carol');
    await page.getByRole('button', { name: 'Créer mon compte' }).click();
    const kit = await savedKit(page);
    assert.match(kit, /AGE-SECRET-KEY-1/);
    await carol.close();

    const again = await visit(browser, url, { language: 'de' });
    await again.page.goto(link);
    await heading(again.page, 'Diese Einladung gilt nicht');
    await again.page.goto('/sign-in');
    await again.page.getByRole('link', { name: 'Ich habe mein Passwort vergessen' }).click();
    await recover(again, kit);
    await again.close();
  });

  it('works: Accounts: the pages of the account are there in French and German', async () => {
    for (const [language, title, sections] of [
      [
        'fr',
        'Compte et appareils',
        ['Connexions', 'Mots de passe d’application', 'Clés d’accès', 'Kit de récupération'],
      ],
      ['de', 'Konto und Geräte', ['Angemeldet', 'App-Passwörter', 'Passkeys', 'Rettungssatz']],
    ] as const) {
      const bob = await ApiClient.signIn(url, 'bob', home.bob.password);
      assert.equal((await bob.send('GET', '/me')).status, 200);
      const { page, close } = await visit(browser, url, { language, size: 'phone' });
      await page.goto('/sign-in');
      await page.locator('input[autocomplete="username"]').fill('bob');
      await page.locator('input[autocomplete="current-password"]').fill(home.bob.password);
      await page.locator('button[type="submit"]').click();
      await page.getByRole('navigation').first().waitFor();
      await page.goto('/account');
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      for (const name of sections) await page.getByRole('heading', { level: 2, name }).waitFor();
      await lookAt(page, `account-${language}`);
      await close();
    }
  });

  /** Step one of the kit in French: what the file holds. */
  async function savedKit(page: Page): Promise<string> {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Télécharger en fichier' }).click();
    const stream = await (await downloading).createReadStream();
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts).toString();
  }

  async function recover({ page }: Visit, kit: string): Promise<void> {
    await heading(page, 'Konto wiederherstellen');
    await lookAt(page, 'recover');
    await page.getByLabel('Name').fill('carol');
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Datei wählen' }).click();
    await (await choosing).setFiles({ name: 'kit.txt', mimeType: 'text/plain', buffer: Buffer.from(kit) });
    await page.getByLabel('Neues Passwort', { exact: true }).fill('ein neues von carol');
    await page.getByLabel('Dasselbe Passwort noch einmal').fill('ein neues von carol');
    await page.getByRole('button', { name: 'Neues Passwort setzen' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sicherheit' }).waitFor();
    await ApiClient.signIn(url, 'carol', 'ein neues von carol');
  }
});
