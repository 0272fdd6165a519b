// Links: what the bearer of one sees, and what nobody sees through it.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient, answered, askJson, pathQuery } from './api-client.ts';
import { clientOf, type Household, startHousehold } from './household.ts';
import { ask, basic, type WireAnswer } from './wire.ts';

interface Link {
  readonly id: string;
  readonly token: string;
}

interface Listing {
  readonly self: { readonly name: string; readonly isFolder: boolean };
  readonly children: readonly { readonly name: string }[];
}

const mark = (): string => `canary-${randomBytes(12).toString('hex')}`;
const secrets = {
  beside: mark(),
  parent: mark(),
  sibling: mark(),
  trashed: mark(),
  old: mark(),
  document: mark(),
  bob: mark(),
};
const shown = { folder: `shown ${randomBytes(4).toString('hex')}`, file: 'a photo.txt', content: 'what was shared' };
const large: Buffer = randomBytes(5 * 1024 * 1024);

describe('links', () => {
  let home: Household;
  let alice: ApiClient;
  before(async () => {
    home = await startHousehold();
    const files = clientOf(home.server.url, home.alice);
    for (const folder of [secrets.parent, `${secrets.parent}/${shown.folder}`, `${secrets.parent}/${shown.folder}/Sub`])
      assert.equal((await files.makeFolder(folder)).status, 201);
    const top = `${secrets.parent}/${shown.folder}`;
    await files.put(`${top}/${shown.file}`, Buffer.from(secrets.old));
    await files.put(`${top}/${shown.file}`, Buffer.from(shown.content));
    await files.put(`${top}/Sub/large.bin`, large);
    await files.put(`${top}/gone.txt`, Buffer.from(secrets.trashed));
    await files.remove(`${top}/gone.txt`);
    await files.put(`${secrets.parent}/${secrets.sibling}`, Buffer.from(secrets.sibling));
    await files.put(secrets.beside, Buffer.from(secrets.beside));
    await clientOf(home.server.url, home.alice, 'documents').put(secrets.document, Buffer.from(secrets.document));
    await clientOf(home.server.url, home.bob).put(secrets.bob, Buffer.from(secrets.bob));
    alice = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
  });
  after(() => home.discard());

  const share = (body: object = {}): Promise<Link> =>
    alice.ok('POST', '/vaults/files/links', {
      path: [secrets.parent, shown.folder],
      right: 'read',
      title: 'For you',
      ...body,
    });
  const open = (link: Link, body: object = {}): Promise<WireAnswer> =>
    askJson(home.server.url, 'POST', `/api/s/${link.id}/open`, { 'coffre-link': link.token }, body);
  const passOf = async (link: Link, body: object = {}): Promise<string> =>
    answered<{ readonly pass: string }>(await open(link, body)).pass;
  const list = (link: Link, pass: string, ...names: readonly string[]): Promise<WireAnswer> =>
    askJson(home.server.url, 'GET', `/api/s/${link.id}/list${pathQuery(...names)}`, { 'coffre-pass': pass });
  const ticket = (link: Link, pass: string, path: readonly string[], as: 'file' | 'zip'): Promise<WireAnswer> =>
    askJson(home.server.url, 'POST', `/api/s/${link.id}/tickets`, { 'coffre-pass': pass }, { path, as });
  const take = async (
    link: Link,
    pass: string,
    path: readonly string[],
    as: 'file' | 'zip' = 'file',
  ): Promise<WireAnswer> => {
    const { url } = answered<{ readonly url: string }>(await ticket(link, pass, path, as));
    return ask(home.server.url, { method: 'GET', target: url });
  };
  const listsNothing = async (link: Link, pass: string, what: string): Promise<void> => {
    for (const answer of [await list(link, pass), await ticket(link, pass, [shown.file], 'file')]) {
      assert.ok([401, 404].includes(answer.status), `${what}: ${answer.bytes.toString()}`);
      assert.ok(!answer.bytes.includes(shown.file), what);
    }
  };

  it('works: Sharing: a link shows a folder, gives its files and an archive of it, to somebody without an account', async () => {
    const link = await share();
    const pass = await passOf(link);
    const listing = answered<Listing>(await list(link, pass));
    assert.equal(listing.self.name, shown.folder);
    assert.deepEqual(listing.children.map((each) => each.name).sort(), ['Sub', shown.file].sort());
    const file = await take(link, pass, [shown.file]);
    assert.equal(file.body.toString(), shown.content);
    assert.match(file.head, /^content-disposition: attachment/im);
    assert.match(file.head, /^content-security-policy: sandbox/im);
    assert.match(file.head, /^cache-control: no-store/im);
    const whole = await take(link, pass, ['Sub', 'large.bin']);
    assert.ok(whole.body.equals(large));
    const { url } = answered<{ readonly url: string }>(await ticket(link, pass, ['Sub', 'large.bin'], 'file'));
    const range = await ask(home.server.url, {
      method: 'GET',
      target: url,
      headers: { range: 'bytes=4194300-4194310' },
    });
    assert.equal(range.status, 206);
    assert.ok(range.body.equals(large.subarray(4_194_300, 4_194_311)));
    const zip = await fetch(
      new URL(answered<{ readonly url: string }>(await ticket(link, pass, [], 'zip')).url, home.server.url),
    );
    const archive = Buffer.from(await zip.arrayBuffer());
    assert.ok(archive.includes(shown.content) && archive.includes('Sub/large.bin'));
    for (const secret of Object.values(secrets)) assert.ok(!archive.includes(secret), secret);
  });

  it('works: Sharing: a link to one file gives that file, and nothing beside it', async () => {
    const link = await share({ path: [secrets.parent, shown.folder, shown.file] });
    const pass = await passOf(link);
    assert.deepEqual(answered<Listing>(await list(link, pass)).children, []);
    assert.equal((await take(link, pass, [])).body.toString(), shown.content);
    assert.equal((await list(link, pass, shown.file)).status, 404);
    assert.equal((await ticket(link, pass, [], 'zip')).status, 404);
  });

  it('works: Sharing: no path, ticket, proof or address leads from a link to anything that was not shared', async () => {
    const link = await share();
    const other = await share({ path: [secrets.parent, shown.folder, 'Sub'] });
    const pass = await passOf(link);
    const otherPass = await passOf(other);
    const ways: readonly (readonly string[])[] = [
      ['..'],
      ['..', secrets.sibling],
      ['.', '..'],
      ['Sub', '..', '..'],
      [secrets.sibling],
      [secrets.parent],
      [secrets.beside],
      [shown.folder],
      ['gone.txt'],
      ['SUB'],
      [shown.file.toUpperCase()],
      ['/'],
      [`../${secrets.sibling}`],
      ['Sub/large.bin'],
      ['%2e%2e'],
      ['..%2f'],
      ['\u0000'],
      [shown.file, 'x'],
      [secrets.parent, shown.folder],
    ];
    const seen: Buffer[] = [];
    for (const way of ways) {
      for (const answer of [
        await list(link, pass, ...way),
        await ticket(link, pass, way, 'file'),
        await ticket(link, pass, way, 'zip'),
        await list(other, otherPass, ...way),
      ]) {
        assert.ok([400, 404].includes(answer.status), `${JSON.stringify(way)}: ${answer.bytes.toString()}`);
        seen.push(answer.bytes);
      }
    }
    // A pass of one link is none for another, and no proof of an owner; nor is the token.
    assert.equal((await list(other, pass)).status, 401);
    assert.equal((await list(link, otherPass)).status, 401);
    const { url } = answered<{ readonly url: string }>(await ticket(other, otherPass, [], 'zip'));
    assert.equal((await ask(home.server.url, { method: 'GET', target: url.replace(other.id, link.id) })).status, 404);
    for (const headers of [
      basic('alice', link.token),
      { 'coffre-pass': pass, 'coffre-link': link.token },
      { 'coffre-session': pass, cookie: `coffre=${pass}` },
    ]) {
      for (const target of [
        '/dav/alice/files/',
        `/dav/alice/files/${secrets.parent}/`,
        `/api/@${alice.tag}/me`,
        `/api/@${alice.tag}/links`,
        `/api/@${alice.tag}/vaults/files/list`,
        `/api/@${alice.tag}/vaults/files/activity`,
      ]) {
        const answer = await ask(home.server.url, { method: 'GET', target, headers });
        assert.ok([401, 404].includes(answer.status), `${target}: ${answer.status}`);
        seen.push(answer.bytes);
      }
    }
    for (const secret of Object.values(secrets))
      for (const bytes of seen) assert.ok(!bytes.includes(secret), bytes.toString());
  });

  it('what is moved out, trashed or ended is gone from the link at once; what is moved in is there', async () => {
    const files = clientOf(home.server.url, home.alice);
    const top = `${secrets.parent}/moving`;
    await files.makeFolder(top);
    await files.put(`${top}/stays.txt`, Buffer.from('stays'));
    await files.put(`${top}/leaves.txt`, Buffer.from('leaves'));
    const link = await share({ path: [secrets.parent, 'moving'] });
    const pass = await passOf(link);
    const names = async (): Promise<readonly string[]> =>
      answered<Listing>(await list(link, pass)).children.map((each) => each.name);
    const { url } = answered<{ readonly url: string }>(await ticket(link, pass, ['leaves.txt'], 'file'));
    await files.move(`${top}/leaves.txt`, `${secrets.parent}/leaves.txt`);
    assert.deepEqual(await names(), ['stays.txt']);
    assert.equal((await ask(home.server.url, { method: 'GET', target: url })).status, 404);
    // The folder itself is what was shared, wherever it is.
    await files.move(top, 'moved away');
    assert.deepEqual(await names(), ['stays.txt']);
    await files.makeFolder(top);
    await files.put(`${top}/another.txt`, Buffer.from('not shared'));
    assert.deepEqual(await names(), ['stays.txt']);
    await files.remove('moved away');
    assert.equal((await list(link, pass)).status, 404);
  });

  it('works: Sharing: without its password a link opens nothing, and guesses are slowed down', async () => {
    const link = await share({ password: 'a password for the link' });
    const needed = await open(link);
    assert.equal(needed.status, 401);
    assert.match(needed.body.toString(), /password-needed/);
    assert.ok(!needed.bytes.includes(shown.folder));
    for (let guess = 0; guess < 5; guess += 1) {
      const wrong = await open(link, { password: `guess ${guess}` });
      assert.equal(wrong.status, 403, wrong.bytes.toString());
    }
    assert.equal((await open(link, { password: 'once more' })).status, 429);
    const again = await share({ password: 'a password for the link' });
    const pass = await passOf(again, { password: 'a password for the link' });
    assert.equal(answered<Listing>(await list(again, pass)).self.name, shown.folder);
    assert.equal((await open({ ...again, token: link.token }, { password: 'a password for the link' })).status, 404);
  });

  it('a link that never was, one that was ended and one that is over look alike', async () => {
    const ended = await share();
    await alice.ok('DELETE', `/links/${ended.id}`);
    const over = await share({ endsMs: Date.now() + 1500 });
    const pass = await passOf(over);
    await new Promise((resolve) => setTimeout(resolve, 1700));
    await listsNothing(over, pass, 'over');
    const wrongToken = { ...(await share()), token: ended.token };
    const never = { id: '0'.repeat(32), token: ended.token };
    const texts = await Promise.all(
      [ended, over, wrongToken, never].map(async (link) => {
        const answer = await open(link);
        assert.equal(answer.status, 404);
        return answer.body.toString().replace(/"instance":"[^"]*"/, '');
      }),
    );
    assert.equal(new Set(texts).size, 1, texts.join('\n'));
    for (const token of ['', 'x', 'A'.repeat(2000)]) assert.equal((await open({ ...ended, token })).status, 404);
  });

  it('works: Sharing: a link that was ended opens nothing any more, whatever was opened with it before', async () => {
    const link = await share();
    const stays = await share();
    const pass = await passOf(link);
    const stayingPass = await passOf(stays);
    const { url } = answered<{ readonly url: string }>(await ticket(link, pass, [shown.file], 'file'));
    assert.equal((await ask(home.server.url, { method: 'GET', target: url })).status, 200);
    await alice.ok('DELETE', `/links/${link.id}`);
    await listsNothing(link, pass, 'ended');
    assert.equal((await open(link)).status, 404);
    assert.equal((await ask(home.server.url, { method: 'GET', target: url })).status, 404);
    // The vault has a new key, which the other link holds without its bearer being there.
    assert.equal(answered<Listing>(await list(stays, stayingPass)).self.name, shown.folder);
    assert.equal((await clientOf(home.server.url, home.alice).get(secrets.beside)).status, 200);
    const listed = await alice.ok<readonly { readonly id: string }[]>('GET', '/links');
    assert.ok(!listed.some(({ id }) => id === link.id) && listed.some(({ id }) => id === stays.id));
  });

  it('works: Sharing: the owner sees every link, what it opens and when it was used; nobody else ends it', async () => {
    const link = await share({ title: 'Seen', endsMs: Date.now() + 3_600_000 });
    await passOf(link);
    const listed = await alice.ok<readonly Record<string, unknown>[]>('GET', '/links');
    const found = listed.find((each) => each['id'] === link.id) ?? assert.fail();
    assert.deepEqual(found['path'], [secrets.parent, shown.folder]);
    assert.equal(found['title'], 'Seen');
    assert.equal(found['isOver'], false);
    const bob = await ApiClient.signIn(home.server.url, 'bob', home.bob.password);
    assert.deepEqual(await bob.ok('GET', '/links'), []);
    assert.equal((await bob.send('DELETE', `/links/${link.id}`)).status, 404);
    await passOf(link);
  });

  it('what cannot be shared is refused', async () => {
    for (const [body, status] of [
      [{ path: ['absent'] }, 404],
      [{ title: '' }, 400],
      [{ title: 'a\u0007b' }, 400],
      [{ right: 'write' }, 400],
      [{ endsMs: 1 }, 400],
      [{ password: '' }, 400],
    ] as const) {
      const answer = await alice.send('POST', '/vaults/files/links', {
        path: [],
        right: 'read',
        title: 'x',
        ...body,
      });
      assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.bytes.toString()}`);
    }
  });

  it('links open after a restart, and the token is in no file of the server', async () => {
    const link = await share();
    const pass = await passOf(link);
    await home.server.stop();
    for (const file of readdirSync(home.dataFolder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(join(file.parentPath, file.name));
      assert.ok(!bytes.includes(link.token) && !bytes.includes(pass), file.name);
    }
    home = { ...home, server: await home.restart() };
    assert.equal((await list(link, pass)).status, 401, 'a pass lives in memory only');
    const listing = answered<Listing>(await list(link, await passOf(link)));
    assert.equal(listing.self.name, shown.folder);
  });
});
