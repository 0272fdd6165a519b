// Every address and method of the program, asked by its owner and by everybody who is not.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { answerOf, withControl } from '../support/account.ts';
import { clientOf, type Household, newAppPassword, startHousehold, ticketOf, treeOf } from './household.ts';
import { type Route, routesOfTheProgram } from './routes-of.ts';
import { ask, basic, type WireAnswer, type WireRequest } from './wire.ts';

interface ListedRoute extends Route {
  readonly isPersonal: boolean;
}

type Headers = Readonly<Record<string, string>>;

interface Stranger {
  readonly who: string;
  readonly headers: Headers;
  /** Statuses that this stranger may be given. */
  readonly refusedWith: readonly number[];
  readonly targets: readonly string[];
}

const listed = JSON.parse(readFileSync(join(import.meta.dirname, 'routes.json'), 'utf8')) as readonly ListedRoute[];
const personalMethods = [
  ...new Set(listed.filter((each) => each.isPersonal && each.url.startsWith('/dav')).flatMap(({ methods }) => methods)),
];
/** Known to the HTTP library, and of no use here. */
const idleMethods = ['ACL', 'MKCALENDAR', 'PATCH', 'POST', 'QUERY', 'REPORT', 'SEARCH', 'TRACE'];

/** Without a type a QUERY is refused for that alone, by whoever it was sent. */
const typed = (method: string): Headers => (method === 'QUERY' ? { 'content-type': 'text/plain' } : {});

const mark = (): string => `canary-${randomBytes(12).toString('hex')}`;
const canary = {
  folder: mark(),
  file: mark(),
  content: mark(),
  property: mark(),
  document: mark(),
  documentText: mark(),
};
const files = '/dav/alice/files';
const folder = `${files}/${canary.folder}`;
const file = `${folder}/${canary.file}`;
const documents = '/dav/alice/documents';
const document = `${documents}/${canary.document}`;
const mine = '/dav/bob/files/mine';

const setProperty = `<propertyupdate xmlns="DAV:"><set><prop><note xmlns="urn:x">${canary.property}</note></prop></set></propertyupdate>`;
const setOther = setProperty.replace(canary.property, 'attack');
const lockBody =
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner>someone</owner></lockinfo>';

it('routes: what the program answers is exactly what is listed here', async () => {
  const found = await routesOfTheProgram();
  assert.deepEqual(
    found,
    listed.map(({ url, methods }) => ({ url, methods })),
  );
  // Whoever adds a method must say here what its owner gets from it.
  assert.deepEqual(
    [...personalMethods].sort(),
    [...idleMethods, ...ownersRequests().map(([{ method }]) => method)].sort(),
  );
});

describe('every personal address', () => {
  let home: Household;
  /** What must never reach anybody else: the canaries, and what the server made of them. */
  const secrets: string[] = Object.values(canary);
  before(async () => {
    home = await startHousehold();
    await furnish(home, secrets);
  });
  after(() => home.discard());

  it('works: Privacy: every address gives its owner what is theirs, by every method', async () => {
    const { url } = home.server;
    const { name, appPassword } = home.alice;
    for (const [request, status, shown] of ownersRequests()) {
      const answer = await ask(url, { ...request, headers: { ...basic(name, appPassword), ...request.headers } });
      const what = `${request.method} ${request.target}: ${answer.bytes.toString()}`;
      assert.equal(answer.status, status, what);
      for (const text of shown) assert.ok(answer.bytes.includes(text), `${text} in ${what}`);
    }
    for (const method of idleMethods) {
      const headers = { ...basic(name, appPassword), ...typed(method) };
      const answer = await ask(url, { method, target: file, headers });
      assert.equal(answer.status, 405, `${method}: ${answer.bytes.toString()}`);
      assert.ok(!answer.bytes.includes('uthorization: Basic'), 'the proof is not sent back');
    }
  });

  it('works: Privacy: no address gives anybody else a byte of it, or a way to change it', async () => {
    const { url } = home.server;
    const strangers = await strangersOf(home);
    const untouched = await stateOf(home);
    let asked = 0;
    for (const stranger of strangers) {
      for (const request of strangersRequests(stranger)) {
        asked += 1;
        const what = `${stranger.who}: ${request.method} ${request.target} ${JSON.stringify(request.headers ?? {})}`;
        const answer = await ask(url, { ...request, headers: { ...stranger.headers, ...request.headers } });
        showsNothing(answer, secrets, what);
        const fine = [...stranger.refusedWith, ...(request.method === 'OPTIONS' ? [200] : [])];
        assert.ok(fine.includes(answer.status), `${what}: ${answer.bytes.toString()}`);
      }
      assert.deepEqual(await stateOf(home), untouched, `${stranger.who} changed something`);
    }
    assert.ok(asked > 1000, `only ${asked} requests`);
  });

  it('what is there and what is not look alike to a stranger who signed in', async () => {
    const { url } = home.server;
    const bob = basic(home.bob.name, home.bob.appPassword);
    for (const method of personalMethods) {
      const [there, absent] = await Promise.all(
        [file, `${folder}/absent`].map((target) => ask(url, { method, target, headers: { ...bob, ...typed(method) } })),
      );
      assert.equal(anonymous(there), anonymous(absent), method);
    }
  });

  it('works: Privacy: an app password for one kind of vault neither opens nor shows another', async () => {
    const { server, dataFolder } = home;
    const { url } = server;
    for (const [kind, own, other] of [
      ['files', file, document],
      ['documents', document, file],
    ] as const) {
      const { appPassword } = await newAppPassword(dataFolder, home.alice, `only ${kind}`, [kind]);
      const headers = basic('alice', appPassword);
      assert.equal((await ask(url, { method: 'GET', target: own, headers })).status, 200);
      assert.equal((await ask(url, { method: 'GET', target: other, headers })).status, 404);
      const tree = await ask(url, { method: 'PROPFIND', target: '/dav/alice/', headers: { ...headers, depth: '1' } });
      assert.equal(tree.status, 207);
      assert.equal(tree.body.includes(documents), kind === 'documents');
      assert.equal(tree.body.includes(files), kind === 'files');
    }
  });

  it('addresses that are nobody’s show nothing of anybody', async () => {
    const { url } = home.server;
    const own = listed.filter((each) => !each.isPersonal || each.url.startsWith('/api')).map((each) => each.url);
    for (const target of [...own, '/', '/favicon.ico', '/dav/../health', '/.well-known/caldav', '/files', '/DAV/']) {
      for (const headers of [{}, basic('alice', home.alice.appPassword)]) {
        showsNothing(await ask(url, { method: 'GET', target, headers }), [...secrets, 'alice', 'bob'], target);
      }
    }
  });
});

