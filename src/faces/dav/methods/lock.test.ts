import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Reply, TestServer } from '../dav-server.contract.ts';

const lockInfo = (
  scope: 'exclusive' | 'shared',
  owner = '<d:owner>me &amp; <d:href>mailto:me</d:href></d:owner>',
): string =>
  `<?xml version="1.0"?><d:lockinfo xmlns:d="DAV:"><d:lockscope><d:${scope}/></d:lockscope><d:locktype><d:write/></d:locktype>${owner}</d:lockinfo>`;

describe('LOCK and UNLOCK', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await TestServer.start();
    await server.send('PUT', 'f', { body: 'x' });
    await server.send('MKCOL', 'dir');
    await server.send('PUT', 'dir/a', { body: 'x' });
  });
  afterEach(() => server.close());

  const lock = (
    path: string,
    headers: Record<string, string> = {},
    scope: 'exclusive' | 'shared' = 'exclusive',
    as = 'alice:one',
  ): Promise<Reply> => server.send('LOCK', path, { body: lockInfo(scope), headers, as });
  const tokenOf = (reply: Reply): string => String(reply.headers['lock-token']);
  const status = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<number> => (await server.send(method, path, { headers, ...(body !== undefined && { body }) })).status;

  it('tells everything about the lock', async () => {
    const reply = await lock('f', { timeout: 'Infinite, Second-4100000000' });
    assert.equal(reply.status, 200);
    assert.match(tokenOf(reply), /^<urn:uuid:[0-9a-f-]{36}>$/);
    const token = tokenOf(reply).slice(1, -1);
    assert.ok(
      reply.text.startsWith(
        '<?xml version="1.0" encoding="utf-8"?>\n<d:prop xmlns:d="DAV:"><d:lockdiscovery><d:activelock>',
      ),
    );
    for (const part of [
      '<d:locktype><d:write/></d:locktype>',
      '<d:lockscope><d:exclusive/></d:lockscope>',
      '<d:depth>infinity</d:depth>',
      '<d:owner>me &amp; <d:href xmlns:d="DAV:">mailto:me</d:href></d:owner>',
      '<d:timeout>Second-3600</d:timeout>',
      `<d:locktoken><d:href>${token}</d:href></d:locktoken>`,
      '<d:lockroot><d:href>/dav/alice/files/f</d:href></d:lockroot>',
    ]) {
      assert.ok(reply.text.includes(part), part);
    }
    const found = await server.send('PROPFIND', '', { headers: { depth: '1' } });
    assert.equal(found.text.split(`<d:href>${token}</d:href>`).length, 2);
  });

  it('keeps others out, and lets its holder in', async () => {
    const token = tokenOf(await lock('f'));
    for (const [method, headers, body] of [
      ['PUT', {}, 'y'],
      ['DELETE', {}, undefined],
      ['MOVE', { destination: '/dav/alice/files/g' }, undefined],
      ['PROPPATCH', {}, '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x/></d:prop></d:set></d:propertyupdate>'],
    ] as const) {
      const reply = await server.send(method, 'f', { headers, ...(body !== undefined && { body }) });
      assert.equal(reply.status, 423, method);
      assert.ok(
        reply.text.includes('<d:lock-token-submitted><d:href>/dav/alice/files/f</d:href></d:lock-token-submitted>'),
        reply.text,
      );
    }
    assert.equal(await status('COPY', 'dir/a', { destination: '/dav/alice/files/f' }), 423);
    assert.equal(await status('COPY', 'f', { destination: '/dav/alice/files/g' }), 201);
    assert.equal(await status('GET', 'f'), 200);
    assert.equal(await status('PUT', 'f', { if: `(${token})` }, 'y'), 204);
    // The token is the holder's: another credential that has learnt it gets nowhere.
    assert.equal(
      (await server.send('PUT', 'f', { body: 'z', headers: { if: `(${token})` }, as: 'alice:two' })).status,
      423,
    );
    assert.equal(await status('MOVE', 'f', { destination: '/dav/alice/files/moved', if: `(${token})` }), 201);
    // RFC 4918 §7.7: the lock stays behind.
    assert.equal(await status('PUT', 'moved', {}, 'y'), 204);
  });

  it('conflicts name the lock in the way', async () => {
    await lock('f');
    const second = await lock('f', {}, 'shared');
    assert.equal(second.status, 423);
    assert.ok(
      second.text.includes('<d:no-conflicting-lock><d:href>/dav/alice/files/f</d:href></d:no-conflicting-lock>'),
    );
    const above = await lock('', {});
    assert.equal(above.status, 423);
  });

  it('shared locks stand beside each other', async () => {
    const one = tokenOf(await lock('f', {}, 'shared'));
    const two = tokenOf(await lock('f', {}, 'shared', 'alice:two'));
    assert.equal((await lock('f')).status, 423);
    assert.equal(await status('PUT', 'f', {}, 'y'), 423);
    assert.equal(await status('PUT', 'f', { if: `(${one})` }, 'y'), 204);
    assert.equal(
      (await server.send('PUT', 'f', { body: 'y', headers: { if: `(${two})` }, as: 'alice:two' })).status,
      204,
    );
    const found = await server.send('PROPFIND', 'f', { headers: { depth: '0' } });
    assert.equal(found.text.split('<d:activelock>').length, 3);
  });

  it('an infinite lock covers what is below, one of depth 0 the members', async () => {
    const deep = tokenOf(await lock('dir'));
    assert.equal(await status('PUT', 'dir/a', {}, 'y'), 423);
    assert.equal(await status('PUT', 'dir/new', {}, 'y'), 423);
    assert.equal(await status('PUT', 'dir/new', { if: `</dav/alice/files/dir/> (${deep})` }, 'y'), 201);
    assert.equal(await status('PUT', 'dir/new', { if: `(${deep})` }, 'z'), 204);
    const found = await server.send('PROPFIND', 'dir', { headers: { depth: '1' } });
    assert.equal(found.text.split('<d:lockroot><d:href>/dav/alice/files/dir/</d:href></d:lockroot>').length, 4);
    assert.equal(await status('UNLOCK', 'dir/a', { 'lock-token': deep }), 204);
    await lock('dir', { depth: '0' });
    assert.equal(await status('PUT', 'dir/a', {}, 'y'), 204);
    assert.equal(await status('PUT', 'dir/b', {}, 'y'), 423);
    assert.equal(await status('DELETE', 'dir/a'), 423);
    assert.equal((await lock('dir', { depth: '1' })).status, 400);
  });

  it('a lock below stops the removal of a folder, and is named', async () => {
    await lock('dir/a');
    const reply = await server.send('DELETE', 'dir');
    assert.equal(reply.status, 423);
    assert.ok(reply.text.includes('<d:href>/dav/alice/files/dir/a</d:href>'));
  });

  it('makes an empty file where nothing was', async () => {
    const reply = await lock('fresh', { 'if-none-match': '*' });
    assert.equal(reply.status, 201);
    assert.equal((await server.send('GET', 'fresh')).headers['content-length'], '0');
    assert.equal(await status('PUT', 'fresh', { if: `(${tokenOf(reply)})` }, 'y'), 204);
    assert.equal((await server.files.versions(['fresh']))?.length, 1);
    assert.equal((await lock('no/where')).status, 409);
    assert.equal((await lock('f', { 'if-none-match': '*' })).status, 412);
  });

  it('ends by itself, unless it is refreshed', async () => {
    const token = tokenOf(await lock('f', { timeout: 'Second-100' }));
    server.nowMs += 90_000;
    const refreshed = await server.send('LOCK', 'f', { headers: { if: `(${token})`, timeout: 'Second-200' } });
    assert.equal(refreshed.status, 200);
    assert.equal(refreshed.headers['lock-token'], undefined);
    assert.ok(refreshed.text.includes('<d:timeout>Second-200</d:timeout>'));
    server.nowMs += 150_000;
    assert.equal(await status('PUT', 'f', {}, 'y'), 423);
    server.nowMs += 60_000;
    assert.equal(await status('PUT', 'f', {}, 'y'), 204);
    const late = await server.send('LOCK', 'f', { headers: { if: `(${token})` } });
    assert.equal(late.status, 412);
    assert.match(late.text, /<d:lock-token-matches-request-uri\/>/);
    assert.equal((await server.send('LOCK', 'f')).status, 400);
  });

  it('UNLOCK', async () => {
    const token = tokenOf(await lock('f'));
    assert.equal(await status('UNLOCK', 'f'), 400);
    assert.equal(await status('UNLOCK', 'f', { 'lock-token': token.slice(1, -1) }), 400);
    const wrong = await server.send('UNLOCK', 'dir', { headers: { 'lock-token': token } });
    assert.equal(wrong.status, 409);
    assert.match(wrong.text, /<d:lock-token-matches-request-uri\/>/);
    assert.equal(await status('UNLOCK', 'f', { 'lock-token': '<urn:uuid:nonsense>' }), 409);
    assert.equal((await server.send('UNLOCK', 'f', { headers: { 'lock-token': token }, as: 'alice:two' })).status, 403);
    assert.equal(await status('UNLOCK', 'f', { 'lock-token': token }), 204);
    assert.equal(await status('PUT', 'f', {}, 'y'), 204);
    assert.equal(await status('UNLOCK', 'nothing', { 'lock-token': token }), 404);
  });

  for (const [why, body] of [
    ['another root', '<d:lock xmlns:d="DAV:"/>'],
    ['no scope', '<d:lockinfo xmlns:d="DAV:"><d:locktype><d:write/></d:locktype></d:lockinfo>'],
    [
      'two scopes',
      '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:shared/><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>',
    ],
    [
      'another type',
      '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:shared/></d:lockscope><d:locktype><d:read/></d:locktype></d:lockinfo>',
    ],
  ] as const) {
    it(`refuses ${why}`, async () => {
      assert.equal((await server.send('LOCK', 'f', { body })).status, 400);
    });
  }

  it('refuses an owner that is too long', async () => {
    assert.equal(
      (await server.send('LOCK', 'f', { body: lockInfo('shared', `<d:owner>${'o'.repeat(20_000)}</d:owner>`) })).status,
      413,
    );
  });
});
