// Passkeys, kits, escrow, invitations and lost devices, over the JSON API of the real program.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import { x25519Public } from '#crypto/primitives.ts';
import type { Kit, KitState } from '#faces/api/contract/kit.ts';
import { encodeIdentity, encodeRecipient } from '#format/identity.ts';
import { answerOf, withControl } from '../support/account.ts';
import { SoftPasskey } from '../support/authenticator.ts';
import { ApiClient, answered, askJson } from './api-client.ts';
import { clientOf, type Household, newAppPassword, startHousehold } from './household.ts';

interface Options {
  readonly challenge: string;
  readonly site: string;
  readonly input: string;
}

const note = Buffer.from('only mine');

describe('credentials', () => {
  let home: Household;
  let url: string;
  /** A passkey wants a name: the page is at localhost. */
  let named: string;
  before(async () => {
    home = await startHousehold();
    ({ url } = home.server);
    named = url.replace('127.0.0.1', 'localhost');
    assert.equal((await clientOf(url, home.alice).put('note.txt', note)).status, 201);
  });
  after(() => home.discard());

  const signIn = (name: string, password: string): Promise<ApiClient> => ApiClient.signIn(named, name, password);

  const open = async <Value>(path: string, body: unknown = {}): Promise<Value> =>
    answered<Value>(await askJson(named, 'POST', `/api${path}`, {}, body), path);

  const refused = async (path: string, body: unknown): Promise<string> => {
    const answer = await askJson(named, 'POST', `/api${path}`, {}, body);
    assert.ok(answer.status >= 400, answer.bytes.toString());
    return (JSON.parse(answer.body.toString()) as { readonly code: string }).code;
  };

  /** What somebody who signed in sees of the vault. */
  const names = async (client: ApiClient): Promise<readonly string[]> => {
    const listing = await client.ok<{ readonly children: readonly { readonly name: string }[] }>(
      'GET',
      '/vaults/files/list',
    );
    return listing.children.map(({ name }) => name);
  };

  it('works: Accounts: a passkey with PRF opens the vaults, and one that was ended opens nothing', async () => {
    const alice = await signIn('alice', home.alice.password);
    const passkey = new SoftPasskey(named);
    const made = passkey.register(await alice.ok<Options>('POST', '/passkeys/options'));
    const { id } = await alice.ok<{ readonly id: string }>('POST', '/passkeys', { label: 'phone', ...made });
    const proof = passkey.assert(await open<Options>('/passkey/options'));
    const byPasskey = await ApiClient.begun(named, '/passkey/sign-in', proof);
    assert.ok((await names(byPasskey)).includes('note.txt'));
    assert.equal(await refused('/passkey/sign-in', proof), 'wrong-proof', 'a challenge is good once');
    // It counts as a fresh proof, here and later.
    await byPasskey.ok('GET', '/vaults/documents/list');
    await byPasskey.ok('POST', '/prove', { passkey: passkey.assert(await open<Options>('/passkey/options')) });

    await alice.ok('DELETE', `/passkeys/${id}`);
    assert.equal((await byPasskey.send('GET', '/me')).status, 401, 'its session ended');
    const again = passkey.assert(await open<Options>('/passkey/options'));
    assert.equal(await refused('/passkey/sign-in', again), 'wrong-proof');
    assert.ok((await names(await signIn('alice', home.alice.password))).includes('note.txt'), 'the password remains');
  });

  it('a passkey proves nothing with another’s signature, a wrong PRF, another site or another’s challenge', async () => {
    const alice = await signIn('alice', home.alice.password);
    const [mine, other] = [new SoftPasskey(named), new SoftPasskey(named)];
    const made = mine.register(await alice.ok<Options>('POST', '/passkeys/options'));
    await alice.ok('POST', '/passkeys', { label: 'mine', ...made });
    const options = (): Promise<Options> => open<Options>('/passkey/options');
    const good = mine.assert(await options());
    const foreign = other.assert(await options());
    for (const [what, proof] of [
      ['the PRF of another', { ...good, output: foreign.output }],
      ['the signature of another', { ...good, assertion: { ...foreign.assertion, id: good.assertion['id'] } }],
      ['a challenge of nobody', mine.assert({ ...(await options()), challenge: 'A'.repeat(54) })],
      ['another site', mine.assert({ ...(await options()), site: 'example.org' })],
      ['one that nobody knows', foreign],
    ] as const)
      assert.equal(await refused('/passkey/sign-in', proof), 'wrong-proof', what);
    const elsewhere = new SoftPasskey('https://example.org');
    const registration = elsewhere.register(await alice.ok<Options>('POST', '/passkeys/options'));
    assert.equal((await alice.send('POST', '/passkeys', { label: 'x', ...registration })).status, 400);
  });

  it('works: Accounts: somebody who is invited makes an account of their own, once, and only they know its password and kit', async () => {
    const alice = await signIn('alice', home.alice.password);
    const { token } = await alice.ok<{ readonly token: string }>('POST', '/invitations', {
      label: 'for Carol',
      quotaBytes: 5_000_000,
    });
    const person = { token, name: 'carol', password: 'a password of carol' };
    assert.equal(await refused('/invitation/accept', { ...person, name: 'alice' }), 'name-taken');
    await open('/invitation', { token });
    const carol = await ApiClient.begun(named, '/invitation/accept', person);
    const me = await carol.ok<{ readonly name: string; readonly isOperator: boolean; readonly quotaBytes: number }>(
      'GET',
      '/me',
    );
    assert.deepEqual(
      { name: me.name, isOperator: me.isOperator, quotaBytes: me.quotaBytes },
      { name: 'carol', isOperator: false, quotaBytes: 5_000_000 },
    );
    assert.equal(await refused('/invitation/accept', { ...person, name: 'dora' }), 'no-such-invitation');
    assert.equal(await refused('/invitation', { token }), 'no-such-invitation');
    const second = await alice.ok<{ readonly token: string }>('POST', '/invitations', { label: 'withdrawn' });
    const [waiting] = await alice.ok<readonly { readonly id: string; readonly label: string }[]>('GET', '/invitations');
    assert.equal(waiting?.label, 'withdrawn');
    await alice.ok('DELETE', `/invitations/${waiting?.id}`);
    assert.equal(await refused('/invitation', { token: second.token }), 'no-such-invitation');
    assert.equal((await carol.send('GET', '/invitations')).status, 404, 'only who runs the instance invites');
  });

  it('works: Accounts: the recovery kit gives a new password on the web, a new kit ends the one before', async () => {
    const bob = await signIn('bob', home.bob.password);
    await bob.ok('POST', '/kit/prove', { kit: home.bob.kit });
    const fresh = await bob.ok<Kit>('POST', '/kit');
    assert.equal((await bob.ok<KitState>('GET', '/kit')).isProven, false);
    const wanted = { name: 'bob', password: 'another one of bob' };
    assert.equal(await refused('/recover', { ...wanted, kit: home.bob.kit }), 'wrong-proof', 'the kit before');
    assert.equal(await refused('/recover', { ...wanted, kit: 'no kit' }), 'not-a-kit');
    const recovered = await ApiClient.begun(named, '/recover', { ...wanted, kit: fresh.identity });
    await recovered.ok('GET', '/vaults/files/list');
    assert.equal((await bob.send('GET', '/me')).status, 401, 'sessions of the old password end');
    assert.equal(await refused('/sign-in', { name: 'bob', password: home.bob.password }), 'wrong-proof');
    assert.equal(await refused('/sign-in', wanted).catch(() => 'signed in'), 'signed in');
  });

  it('works: Accounts: a lost device is ended with all that it held, and the others go on', async () => {
    const password = home.alice.password;
    const [here, lost] = [await signIn('alice', password), await ApiClient.signIn(named, 'alice', password, 'lost')];
    const phone = await newAppPassword(home.dataFolder, home.alice, 'lost phone', ['files']);
    const sessions = await here.ok<readonly { readonly id: string; readonly label: string }[]>('GET', '/sessions');
    const ids = sessions.filter(({ label }) => label === 'lost').map(({ id }) => id);
    const answer = await here.ok<{ readonly vaults: readonly string[]; readonly ended: number }>(
      'POST',
      '/lost-device',
      { sessions: ids, credentials: [phone.credential] },
    );
    assert.equal(answer.ended, 2);
    assert.deepEqual([...answer.vaults].sort(), ['documents', 'files']);
    assert.equal((await lost.send('GET', '/me')).status, 401);
    const gone = clientOf(url, { ...home.alice, appPassword: phone.appPassword });
    assert.equal((await gone.get('note.txt')).status, 401);
    assert.equal((await here.send('GET', '/me')).status, 200, 'the session that did it goes on');
    assert.deepEqual((await clientOf(url, home.alice).get('note.txt')).body, note);
  });

  it('works: Accounts: escrow opens only accounts that agreed, its use is in the owner’s trace, and it can be ended', async () => {
    const key = new Uint8Array(32).fill(7);
    const alice = await signIn('alice', home.alice.password);
    assert.equal((await alice.send('POST', '/escrow', { isAgreed: true })).status, 409, 'nobody offers it');
    await alice.ok('PUT', '/escrow-key', { recipient: encodeRecipient(x25519Public(key)) });
    await alice.ok('POST', '/escrow', { isAgreed: true });
    const escrow = encodeIdentity(key);
    const recover = (name: string, password: string): Promise<unknown> =>
      withControl(home.dataFolder, (control) => answerOf(control, 'account.recover', { name, escrow, password }));
    await assert.rejects(recover('bob', 'taken over by force'), /wrong-kit/);
    await recover('alice', 'given back by the operator');
    const again = await signIn('alice', 'given back by the operator');
    assert.ok((await names(again)).includes('note.txt'));
    const ticket = await withControl(home.dataFolder, (control) =>
      answerOf<{ readonly ticket: string }>(control, 'unlock', { name: 'alice', kit: home.alice.kit }),
    );
    const trace = await withControl(home.dataFolder, (control) =>
      answerOf<readonly { readonly action: string }[]>(control, 'access', { ...ticket, vault: 'files', limit: 1000 }),
    );
    assert.ok(trace.some(({ action }) => action === 'escrow'));
    await again.ok('POST', '/escrow', { isAgreed: false });
    await assert.rejects(recover('alice', 'once more, uninvited'), /wrong-kit/);
  });
});
