import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault, type FaultCode } from '#base/fault.ts';
import { basic, overriding, TestServer } from '../dav-server.contract.ts';

const mib4 = 4 * 1024 * 1024;

/** What the server says to bytes written by hand. */
async function talk(
  server: TestServer,
  text: string,
): Promise<{ readonly socket: Socket; readonly said: () => string }> {
  const socket = connect(server.port, '127.0.0.1');
  let said = '';
  socket.on('data', (data: Buffer) => {
    said += data.toString();
  });
  socket.on('error', () => undefined);
  socket.write(text.replaceAll('\n', '\r\n'));
  return { socket, said: () => said };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i += 1) await wait(10);
  assert.ok(condition(), 'it never happened');
}

const head = (path: string, more: string): string =>
  `PUT /dav/alice/files/${path} HTTP/1.1\nHost: h\nAuthorization: ${basic('alice:one')}\n${more}\n\n`;

describe('PUT', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  it('makes and replaces a file, and tells its identity', async () => {
    const made = await server.send('PUT', 'a', { body: 'one', headers: { 'x-oc-mtime': '1700000000' } });
    assert.equal(made.status, 201);
    assert.equal(made.headers['x-oc-mtime'], 'accepted');
    assert.equal(made.headers['oc-etag'], made.headers.etag);
    const replaced = await server.send('PUT', 'a', { body: 'two' });
    assert.equal(replaced.status, 204);
    assert.equal(replaced.headers['oc-fileid'], made.headers['oc-fileid']);
    assert.notEqual(replaced.headers.etag, made.headers.etag);
    assert.equal((await server.send('GET', 'a')).text, 'two');
  });

  for (const size of [0, 1, 65_536, mib4 - 1, mib4, mib4 + 1, 3 * mib4, 5 * mib4 + 17]) {
    it(`${size} bytes arrive as they were sent, with a length and in chunks`, async () => {
      const body = randomBytes(size);
      const sum = createHash('sha1').update(body).digest('hex');
      for (const headers of [
        { 'oc-checksum': `SHA1:${sum}` },
        { 'transfer-encoding': 'chunked', 'x-expected-entity-length': String(size) },
      ]) {
        const chunked = 'transfer-encoding' in headers;
        const reply = chunked
          ? await sendChunked(server, `s${size}`, body, headers)
          : (await server.send('PUT', `s${size}`, { body, headers })).status;
        assert.ok(reply === 201 || reply === 204);
        assert.equal(Buffer.compare((await server.send('GET', `s${size}`)).bytes, body), 0);
      }
    });
  }

  it('keeps what is there when something does not hold', async () => {
    await server.send('PUT', 'keep', { body: 'first' });
    const etag = String((await server.send('HEAD', 'keep')).headers.etag);
    await server.send('MKCOL', 'dir');
    for (const [path, headers, status] of [
      ['keep', { 'oc-checksum': 'SHA1:0000000000000000000000000000000000000000' }, 400],
      ['keep', { 'oc-checksum': 'rubbish' }, 400],
      ['keep', { 'oc-total-length': '7' }, 400],
      ['keep', { 'x-expected-entity-length': '7' }, 400],
      ['keep', { 'x-expected-entity-length': 'seven' }, 400],
      ['keep', { 'x-oc-mtime': 'yesterday' }, 400],
      ['keep', { 'content-range': 'bytes 0-5/10' }, 400],
      ['keep', { 'content-encoding': 'gzip' }, 415],
      ['keep', { 'if-match': '"other"' }, 412],
      ['keep', { 'if-none-match': '*' }, 412],
      ['keep', { 'if-none-match': etag }, 412],
      ['keep', { 'if-unmodified-since': 'Sat, 08 Sep 2001 00:00:00 GMT' }, 412],
      ['keep', { if: '(["other"])' }, 412],
      ['keep', { if: '(<urn:uuid:00000000-0000-0000-0000-000000000000>)' }, 412],
      ['no/such/folder', {}, 409],
      ['keep/under-a-file', {}, 409],
      ['dir', {}, 405],
      ['', {}, 405],
    ] as const) {
      const reply = await server.send('PUT', path, { body: 'second', headers });
      assert.equal(reply.status, status, `${path} ${JSON.stringify(headers)}`);
      assert.match(reply.text, /<s:message>.+<\/s:message>/);
      assert.equal((await server.send('GET', 'keep')).text, 'first');
    }
    assert.equal(
      (await server.send('PUT', 'keep', { body: 'second', headers: { 'if-match': etag, if: `([${etag}])` } })).status,
      204,
    );
    assert.equal((await server.send('PUT', 'new', { body: 'x', headers: { 'if-none-match': '*' } })).status, 201);
    assert.equal((await server.send('PUT', 'new2', { body: 'x', headers: { 'if-match': '*' } })).status, 412);
  });

  it('keeps the type that was declared, and the time', async () => {
    await server.send('PUT', 'typed', {
      body: 'x',
      headers: { 'content-type': 'application/vnd.own; v=1', 'x-oc-mtime': '1000000000' },
    });
    const { headers } = await server.send('HEAD', 'typed');
    assert.equal(headers['content-type'], 'application/vnd.own; v=1');
    assert.equal(headers['last-modified'], 'Sun, 09 Sep 2001 01:46:40 GMT');
    const early = await server.send('PUT', 'early', { body: 'x', headers: { 'x-oc-mtime': '-5' } });
    assert.deepEqual([early.status, early.headers['x-oc-mtime']], [201, undefined]);
  });

  it('a connection that is cut leaves the file as it was, and no new one', async () => {
    await server.send('PUT', 'cut', { body: 'before' });
    for (const [path, length, sent] of [
      ['cut', 100, 50],
      ['cut-new', 3 * mib4, 2 * mib4 + 5],
    ] as const) {
      const count = server.accesses.length;
      const { socket } = await talk(server, head(path, `Content-Length: ${length}`));
      socket.write(Buffer.alloc(sent));
      await wait(50);
      socket.destroy();
      await until(() => server.accesses.length > count);
      assert.equal(server.accesses.at(-1)?.status, 499);
    }
    assert.equal((await server.send('GET', 'cut')).text, 'before');
    assert.equal((await server.send('GET', 'cut-new')).status, 404);
  });

  it('chunks that end too early leave nothing', async () => {
    const { socket } = await talk(server, head('half', 'Transfer-Encoding: chunked'));
    socket.write('5\r\nhello\r\n');
    await wait(30);
    socket.end();
    await until(() => server.accesses.at(-1)?.status === 499);
    assert.equal((await server.send('GET', 'half')).status, 404);
  });
});

