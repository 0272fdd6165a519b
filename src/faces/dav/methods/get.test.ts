import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#base/fault.ts';
import type { FilesPort } from '#vault/files/port.ts';
import { overriding, TestServer } from '../dav-server.contract.ts';

const big = randomBytes(9 * 1024 * 1024 + 5);

describe('GET and HEAD', () => {
  let server: TestServer;
  let etag: string;

  before(async () => {
    server = await TestServer.start();
    const put = await server.send('PUT', 'ten.txt', {
      body: '0123456789',
      headers: { 'x-oc-mtime': '1000000000', 'oc-checksum': 'SHA1:87acec17cd9dcd20a716cc2cf67417b71c8a7016' },
    });
    etag = String(put.headers.etag);
    await server.send('PUT', 'empty', { body: '' });
    await server.send('PUT', 'big.bin', { body: big });
    await server.send('MKCOL', 'folder');
    await server.send('PUT', `folder/${encodeURIComponent('<script>"&\' #?%é')}`, { body: 'x' });
  });
  after(() => server.close());

  it('gives the file with everything that clients and browsers must know', async () => {
    const { status, headers, text } = await server.send('GET', 'ten.txt');
    assert.equal(status, 200);
    assert.equal(text, '0123456789');
    assert.equal(headers.etag, etag);
    assert.equal(headers['oc-etag'], etag);
    assert.equal(headers['content-length'], '10');
    assert.equal(headers['last-modified'], 'Sun, 09 Sep 2001 01:46:40 GMT');
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(headers['accept-ranges'], 'bytes');
    assert.equal(headers['oc-checksum'], 'SHA1:87acec17cd9dcd20a716cc2cf67417b71c8a7016');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['content-security-policy'], 'sandbox');
    assert.equal(headers['content-disposition'], 'attachment');
  });

  it('HEAD says the same without the content', async () => {
    for (const path of ['ten.txt', 'big.bin', 'empty']) {
      const [head, get] = [await server.send('HEAD', path), await server.send('GET', path)];
      assert.equal(head.status, 200);
      assert.equal(head.bytes.length, 0);
      delete head.headers.date;
      delete get.headers.date;
      assert.deepEqual(head.headers, get.headers);
    }
  });

  it('a file of many pieces and one of none come whole', async () => {
    const { headers, bytes } = await server.send('GET', 'big.bin');
    assert.equal(headers['content-length'], String(big.length));
    assert.equal(Buffer.compare(bytes, big), 0);
    const empty = await server.send('GET', 'empty');
    assert.deepEqual([empty.status, empty.headers['content-length'], empty.text], [200, '0', '']);
  });

  it('gives ranges, also across pieces', async () => {
    const mib4 = 4 * 1024 * 1024;
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=5-', 5, big.length],
      ['bytes=-7', big.length - 7, big.length],
      [`bytes=${mib4 - 1}-${mib4}`, mib4 - 1, mib4 + 1],
      [`bytes=${mib4}-${2 * mib4 - 1}`, mib4, 2 * mib4],
      ['bytes=0-99999999999', 0, big.length],
    ] as const) {
      const { status, headers, bytes } = await server.send('GET', 'big.bin', { headers: { range } });
      assert.equal(status, 206, range);
      assert.equal(headers['content-range'], `bytes ${from}-${to - 1}/${big.length}`);
      assert.equal(headers['content-length'], String(to - from));
      assert.equal(Buffer.compare(bytes, big.subarray(from, to)), 0, range);
    }
  });

  it('gives several ranges as parts of one answer', async () => {
    const { status, headers, text } = await server.send('GET', 'ten.txt', { headers: { range: 'bytes=0-1, 4-5, -1' } });
    assert.equal(status, 206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(String(headers['content-type']))?.[1];
    assert.equal(headers['content-length'], String(text.length));
    const parts = text.split(`\r\n--${boundary}`).slice(1);
    assert.deepEqual(
      parts.map((part) => [/Content-Range: (.*)\r\n/.exec(part)?.[1], part.split('\r\n\r\n')[1]]),
      [
        ['bytes 0-1/10', '01'],
        ['bytes 4-5/10', '45'],
        ['bytes 9-9/10', '9'],
        [undefined, undefined],
      ],
    );
    assert.equal(parts.at(-1), '--\r\n');
  });

  it('says when no byte of a range is there, ignores what it does not understand', async () => {
    const none = await server.send('GET', 'ten.txt', { headers: { range: 'bytes=10-' } });
    assert.deepEqual([none.status, none.headers['content-range']], [416, 'bytes */10']);
    assert.equal((await server.send('GET', 'ten.txt', { headers: { range: 'lines=1-2' } })).status, 200);
  });

  it('If-Range: a part only of the very same content', async () => {
    const range = 'bytes=2-3';
    assert.equal((await server.send('GET', 'ten.txt', { headers: { range, 'if-range': etag } })).text, '23');
    for (const other of ['"other"', `W/${etag}`, 'Sun, 09 Sep 2001 01:46:40 GMT']) {
      assert.equal((await server.send('GET', 'ten.txt', { headers: { range, 'if-range': other } })).status, 200, other);
    }
  });

  it('conditions in the order of RFC 9110 §13.2.2', async () => {
    const before = 'Sat, 08 Sep 2001 00:00:00 GMT';
    const same = 'Sun, 09 Sep 2001 01:46:40 GMT';
    for (const [headers, status] of [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `W/${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': same }, 200],
      [{ 'if-modified-since': same }, 304],
      [{ 'if-modified-since': before }, 200],
      [{ 'if-modified-since': 'rubbish' }, 200],
      [{ 'if-match': etag }, 200],
      [{ 'if-match': '*' }, 200],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-match': '"other"' }, 412],
      [{ 'if-match': 'no quotes' }, 400],
      [{ 'if-unmodified-since': before }, 412],
      [{ 'if-unmodified-since': same }, 200],
      [{ 'if-match': etag, 'if-unmodified-since': before }, 200],
      [{ if: `([${etag}])` }, 200],
      [{ if: '(["other"])' }, 412],
      [{ if: '(Not ["other"])' }, 200],
      [{ if: '<x' }, 400],
    ] as const) {
      const reply = await server.send('GET', 'ten.txt', { headers });
      assert.equal(reply.status, status, JSON.stringify(headers));
      if (status === 304) assert.deepEqual([reply.headers.etag, reply.text], [etag, '']);
    }
  });

  it('a folder is a page of names, none of which can do anything', async () => {
    const { status, headers, text } = await server.send('GET', 'folder/');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.ok(text.includes('&lt;script&gt;"&amp;\' #?%é</a>'));
    assert.ok(!text.includes('<script'));
    const href = /href="(\/dav[^"]*script[^"]*)"/.exec(text)?.[1];
    assert.equal((await server.send('GET', String(href))).text, 'x');
  });

  it('says what is not there', async () => {
    const { status, headers, text } = await server.send('GET', 'nothing');
    assert.equal(status, 404);
    assert.equal(headers['content-type'], 'application/xml; charset=utf-8');
    assert.match(
      text,
      /<d:error .*<s:exception>NotFound<\/s:exception><s:message>There is nothing at this address.<\/s:message><\/d:error>/,
    );
  });
});

describe('GET of what is damaged', () => {
  /** A vault whose piece number `broken` does not open. */
  const breaking = (broken: number) => (files: FilesPort) => {
    let count = 0;
    return overriding(files, {
      readPiece: async (piece) => {
        count += 1;
        if (count === broken) throw new Fault('damaged', 'A stored piece is damaged.');
        return files.readPiece(piece);
      },
    });
  };

  it('at the start: an error that says so', async (t) => {
    const server = await TestServer.start({ wrap: breaking(1) });
    t.after(() => server.close());
    await server.send('PUT', 'big.bin', { body: big });
    const { status, text } = await server.send('GET', 'big.bin');
    assert.equal(status, 500);
    assert.match(text, /A stored piece is damaged/);
  });

  it('in the middle: the connection is cut, no wrong byte was sent, and it is in the trace', async (t) => {
    // Each answer has a vault of its own here, so that the count begins anew.
    const server = await TestServer.start({ wrap: breaking(2) });
    t.after(() => server.close());
    await server.send('PUT', 'big.bin', { body: big });
    await assert.rejects(server.send('GET', 'big.bin'), /aborted|reset|hang up/i);
    assert.deepEqual(
      server.accesses.filter(({ action }) => action === 'GET').map(({ status }) => status),
      [200, 500],
    );
  });
});