/** A folder, a file with a property and a lock, and a document: all named and filled with canaries. */
async function furnish({ server, alice, bob }: Household, secrets: string[]): Promise<void> {
  const { url } = server;
  const headers = basic(alice.name, alice.appPassword);
  const requests: readonly WireRequest[] = [
    { method: 'MKCOL', target: folder },
    { method: 'PUT', target: file, body: canary.content },
    { method: 'PROPPATCH', target: file, body: setProperty },
    { method: 'PUT', target: document, body: canary.documentText },
    { method: 'PUT', target: `${folder}/locked`, body: 'x' },
    { method: 'LOCK', target: `${folder}/locked`, body: lockBody, headers: { timeout: 'Second-3600' } },
  ];
  for (const request of requests) {
    const answer = await ask(url, { ...request, headers: { ...headers, ...request.headers } });
    assert.ok(answer.status >= 200 && answer.status < 300, answer.bytes.toString());
    const made = /^(?:etag|lock-token): *["<](.+)[">]\r?$/im.exec(answer.head)?.[1];
    if (made !== undefined) secrets.push(made);
  }
  assert.ok(secrets.length >= Object.keys(canary).length + 3, 'two ETags and a lock token');
  const put = await ask(url, {
    method: 'PUT',
    target: mine,
    body: 'mine',
    headers: basic(bob.name, bob.appPassword),
  });
  assert.equal(put.status, 201);
}

/** One of each method: what its owner asks, the status, and what must stand in the answer. */
function ownersRequests(): readonly (readonly [WireRequest, number, readonly string[]])[] {
  const own = `${folder}/own`;
  return [
    [{ method: 'OPTIONS', target: file }, 200, ['PROPFIND']],
    [{ method: 'GET', target: file }, 200, [canary.content]],
    [{ method: 'HEAD', target: file }, 200, [`${canary.content.length}`]],
    [{ method: 'PROPFIND', target: `${folder}/`, headers: { depth: '1' } }, 207, [canary.file, canary.property]],
    [{ method: 'PROPPATCH', target: file, body: setProperty }, 207, [canary.file]],
    [{ method: 'MKCOL', target: own }, 201, []],
    [{ method: 'PUT', target: `${own}/a`, body: 'a' }, 201, []],
    [{ method: 'COPY', target: file, headers: { destination: `${own}/b` } }, 201, []],
    [{ method: 'MOVE', target: `${own}/a`, headers: { destination: `${own}/c` } }, 201, []],
    [{ method: 'LOCK', target: `${own}/b`, body: lockBody, headers: { timeout: 'Second-1' } }, 200, [canary.folder]],
    [{ method: 'UNLOCK', target: `${own}/c`, headers: { 'lock-token': '<urn:uuid:no-such>' } }, 409, []],
    [{ method: 'DELETE', target: `${own}/c` }, 204, []],
  ];
}