function sendChunked(server: TestServer, path: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port: server.port,
      host: '127.0.0.1',
      method: 'PUT',
      path: `/dav/alice/files/${path}`,
      headers: { ...headers, authorization: basic('alice:one') },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    for (let at = 0; at < body.length; at += 100_000) request.write(body.subarray(at, at + 100_000));
    request.end();
  });
}

describe('Expect: 100-continue', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ quotaBytes: 1000 });
    await server.send('PUT', 'there', { body: 'x' });
  });
  after(() => server.close());

  it('asks for the body once nothing speaks against it', async () => {
    const { socket, said } = await talk(server, head('fine', 'Expect: 100-continue\nContent-Length: 5'));
    await until(() => said().startsWith('HTTP/1.1 100 Continue'));
    socket.write('hello');
    await until(() => said().includes('HTTP/1.1 201'));
    socket.destroy();
  });

  for (const [why, path, more, status] of [
    ['too much for the quota', 'large', '', 507],
    ['a condition that does not hold', 'there', 'If-None-Match: *\n', 412],
    ['a folder that is not there', 'no/where', '', 409],
  ] as const) {
    it(`refuses without asking for it: ${why}`, async () => {
      const { socket, said } = await talk(
        server,
        head(path, `${more}Expect: 100-continue\nContent-Length: ${status === 507 ? 2000 : 5}`),
      );
      await until(() => said().includes('</d:error>'));
      assert.match(said(), new RegExp(`^HTTP/1.1 ${status}`));
      assert.ok(!said().includes('100 Continue'));
      socket.destroy();
    });
  }

  it('a wrong password costs nobody the body', async () => {
    const { socket, said } = await talk(
      server,
      'PUT /dav/alice/files/a HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 5\n\n',
    );
    await until(() => said().includes('</d:error>'));
    assert.match(said(), /^HTTP\/1.1 401/);
    socket.destroy();
  });
});

describe('quota', () => {
  it('is held for what is declared, for what comes undeclared, and for small files', async (t) => {
    const server = await TestServer.start({ quotaBytes: 6 * 1024 * 1024 });
    t.after(() => server.close());
    const tooMuch = Buffer.alloc(9 * 1024 * 1024, 1);
    assert.equal((await server.send('PUT', 'a', { body: tooMuch })).status, 507);
    for (let i = 0; i < tooMuch.length; i += 4096) tooMuch.writeUInt32BE(i, i);
    assert.equal(await sendChunked(server, 'b', tooMuch, { 'transfer-encoding': 'chunked' }), 507);
    assert.equal((await server.send('GET', 'b')).status, 404);
    assert.equal((await server.send('PUT', 'c', { body: randomBytes(mib4) })).status, 201);
    const refused = await server.send('PUT', 'd', { body: randomBytes(3 * 1024 * 1024) });
    assert.equal(refused.status, 507);
    assert.match(refused.text, /<d:quota-not-exceeded\/>/);
    assert.equal((await server.send('PUT', 'e', { body: 'small' })).status, 201);
  });
});

describe('faults of the world', () => {
  const statuses: readonly (readonly [FaultCode, number])[] = [
    ['disk-full', 507],
    ['io', 500],
    ['sync-failed', 503],
    ['damaged', 500],
    ['missing', 500],
    ['newer-format', 500],
    ['in-use', 503],
    ['bad-key', 500],
    ['bad-config', 500],
    ['unavailable', 503],
  ];
  for (const [code, status] of statuses) {
    it(`${code} is ${status}, with its message`, async (t) => {
      const server = await TestServer.start({
        wrap: (files) =>
          overriding(files, { put: () => Promise.reject(new Fault(code, 'What happened & what to do.')) }),
      });
      t.after(() => server.close());
      const reply = await server.send('PUT', 'a', { body: 'x' });
      assert.equal(reply.status, status);
      assert.match(reply.text, /What happened &amp; what to do\./);
      assert.equal(reply.headers['retry-after'], status === 503 ? '10' : undefined);
    });
  }
});
