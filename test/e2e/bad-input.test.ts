// What no well-meaning client sends: the right status, a message that says what happened, and nothing changed.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { coffre } from '../support/cli.ts';
import type { DavClient } from '../support/dav-client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { badRequests, keptFile, lockedFile } from './bad-requests.ts';
import { treeOf } from './household.ts';
import { ask, basic, cutAfter, exchange, open, requestBytes } from './wire.ts';

const mebibyte = 1024 * 1024;
/** Far above what the heap and its buffers need, far below what was sent. */
const mayGrowBytes = 250 * mebibyte;

describe('bad input', () => {
  let server: TestServer;
  let client: DavClient;
  let authorization: string;
  let tree: readonly string[];
  let residentBytes: number;
  before(async () => {
    server = await startServer();
    client = server.client();
    authorization = basic('alice', server.appPassword)['authorization'] ?? '';
    assert.equal((await client.put(keptFile, Buffer.from('kept'))).status, 201);
    assert.equal((await client.put(lockedFile, Buffer.from('locked'))).status, 201);
    const body = Buffer.from(
      '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>',
    );
    assert.equal((await client.send('LOCK', lockedFile, { body })).status, 200);
    residentBytes = residentBytesOf(server.pid);
  });
  beforeEach(async () => {
    tree = await treeOf(client);
  });
  after(async () => {
    client.close();
    await server.discard();
  });

  /** Nothing half-changed, the server well, and no bigger than before. */
  const isAsBefore = async (): Promise<void> => {
    assert.deepEqual(await treeOf(client), tree);
    assert.equal((await ask(server.url, { method: 'GET', target: '/health' })).status, 200);
    assert.ok(residentBytesOf(server.pid) < residentBytes + mayGrowBytes, 'memory grew');
  };

  it('works: Files: a malformed, oversized or hostile request is refused with a reason and changes nothing', async () => {
    const wrong: string[] = [];
    for (const { what, parts, status, says } of badRequests) {
      const answer = await exchange(server.url, parts({ url: server.url, authorization }));
      const text = answer.body.toString();
      if (answer.status !== status || !says.test(text)) {
        wrong.push(`${what}: ${answer.status} instead of ${status}, ${answer.bytes.toString().slice(0, 600)}`);
      }
      assert.doesNotMatch(text, /\n +at |node:internal/, `${what}: a stack trace`);
    }
    assert.deepEqual(wrong, []);
    await isAsBefore();
  });

  it('names of 255 bytes are kept as they are', async () => {
    for (const name of ['a'.repeat(255), `${'ü'.repeat(127)}a`]) {
      assert.equal((await client.put(name, Buffer.from('x'))).status, 201);
      assert.ok((await client.list(''))?.some((each) => each.name === name));
      assert.equal((await client.remove(name)).status, 204);
    }
    await isAsBefore();
  });

  it('works: Files: an upload that is cut off, wherever, leaves the file that was there and no half one', async () => {
    const cuts = [
      ...Array.from({ length: 16 }, (_, n) => [mebibyte, n * 64 * 1024] as const),
      ...[1, mebibyte, 4 * mebibyte - 1, 4 * mebibyte, 4 * mebibyte + 1, 8 * mebibyte, 9 * mebibyte - 1].map(
        (sentBytes) => [9 * mebibyte, sentBytes] as const,
      ),
    ];
    for (const [sizeBytes, sentBytes] of cuts) {
      for (const name of [keptFile, 'new.bin']) {
        const headers = { authorization, 'content-length': String(sizeBytes) };
        const head = requestBytes(server.url, { method: 'PUT', target: `/dav/alice/files/${name}`, headers });
        await cutAfter(server.url, Buffer.concat([head, randomBytes(sentBytes)]));
      }
    }
    await isAsBefore();
  });

  it('a chunked upload with a broken chunk, or without its end, is none', async () => {
    for (const body of ['5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n', '5\r\nhel']) {
      const headers = { authorization, 'transfer-encoding': 'chunked' };
      const head = requestBytes(server.url, { method: 'PUT', target: '/dav/alice/files/new', headers });
      await cutAfter(server.url, Buffer.concat([head, Buffer.from(body)]));
    }
    await isAsBefore();
  });

  it('slow and silent connections keep nobody else waiting', async () => {
    const slow = Array.from({ length: 100 }, () => open(server.url).on('error', () => undefined));
    const head = requestBytes(server.url, { method: 'GET', target: '/dav/alice/files/', headers: { authorization } });
    for (let second = 0; second < 3; second += 1) {
      for (const socket of slow.slice(20)) socket.write(head.subarray(second, second + 1));
      const startMs = performance.now();
      assert.equal((await client.get(keptFile)).body.toString(), 'kept');
      assert.ok(performance.now() - startMs < 3000, 'others had to wait');
      await sleep(500);
    }
    for (const socket of slow) socket.destroy();
    await isAsBefore();
  });

  it('works: Accounts: wrong guesses have to wait, and the right password is let in all the while', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1) {
      const headers = basic('alice', `wrong ${guess}`);
      const answer = await ask(server.url, { method: 'GET', target: `/dav/alice/files/${keptFile}`, headers });
      statuses.push(answer.status);
      assert.match(
        answer.body.toString(),
        answer.status === 429 ? /try again in a minute/ : /not right, or are missing/,
      );
      assert.equal((await client.get(keptFile)).status, 200);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
    await isAsBefore();
  });

  it('works: Accounts: a reached quota refuses what is new and touches nothing that is there', async () => {
    const quota = async (size: string): Promise<void> => {
      const done = await coffre(['account', 'quota', 'alice', size, '--data', server.dataFolder]);
      assert.equal(done.code, 0, done.err);
    };
    await quota('2MiB');
    assert.equal((await client.put('small', Buffer.from('x'))).status, 201);
    tree = await treeOf(client);
    for (const name of ['large', keptFile]) {
      const refused = await client.put(name, randomBytes(3 * mebibyte));
      assert.equal(refused.status, 507, refused.body.toString());
      assert.match(refused.body.toString(), /not enough space.*Nothing was stored/);
    }
    await isAsBefore();
    await quota('none');
    assert.equal((await client.put('large', randomBytes(3 * mebibyte))).status, 201);
  });
});

function residentBytesOf(pid: number): number {
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