function strangersRequests({ targets, headers }: Stranger): readonly WireRequest[] {
  return targets.flatMap((target) => [
    ...personalMethods.map((method) => ({ method, target, headers: typed(method) })),
    { method: 'PROPFIND', target, headers: { depth: '0' } },
    { method: 'PROPFIND', target, headers: { depth: 'infinity' } },
    { method: 'PUT', target, body: 'attack' },
    { method: 'PUT', target: `${target.replace(/\/$/, '')}/new`, body: 'attack' },
    { method: 'MKCOL', target: `${target.replace(/\/$/, '')}/new` },
    { method: 'PROPPATCH', target, body: setOther },
    { method: 'LOCK', target, body: lockBody },
    { method: 'GET', target, headers: { range: 'bytes=0-10' } },
    { method: 'GET', target, headers: { 'if-none-match': '*' } },
    // Out of the owner's tree, about in it, and into it.
    ...['COPY', 'MOVE'].flatMap((method) => [
      { method, target, headers: { destination: '/dav/bob/files/stolen', overwrite: 'T' } },
      { method, target, headers: { destination: `${folder}/elsewhere` } },
      { method, target: 'authorization' in headers ? mine : target, headers: { destination: target, overwrite: 'T' } },
    ]),
  ]);
}

async function strangersOf(home: Household): Promise<readonly Stranger[]> {
  const { alice, bob, dataFolder, server } = home;
  const revoked = await newAppPassword(dataFolder, alice, 'lost', ['files', 'documents']);
  const lost = basic(alice.name, revoked.appPassword);
  assert.equal((await ask(server.url, { method: 'GET', target: file, headers: lost })).status, 200);
  await withControl(dataFolder, async (control) => {
    const ticket = await ticketOf(dataFolder, alice);
    return answerOf(control, 'app-password.revoke', { ticket, credential: revoked.credential });
  });
  const narrow = await newAppPassword(dataFolder, alice, 'narrow', ['documents']);
  const all = ['/dav/alice/', `${files}/`, `${folder}/`, file, `${folder}/locked`, `${documents}/`, document];
  const everywhere = ['/dav', ...all];
  const unproven = (who: string, headers: Headers): Stranger => {
    return { who, headers, refusedWith: [401, 429], targets: everywhere };
  };
  // 403, 405 and 502 are about the destination or the method: what a stranger may know anyway.
  const signedIn = { refusedWith: [404, 403, 405, 409, 502] };
  return [
    unproven('nobody', {}),
    unproven('right name, wrong password', basic('alice', 'wrong')),
    unproven('truncated app password', basic('alice', alice.appPassword.slice(0, -1))),
    unproven('app password with an end of its own', basic('alice', `${alice.appPassword}a`)),
    unproven('the account’s own password', basic('alice', alice.password)),
    unproven('the recovery kit as a password', basic('alice', alice.kit)),
    unproven('another’s name with this app password', basic('bob', alice.appPassword)),
    unproven('this name with another’s app password', basic('alice', bob.appPassword)),
    unproven('no name', basic('', alice.appPassword)),
    unproven('a bearer token', { authorization: `Bearer ${alice.appPassword}` }),
    unproven('a revoked app password', lost),
    { who: 'another account', headers: basic(bob.name, bob.appPassword), ...signedIn, targets: all },
    {
      who: 'an app password for documents only',
      headers: basic(alice.name, narrow.appPassword),
      ...signedIn,
      targets: [`${files}/`, `${folder}/`, file, `${folder}/locked`],
    },
  ];
}

/** All that both see, with properties and locks. */
async function stateOf({ server, alice, bob }: Household): Promise<unknown> {
  const properties = await clientOf(server.url, alice).send('PROPFIND', canary.folder, { headers: { depth: '1' } });
  assert.equal(properties.status, 207);
  return {
    properties: properties.body.toString().replaceAll(/Second-\d+/g, ''),
    alice: await treeOf(clientOf(server.url, alice)),
    documents: await treeOf(clientOf(server.url, alice, 'documents')),
    bob: await treeOf(clientOf(server.url, bob)),
  };
}

function showsNothing(answer: WireAnswer, secrets: readonly string[], what: string): void {
  const shown = secrets.filter((secret) => answer.bytes.includes(secret));
  assert.deepEqual(shown, [], `${what}: ${answer.bytes.toString()}`);
}

/** An answer without what differs between any two. */
function anonymous(answer: WireAnswer | undefined): string {
  return (answer?.bytes.toString() ?? '').replace(/^date: .*\r\n/im, '');
}
