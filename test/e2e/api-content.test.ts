// Content in and out of a vault over the JSON API, on the real server.
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiSession, pathQuery, tusMetadata } from '../support/api-session.ts';
import { filesIn } from './files-in.ts';
import { clientOf, type Household, startHousehold } from './household.ts';

const piece: number = 4 * 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const tus = { 'tus-resumable': '1.0.0' };

describe('content over the JSON API', () => {
  let home: Household;
  let alice: ApiSession;
  let bob: ApiSession;
  before(async () => {
    home = await startHousehold();
    alice = await ApiSession.signIn(home.server.url, 'alice', home.alice.password);
    bob = await ApiSession.signIn(home.server.url, 'bob', home.bob.password);
  });
  after(() => home.discard());

  const contentOf = async (...path: readonly string[]): Promise<Buffer> => {
    const answer = await alice.fetch(`/vaults/files/content?${pathQuery(...path)}`);
    assert.equal(answer.status, 200);
    return Buffer.from(await answer.arrayBuffer());
  };
  const begin = async (
    name: string,
    sizeBytes: number,
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const answer = await alice.fetch('/vaults/files/uploads', {
      method: 'POST',
      headers: { ...tus, 'upload-length': String(sizeBytes), 'upload-metadata': tusMetadata({ name, ...more }) },
    });
    assert.equal(answer.status, 201, await answer.text());
    return (answer.headers.get('location') ?? '').replace(/^.*\/uploads\//, '');
  };
  const patch = (id: string, offset: number, bytes: Uint8Array): Promise<Response> =>
    alice.fetch(`/vaults/files/uploads/${id}`, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
  const offsetOf = async (id: string): Promise<number> => {
    const answer = await alice.fetch(`/vaults/files/uploads/${id}`, { method: 'HEAD', headers: tus });
    assert.equal(answer.status, 200);
    return Number(answer.headers.get('upload-offset'));
  };
  /** Sends a part and pulls the cable in the middle of it. */
  const cut = (id: string, offset: number, bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const sending = httpRequest(`${alice.url}/api/@${alice.signed.tag}/vaults/files/uploads/${id}`, {
        method: 'PATCH',
        headers: {
          ...alice.headers,
          ...tus,
          'upload-offset': String(offset),
          'content-type': 'application/offset+octet-stream',
          'content-length': String(bytes.length + 10_000_000),
        },
      });
      sending.on('error', () => undefined);
      sending.on('close', () => resolve());
      sending.write(bytes, () => setTimeout(() => sending.destroy(), 500));
    });

  it('works: Files: an upload goes on after a cut connection and after kill -9, and is byte-identical', async () => {
    const content = randomBytes(11 * piece + 12_345);
    const id = await begin('film.mp4', content.length, { sha256: sha256(content), mtimeMs: '1700000000000' });
    assert.equal((await patch(id, 0, content.subarray(0, 2 * piece))).status, 204);
    await cut(id, 2 * piece, content.subarray(2 * piece, 5 * piece + 999));
    assert.equal(await offsetOf(id), 5 * piece, 'what came whole is kept');
    const listed = await alice.ask<readonly { readonly name: string }[]>('GET', '/vaults/files/uploads');
    assert.deepEqual(
      listed.map((each) => each.name),
      ['film.mp4'],
    );
    assert.equal(
      (await patch(id, 5 * piece, content.subarray(5 * piece, 7 * piece))).headers.get('upload-offset'),
      String(7 * piece),
    );
    await home.server.kill9();
    home = { ...home, server: await home.restart() };
    alice = alice.at(home.server.url);
    bob = bob.at(home.server.url);
    assert.equal(await offsetOf(id), 7 * piece, 'what was acknowledged outlives a kill');
    assert.equal(
      (await alice.fetch(`/vaults/files/content?${pathQuery('film.mp4')}`)).status,
      404,
      'nothing shows before',
    );
    assert.equal((await patch(id, 0, content.subarray(0, piece))).status, 409, 'not from elsewhere');
    const last = await patch(id, 7 * piece, content.subarray(7 * piece));
    assert.equal(last.status, 204, await last.text());
    assert.equal(last.headers.get('coffre-name'), 'film.mp4');
    assert.equal(await offsetOf(id), content.length, 'also for whoever lost the last answer');
    assert.equal(sha256(await contentOf('film.mp4')), sha256(content));
    const { children } = await alice.ask<{ readonly children: readonly { readonly mtimeMs: number }[] }>(
      'GET',
      '/vaults/files/list',
    );
    assert.equal(children[0]?.mtimeMs, 1_700_000_000_000);
  });

  it('what is not what was declared never becomes a file, and others cannot touch an upload', async () => {
    const id = await begin('wrong', 5, { sha256: '00'.repeat(32) });
    for (const method of ['HEAD', 'DELETE', 'PATCH']) {
      const headers = { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
      const path = `/vaults/files/uploads/${id}`;
      assert.equal((await bob.fetch(path, { method, headers })).status, 404, method);
      const stolen = await fetch(`${bob.url}/api/@${alice.signed.tag}${path}`, {
        method,
        headers: { ...bob.headers, ...headers },
      });
      assert.equal(stolen.status, 404, method);
    }
    const refused = await patch(id, 0, Buffer.from('hello'));
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /wrong-checksum/);
    const small = await begin('small parts', 2 * piece);
    assert.equal((await patch(small, 0, randomBytes(1000))).status, 400);
    assert.equal((await patch(small, 0, randomBytes(2 * piece + 1))).status, 413);
    assert.equal((await alice.fetch(`/vaults/files/uploads/${small}`, { method: 'DELETE', headers: tus })).status, 204);
    const names = await alice.ask<{ readonly children: readonly { readonly name: string }[] }>(
      'GET',
      '/vaults/files/list',
    );
    assert.ok(!names.children.some(({ name }) => name === 'wrong' || name === 'small parts'));
  });

  it('a small file, or an empty one, comes with the request that begins it', async () => {
    for (const text of ['', 'small']) {
      const answer = await alice.fetch('/vaults/files/uploads', {
        method: 'POST',
        headers: {
          ...tus,
          'upload-length': String(text.length),
          'upload-metadata': `${tusMetadata({ name: `begun ${text}` })},type `,
          'content-type': 'application/offset+octet-stream',
        },
        body: text,
      });
      assert.equal(answer.status, 201, await answer.text());
      assert.equal(answer.headers.get('upload-offset'), String(text.length));
      assert.equal((await contentOf(`begun ${text}`)).toString(), text);
    }
  });

  it('nothing is replaced by an upload that does not say so', async () => {
    for (const text of ['one', 'two']) {
      const id = await begin('note.txt', 3);
      assert.equal((await patch(id, 0, Buffer.from(text))).status, 204);
    }
    const id = await begin('note.txt', 5, { ifTaken: 'version' });
    assert.equal((await patch(id, 0, Buffer.from('three'))).status, 204);
    assert.equal((await contentOf('note.txt')).toString(), 'three');
    assert.equal((await contentOf('note (2).txt')).toString(), 'two');
    const versions = await alice.ask<readonly { readonly version: string }[]>(
      'GET',
      `/vaults/files/versions?${pathQuery('note.txt')}`,
    );
    const first = versions.at(-1)?.version ?? '';
    const old = await alice.fetch(`/vaults/files/content?${pathQuery('note.txt')}&version=${first}`);
    assert.equal(await old.text(), 'one');
    assert.equal(old.headers.get('content-length'), '3');
    await alice.ask('POST', '/vaults/files/versions/pick', { path: ['note.txt'], version: first });
    assert.equal((await contentOf('note.txt')).toString(), 'one');
  });

  it('works: Files: content is given in ranges and under conditions, and a ticket opens one file in one browser only', async () => {
    const content = randomBytes(piece + 1000);
    await clientOf(home.server.url, home.alice).put('video.mp4', content);
    const part = await alice.fetch(`/vaults/files/content?${pathQuery('video.mp4')}`, {
      headers: { range: `bytes=${piece - 5}-${piece + 4}` },
    });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), content.subarray(piece - 5, piece + 5));
    const etag = part.headers.get('etag') ?? '';
    assert.equal(
      (await alice.fetch(`/vaults/files/content?${pathQuery('video.mp4')}`, { headers: { 'if-none-match': etag } }))
        .status,
      304,
    );
    const { address } = await alice.ask<{ readonly address: string }>('POST', '/vaults/files/tickets', {
      as: 'shown',
      path: ['video.mp4'],
    });
    const { cookie } = alice.headers;
    const get = (headers: Record<string, string>, target = address): Promise<Response> =>
      fetch(`${alice.url}${target}`, { headers });
    const ranged = await get({ cookie: cookie ?? '', range: 'bytes=0-9' });
    assert.equal(ranged.status, 206);
    assert.equal(ranged.headers.get('content-type'), 'video/mp4');
    assert.deepEqual(Buffer.from(await ranged.arrayBuffer()), content.subarray(0, 10));
    assert.equal((await get({})).status, 404, 'without the cookie');
    assert.equal((await get({ cookie: bob.headers['cookie'] ?? '' })).status, 404, 'with the cookie of somebody else');
    assert.equal((await get({ cookie: cookie ?? '' }, address.replace(alice.signed.tag, bob.signed.tag))).status, 404);
    await clientOf(home.server.url, home.alice).put('video.mp4', Buffer.from('another'));
    assert.equal(
      (await get({ cookie: cookie ?? '', range: 'bytes=0-9' })).status,
      206,
      'the version that it was made for',
    );
    const other = await ApiSession.signIn(home.server.url, 'alice', home.alice.password);
    const own = await other.ask<{ readonly address: string }>('POST', '/vaults/files/tickets', {
      as: 'kept',
      path: ['video.mp4'],
    });
    assert.equal(
      (await get({ cookie: cookie ?? '' }, own.address)).status,
      404,
      'in another session of the same person',
    );
    assert.equal(
      (await get({ cookie: other.headers['cookie'] ?? '' }, own.address)).headers.get('content-disposition'),
      'attachment; filename="video.mp4"; filename*=UTF-8\'\'video.mp4',
    );
    await other.ask('POST', '/sign-out');
    assert.equal(
      (await get({ cookie: other.headers['cookie'] ?? '' }, own.address)).status,
      404,
      'after the session ended',
    );
  });

  it('works: Files: hostile files are never given out as something that runs', async () => {
    const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const dav = clientOf(home.server.url, home.alice);
    const names = ['x.svg', 'x.html', 'x.xhtml', 'x.xml', 'x.js', 'x.pdf', 'x.mhtml', 'x', 'pretends.png'];
    for (const name of names)
      await dav.put(
        name,
        Buffer.from(script),
        name === 'pretends.png' ? { 'content-type': 'text/html; charset=utf-8' } : {},
      );
    for (const name of names) {
      const { address } = await alice.ask<{ readonly address: string }>('POST', '/vaults/files/tickets', {
        as: 'shown',
        path: [name],
      });
      for (const answer of [
        await alice.fetch(`/vaults/files/content?${pathQuery(name)}`),
        await fetch(`${alice.url}${address}`, { headers: { cookie: alice.headers['cookie'] ?? '' } }),
      ]) {
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'application/octet-stream', name);
        assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; /, name);
        assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'");
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('coffre-account') ?? alice.signed.tag, alice.signed.tag);
        await answer.arrayBuffer();
      }
    }
  });

  it('works: Files: a folder comes as a ZIP archive that other programs unpack', async () => {
    const dav = clientOf(home.server.url, home.alice);
    await dav.send('MKCOL', 'album');
    await dav.send('MKCOL', 'album/leer');
    await dav.send('MKCOL', 'album/Été');
    const contents = new Map([
      ['album/Été/plage.bin', randomBytes(2 * piece + 77)],
      ['album/empty', Buffer.alloc(0)],
      ['album/a.txt', Buffer.from('text')],
    ]);
    for (const [path, bytes] of contents) await dav.put(path, bytes);
    const scratch = mkdtempSync(join(tmpdir(), 'coffre-zip-'));
    try {
      const { address } = await alice.ask<{ readonly address: string }>('POST', '/vaults/files/tickets', {
        as: 'archive',
        folder: [],
        names: ['album'],
      });
      const answer = await fetch(`${alice.url}${address}`, { headers: { cookie: alice.headers['cookie'] ?? '' } });
      assert.match(answer.headers.get('content-disposition') ?? '', /album\.zip/);
      writeFileSync(join(scratch, 'album.zip'), Buffer.from(await answer.arrayBuffer()));
      execFileSync('python3', ['-m', 'zipfile', '-e', join(scratch, 'album.zip'), join(scratch, 'out')]);
      assert.deepEqual(
        [...filesIn(join(scratch, 'out'))].sort(),
        [...contents].map(([path, bytes]) => `${path} ${sha256(bytes)}`).sort(),
      );
      for (const [path, bytes] of contents) assert.deepEqual(readFileSync(join(scratch, 'out', path)), bytes);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('works: Files: a change from another device is told to every open window, and ends with the session', async () => {
    const other = await ApiSession.signIn(home.server.url, 'alice', home.alice.password);
    const stream = await other.fetch('/events');
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    const reader = (stream.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(seen)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${seen}`);
        seen += value;
      }
    };
    await until(/open/);
    await clientOf(home.server.url, home.bob).put('theirs', Buffer.from('x'));
    await clientOf(home.server.url, home.alice).put('changed', Buffer.from('x'));
    await until(/event: changed\ndata: \{"kind":"files"\}\n\n/);
    assert.equal(seen.match(/changed/g)?.length, 1, 'what others do is not told');
    await other.ask('POST', '/sign-out');
    await clientOf(home.server.url, home.alice).put('changed', Buffer.from('y'));
    const rest = await reader.read();
    assert.equal(rest.done, true);
  });
});
