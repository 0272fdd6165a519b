// Every address of the JSON API, asked by its owner and by everybody who is not.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { endpoints } from '#faces/api/api-face.ts';
import type { PasskeyCreation } from '#faces/api/contract/credentials.ts';
import { SoftPasskey } from '../support/authenticator.ts';
import { fileRequests } from './file-requests.ts';
import { clientOf, type Household, startHousehold } from './household.ts';
import { photoRequests, timeRequests } from './photo-requests.ts';
import { ask, type WireAnswer } from './wire.ts';

interface Signed {
  readonly tag: string;
  readonly cookie: string;
  readonly key: string;
}

const mark = (): string => `canary-${randomBytes(12).toString('hex')}`;
const canary = { folder: mark(), file: `${mark()}.jpg`, document: mark(), device: mark(), link: mark() };
/** Of the file that is also a photo. */
const ids = { photo: '1' };
const path = (...names: readonly string[]): string => encodeURIComponent(JSON.stringify(names));

interface OwnersRequest {
  readonly endpoint: string;
  readonly target: string;
  readonly body?: unknown;
  readonly status: number;
  readonly shows?: readonly string[];
}

/** What the requests are about. */
interface Made {
  readonly session: string;
  readonly app: string;
  readonly link: string;
  readonly passkey: string;
  readonly account: string;
  /** What keeps one more passkey. */
  readonly second: object;
  /** Of what lies in the trash already. */
  readonly trashed: string;
  /** Of the file. */
  readonly version: string;
}

const nobodys = '0'.repeat(32);
const nothing: Made = {
  session: nobodys,
  app: nobodys,
  link: nobodys,
  passkey: nobodys,
  account: nobodys,
  second: {},
  trashed: '1',
  version: '1',
};

/** One for each personal endpoint, in an order in which each has what it needs. */
function ownersRequests(made: Made): readonly OwnersRequest[] {
  const folder = [canary.folder];
  return [
    { endpoint: 'GET /me', target: '/me', status: 200, shows: ['alice'] },
    { endpoint: 'GET /sessions', target: '/sessions', status: 200, shows: [canary.device] },
    { endpoint: 'GET /incidents', target: '/incidents', status: 200, shows: ['mixed-halves'] },
    { endpoint: 'GET /operator/accounts', target: '/operator/accounts', status: 200, shows: ['alice', 'storedBytes'] },
    { endpoint: 'GET /operator/reaper', target: '/operator/reaper', status: 200, shows: ['plans'] },
    { endpoint: 'GET /operator/deletions', target: '/operator/deletions', status: 200 },
    {
      endpoint: 'PUT /operator/accounts/:id/quota',
      target: `/operator/accounts/${made.account}/quota`,
      body: { quotaBytes: 1_000_000_000 },
      status: 204,
    },
    {
      endpoint: 'POST /operator/reaper/confirm',
      target: '/operator/reaper/confirm',
      body: { plans: [] },
      status: 200,
      shows: ['confirmed'],
    },
    { endpoint: 'PUT /operator/maintenance', target: '/operator/maintenance', body: { message: null }, status: 204 },
    { endpoint: 'GET /app-passwords', target: '/app-passwords', status: 200, shows: ['vaults'] },
    ...fileRequests(canary.folder, canary.file, made),
    { endpoint: 'GET /safe', target: '/safe', status: 200, shows: ['isOperatorKitProven'] },
    {
      endpoint: 'GET /vaults/:kind/activity',
      target: '/vaults/files/activity',
      status: 200,
      shows: [canary.file],
    },
    { endpoint: 'POST /operator-kit', target: '/operator-kit', status: 200, shows: ['AGE-SECRET-KEY'] },
    { endpoint: 'POST /operator-kit/prove', target: '/operator-kit/prove', body: { kit: 'OPERATOR' }, status: 204 },
    {
      endpoint: 'POST /copies',
      target: '/copies',
      body: { place: 'SCRATCH', label: 'disk' },
      status: 200,
      shows: ['sharesFateWithData'],
    },
    { endpoint: 'POST /operator/copies/:copy/pause', target: '/operator/copies/disk/pause', status: 204 },
    { endpoint: 'POST /operator/copies/:copy/resume', target: '/operator/copies/disk/resume', status: 204 },
    { endpoint: 'DELETE /operator/copies/:copy', target: '/operator/copies/disk', status: 204 },
    { endpoint: 'GET /kit', target: '/kit', status: 200, shows: ['isProven'] },
    { endpoint: 'POST /kit/prove', target: '/kit/prove', body: { kit: 'KIT' }, status: 200, shows: ['true'] },
    { endpoint: 'PUT /kit/place', target: '/kit/place', body: { place: 'home' }, status: 200, shows: ['home'] },
    { endpoint: 'GET /vaults/:kind/list', target: '/vaults/documents/list', status: 200, shows: [canary.document] },
    {
      endpoint: 'POST /vaults/:kind/links',
      target: '/vaults/files/links',
      body: { path: folder, right: 'read', title: 'shared' },
      status: 200,
      shows: ['token'],
    },
    { endpoint: 'GET /links', target: '/links', status: 200, shows: [canary.folder, canary.link] },
    { endpoint: 'DELETE /links/:id', target: `/links/${made.link}`, status: 204 },
    { endpoint: 'GET /passkeys', target: '/passkeys', status: 200 },
    { endpoint: 'GET /invitations', target: '/invitations', status: 200, shows: [canary.device] },
    ...photoRequests(canary, ids.photo),
    ...timeRequests(canary),
    { endpoint: 'POST /prove', target: '/prove', body: { password: 'PASSWORD' }, status: 204 },
    {
      endpoint: 'POST /app-passwords',
      target: '/app-passwords',
      body: { label: 'phone', vaults: ['files'] },
      status: 200,
      shows: ['appPassword'],
    },
    {
      endpoint: 'POST /invitations',
      target: '/invitations',
      body: { label: 'somebody else' },
      status: 200,
      shows: ['token'],
    },
    { endpoint: 'DELETE /invitations/:id', target: `/invitations/${'0'.repeat(32)}`, status: 204 },
    { endpoint: 'PUT /escrow-key', target: '/escrow-key', body: { recipient: null }, status: 204 },
    { endpoint: 'POST /escrow', target: '/escrow', body: { isAgreed: false }, status: 204 },
    { endpoint: 'POST /lost-device', target: '/lost-device', body: {}, status: 200, shows: ['ended'] },
    { endpoint: 'POST /kit', target: '/kit', status: 200, shows: ['AGE-SECRET-KEY-1'] },
    { endpoint: 'POST /passkeys/options', target: '/passkeys/options', status: 200, shows: ['challenge'] },
    { endpoint: 'POST /passkeys', target: '/passkeys', body: { label: 'second', ...made.second }, status: 200 },
    { endpoint: 'DELETE /passkeys/:id', target: `/passkeys/${made.passkey}`, status: 204 },
    { endpoint: 'DELETE /app-passwords/:id', target: `/app-passwords/${made.app}`, status: 204 },
    { endpoint: 'DELETE /sessions/:id', target: `/sessions/${made.session}`, status: 204 },
    { endpoint: 'POST /sign-out', target: '/sign-out', status: 204 },
    { endpoint: 'POST /password', target: '/password', body: { password: 'a new one, and longer' }, status: 204 },
  ];
}

