// Clients that ask for content and then do not read it: a paused player, a phone that went out of reach.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type TestServer } from '../support/server.ts';

const mebibyte = 1024 * 1024;
const clients = 32;
/** Two or three pieces for each of the clients would be 256 to 384 MiB. */
const mostGrownMiB = 230;

describe('clients that stop reading', { skip: process.platform === 'linux' ? false : 'looks at /proc' }, () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.discard());

  it('works: Operation: downloads that nobody reads neither take the memory of the server nor hold others up', async (t) => {
    const content = randomBytes(32 * mebibyte);
    assert.equal((await server.client().put('large', content)).status, 201);
    await server.client().get('large');
    const before = residentMiB(server);
    const stalled = Array.from({ length: clients }, () => stalledDownload(server, 'large'));
    try {
      let most = 0;
      for (let look = 0; look < 40; look += 1) {
        await sleep(100);
        most = Math.max(most, residentMiB(server));
      }
      t.diagnostic(`grew by ${most - before} MiB`);
      assert.ok(most - before < mostGrownMiB, `${clients} downloads that nobody reads took ${most - before} MiB`);
      assert.equal(Buffer.compare((await server.client().get('large')).body, content), 0);
    } finally {
      for (const socket of stalled) socket.destroy();
    }
  });
});

/** More than one account may have on their way at once. */
const tooMany = 70;
const mostOfOne = 64;

describe('clients that stop sending', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.discard());

  it('works: Operation: uploads that do not go on cannot take all memory, and end without a trace', async () => {
    const stalled = Array.from({ length: tooMany }, (_, index) => new StalledUpload(server, `stalled-${index}`));
    try {
      await until(() => stalled.filter((each) => each.answer !== '').length >= tooMany - mostOfOne);
      const refused = stalled.filter((each) => each.answer !== '');
      assert.equal(refused.length, tooMany - mostOfOne);
      for (const { answer } of refused) {
        assert.match(answer, /^HTTP\/1\.1 503 /);
        assert.match(answer, /^retry-after: \d+/im);
      }
      assert.equal((await server.client().get('stalled-0')).status, 404);
    } finally {
      for (const each of stalled) each.socket.destroy();
    }
    await until(async () => (await server.client().put('after', Buffer.from('there is room again'))).status === 201);
  });
});

class StalledUpload {
  readonly socket: Socket;
  answer = '';

  constructor(server: TestServer, path: string) {
    this.socket = authorized(server, 'PUT', path, 'content-length: 1000000\r\n');
    this.socket.on('data', (bytes) => {
      this.answer += bytes.toString('latin1');
    });
    this.socket.write(randomBytes(1000));
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 300; look += 1) {
    if (await holds()) return;
    await sleep(100);
  }
  assert.fail('did not come to hold in half a minute');
}

function authorized(server: TestServer, method: string, path: string, headers: string): Socket {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const proof = Buffer.from(`${server.account?.name}:${server.appPassword}`).toString('base64');
  socket.write(
    `${method} ${server.client().href(path)} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Basic ${proof}\r\n${headers}\r\n`,
  );
  return socket;
}

function stalledDownload(server: TestServer, path: string): Socket {
  return authorized(server, 'GET', path, '').pause();
}

function residentMiB(server: TestServer): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}