describe('the JSON API', () => {
  let home: Household;
  let alice: Signed;
  let bob: Signed;
  /** A passkey belongs to a name. */
  const named = (): string => home.server.url.replace('127.0.0.1', 'localhost');
  const send = (method: string, target: string, who: Partial<Signed>, body?: unknown): Promise<WireAnswer> =>
    ask(home.server.url, {
      method,
      target,
      headers: {
        host: new URL(named()).host,
        ...(who.cookie !== undefined && { cookie: who.cookie }),
        ...(who.key !== undefined && { 'coffre-session': who.key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const signIn = async (name: string, password: string, label: string): Promise<Signed> => {
    const answer = await send('POST', '/api/sign-in', {}, { name, password, label });
    assert.equal(answer.status, 200, answer.bytes.toString());
    const cookie = /^set-cookie: ([^;]+)/im.exec(answer.head)?.[1] ?? '';
    const { tag, key } = JSON.parse(answer.body.toString()) as { readonly tag: string; readonly key: string };
    return { tag, key, cookie };
  };
  before(async () => {
    home = await startHousehold();
    const files = clientOf(home.server.url, home.alice);
    await files.send('MKCOL', canary.folder);
    await files.put(`${canary.folder}/${canary.file}`, Buffer.from('content'));
    await clientOf(home.server.url, home.alice, 'documents').put(canary.document, Buffer.from('content'));
    alice = await signIn('alice', home.alice.password, canary.device);
    const listing = await send('GET', `/api/@${alice.tag}/vaults/files/list?path=${path(canary.folder)}`, alice);
    ids.photo = /"children":\[\{"id":"([0-9a-f]+)"/.exec(listing.body.toString())?.[1] ?? '';
    bob = await signIn('bob', home.bob.password, 'bob');
  });
  after(() => home.discard());

  it('works: Privacy: half a session, another one’s, a mixed one or an ended one opens no address of the API', async () => {
    const ended = await signIn('alice', home.alice.password, 'ended');
    assert.equal((await send('POST', `/api/@${ended.tag}/sign-out`, ended)).status, 204);
    const strangers: readonly (readonly [string, Partial<Signed>])[] = [
      ['nobody', {}],
      ['the cookie alone', { cookie: alice.cookie }],
      ['the key alone', { key: alice.key }],
      ['this cookie with another’s key', { cookie: alice.cookie, key: bob.key }],
      ['another’s cookie with this key', { cookie: bob.cookie, key: alice.key }],
      ['another account', bob],
      ['a session that was ended', ended],
      ['two cookies', { ...alice, cookie: `${alice.cookie}; ${bob.cookie}` }],
      ['a made-up session', { cookie: `coffre=${'A'.repeat(43)}`, key: 'A'.repeat(43) }],
    ];
    for (const [who, halves] of strangers) {
      for (const { endpoint, target, body } of ownersRequests(nothing)) {
        const [method = ''] = endpoint.split(' ');
        const answer = await send(method, `/api/@${alice.tag}${target}`, halves, body);
        const what = `${who}: ${endpoint}: ${answer.bytes.toString()}`;
        assert.ok([401, 404].includes(answer.status), what);
        for (const secret of Object.values(canary)) assert.ok(!answer.bytes.includes(secret), what);
      }
    }
    assert.equal((await send('GET', `/api/@${alice.tag}/me`, alice)).status, 200, 'the owner is still signed in');
  });

  it('works: Privacy: sessions of two people that were mixed up are noted as an incident of both, and opened nothing', async () => {
    const mixed = { cookie: alice.cookie, key: bob.key };
    assert.equal((await send('GET', `/api/@${alice.tag}/me`, mixed)).status, 401);
    // The trace is flushed once a second.
    const listed = await eventually(async () => {
      const answer = await send('GET', `/api/@${alice.tag}/incidents`, alice);
      const rows = JSON.parse(answer.body.toString()) as readonly { readonly kind: string; readonly account: string }[];
      return rows.length < 2 ? undefined : rows;
    });
    assert.deepEqual(listed.map(({ kind, account }) => `${kind} ${account}`).sort(), [
      'mixed-halves alice',
      'mixed-halves bob',
    ]);
    assert.equal((await send('GET', `/api/@${bob.tag}/incidents`, bob)).status, 404, 'for who runs the instance');
    assert.match(home.server.errors(), /"incident":"mixed-halves"/);
  });

  it('works: Privacy: every personal address of the API gives its owner what is theirs, and says whose it is', async () => {
    const other = await signIn('alice', home.alice.password, 'other');
    const sessions = await send('GET', `/api/@${alice.tag}/sessions`, alice);
    const listed = JSON.parse(sessions.body.toString()) as readonly { readonly id: string; readonly label: string }[];
    const otherId = listed.find((each) => each.label === 'other')?.id ?? '';
    const made = await send('POST', `/api/@${alice.tag}/app-passwords`, alice, { label: 'gone', vaults: ['files'] });
    const { id } = JSON.parse(made.body.toString()) as { readonly id: string };
    const shared = await send('POST', `/api/@${alice.tag}/vaults/files/links`, alice, {
      path: [],
      right: 'read',
      title: canary.link,
    });
    const link = JSON.parse(shared.body.toString()) as { readonly id: string };
    const inFolder = await send('GET', `/api/@${alice.tag}/vaults/files/list?path=${path(canary.folder)}`, alice);
    const { children } = JSON.parse(inFolder.body.toString()) as {
      readonly children: readonly { readonly version: string }[];
    };
    const version = children[0]?.version ?? '';
    await send('POST', `/api/@${alice.tag}/vaults/files/folders`, alice, { path: ['gone'] });
    await send('POST', `/api/@${alice.tag}/vaults/files/trash`, alice, { path: ['gone'] });
    const inTrash = await send('GET', `/api/@${alice.tag}/vaults/files/trashed`, alice);
    const [gone] = JSON.parse(inTrash.body.toString()) as readonly { readonly id: string }[];
    const trashed = gone?.id ?? '';
    // Its answer does not end: api-content.test.ts listens to it.
    const asked = new Set<string>(['GET /events']);
    const otherPlace = join(home.scratch, 'copy');
    mkdirSync(otherPlace);
    let operatorKit = '';
    let signed = alice;
    const passkey = async (): Promise<object> => {
      const options = await send('POST', `/api/@${alice.tag}/passkeys/options`, alice);
      return new SoftPasskey(named()).register(JSON.parse(options.body.toString()) as PasskeyCreation);
    };
    const first = await send('POST', `/api/@${alice.tag}/passkeys`, alice, { label: 'first', ...(await passkey()) });
    const kept = JSON.parse(first.body.toString()) as { readonly id: string };
    const second = await passkey();
    const invited = await send('POST', `/api/@${alice.tag}/invitations`, alice, { label: canary.device });
    assert.equal(invited.status, 200);
    const accounts = await send('GET', `/api/@${alice.tag}/operator/accounts`, alice);
    const rows = JSON.parse(accounts.body.toString()) as readonly { readonly id: string; readonly name: string }[];
    const account = rows.find(({ name }) => name === 'alice')?.id ?? '';
    const about = { session: otherId, app: id, link: link.id, passkey: kept.id, account, second, trashed, version };
    for (const request of ownersRequests(about)) {
      const [method = ''] = request.endpoint.split(' ');
      if (request.endpoint === 'POST /password') signed = await signIn('alice', home.alice.password, 'again');
      const given = JSON.stringify(request.body ?? null);
      const filled = given
        .replace('PASSWORD', home.alice.password)
        .replace('OPERATOR', operatorKit)
        .replace('KIT', home.alice.kit)
        .replace('SCRATCH', otherPlace);
      const body = JSON.parse(filled) as unknown;
      const answer = await send(method, `/api/@${signed.tag}${request.target}`, signed, body ?? undefined);
      assert.equal(answer.status, request.status, `${request.endpoint}: ${answer.bytes.toString()}`);
      // A problem shows nothing of anybody.
      if (answer.status < 300) assert.match(answer.head, new RegExp(`^coffre-account: ${alice.tag}\r?$`, 'im'));
      assert.match(answer.head, /^cache-control: no-store\r?$/im);
      for (const text of request.shows ?? []) assert.ok(answer.bytes.includes(text), `${request.endpoint}: ${text}`);
      if (request.endpoint === 'POST /operator-kit')
        operatorKit = JSON.parse(answer.body.toString()).identity as string;
      asked.add(request.endpoint);
    }
    const personal = endpoints.filter((each) => each.who !== 'anyone').map((each) => `${each.method} ${each.path}`);
    // Whoever adds an endpoint says here what its owner gets from it.
    assert.deepEqual([...asked].sort(), [...personal].sort());
    assert.equal((await send('GET', `/api/@${other.tag}/me`, other)).status, 401, 'the ended session');
    assert.equal((await send('GET', `/api/@${signed.tag}/me`, signed)).status, 401, 'a new password ends sessions');
  });

  it('a session outlives a restart of the server, and what is sensitive wants the password again', async () => {
    const before = await signIn('bob', home.bob.password, 'stays');
    assert.equal((await send('GET', `/api/@${before.tag}/vaults/documents/list`, before)).status, 200);
    await home.server.stop();
    home = { ...home, server: await home.restart() };
    assert.equal((await send('GET', `/api/@${before.tag}/me`, before)).status, 200);
    const refused = await send('GET', `/api/@${before.tag}/vaults/documents/list`, before);
    assert.equal(refused.status, 403);
    assert.match(refused.body.toString(), /not-fresh/);
    assert.equal(
      (await send('POST', `/api/@${before.tag}/prove`, before, { password: home.bob.password })).status,
      204,
    );
    assert.equal((await send('GET', `/api/@${before.tag}/vaults/documents/list`, before)).status, 200);
  });

  it('malformed requests are refused with a problem and change nothing', async () => {
    const { tag } = bob;
    for (const [method, target, body] of [
      ['POST', `/api/@${tag}/vaults/files/folders`, { path: 'no list' }],
      ['POST', `/api/@${tag}/vaults/files/folders`, { path: ['..'] }],
      ['POST', `/api/@${tag}/vaults/files/folders`, { path: ['a/b'] }],
      ['POST', `/api/@${tag}/vaults/files/move`, { from: ['absent'], to: ['x'] }],
      ['GET', `/api/@${tag}/vaults/nothing/list`, undefined],
      ['GET', `/api/@${tag}/vaults/files/list?path=%7B`, undefined],
      ['POST', '/api/sign-in', { name: 'bob' }],
      ['GET', '/api/no-such', undefined],
    ] as const) {
      const answer = await send(method, target, bob, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${target}: ${answer.bytes.toString()}`);
      assert.match(answer.head, /content-type: application\/problem\+json/i, `${method} ${target}`);
    }
  });
});

/** Asks until there is an answer, at most a minute. */
async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 300; tries += 1) {
    const value = await look();
    if (value !== undefined) return value;
    await setTimeout(200);
  }
  return assert.fail('it did not come within a minute');
}
