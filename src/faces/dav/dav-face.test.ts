import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { basic, overriding, TestServer } from './dav-server.contract.ts';

describe('the WebDAV face', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
    await server.send('PUT', 'a', { body: 'x' });
    await server.send('PUT', '/dav/bob/files/secret', { body: 'x', as: 'bob:one' });
  });
  after(() => server.close());

  it('says what it speaks', async () => {
    const { status, headers } = await server.send('OPTIONS', '');
    assert.equal(status, 200);
    assert.equal(headers['dav'], '1, 2, 3');
    assert.equal(headers['ms-author-via'], 'DAV');
    assert.equal(
      headers.allow,
      'OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK',
    );
    assert.equal((await server.send('OPTIONS', '/dav/')).headers.allow, 'OPTIONS, PROPFIND');
  });

  it('asks who it is before anything else, for every method', async () => {
    for (const method of ['OPTIONS', 'GET', 'PUT', 'PROPFIND', 'POST', 'DELETE']) {
      const reply = await server.send(method, 'a', { as: null });
      assert.equal(reply.status, 401, method);
      assert.equal(reply.headers['www-authenticate'], 'Basic realm="Coffre", charset="UTF-8"');
    }
    assert.equal((await server.send('GET', 'a', { as: 'alice:wrong' })).status, 401);
    const throttled = await server.send('GET', 'a', { as: 'throttled' });
    assert.deepEqual([throttled.status, throttled.headers['retry-after']], [429, '60']);
  });

  it("what is somebody else's looks like what does not exist, to the byte", async () => {
    const nothing = await server.send('PROPFIND', 'nothing', { headers: { depth: '0' } });
    assert.equal(nothing.status, 404);
    for (const path of [
      '/dav/bob/files/secret',
      '/dav/bob/files/nothing',
      '/dav/bob/files',
      '/dav/bob/',
      '/dav/nobody/files/',
      '/dav/alice/nothing/',
      '/dav/bob/documents/',
    ]) {
      for (const [method, headers] of [
        ['PROPFIND', { depth: '0' }],
        ['GET', {}],
        ['DELETE', {}],
      ] as const) {
        const reply = await server.send(method, path, { headers });
        assert.deepEqual([reply.status, reply.text], [404, nothing.text], `${method} ${path}`);
        for (const name of ['date', 'keep-alive']) delete reply.headers[name];
      }
    }
    assert.equal((await server.send('GET', '/dav/bob/files/secret', { as: 'bob:one' })).status, 200);
  });

  it('leads from the top to the vaults', async () => {
    const hrefs = ({ text }: { readonly text: string }): (string | undefined)[] =>
      [...text.matchAll(/<d:response><d:href>([^<]*)/g)].map((match) => match[1]);
    assert.deepEqual(hrefs(await server.send('PROPFIND', '/dav', { headers: { depth: '1' } })), [
      '/dav/',
      '/dav/alice/',
    ]);
    assert.deepEqual(hrefs(await server.send('PROPFIND', '/dav/', { headers: { depth: '0' } })), ['/dav/']);
    assert.deepEqual(hrefs(await server.send('PROPFIND', '/dav/alice', { headers: { depth: '1' } })), [
      '/dav/alice/',
      '/dav/alice/files/',
      '/dav/alice/documents/',
    ]);
    const body = '<propfind xmlns="DAV:"><prop><current-user-principal/><getetag/></prop></propfind>';
    const { text } = await server.send('PROPFIND', '/dav/', { body, headers: { depth: '0' } });
    assert.match(text, /<d:current-user-principal><d:href>\/dav\/alice\/<\/d:href><\/d:current-user-principal>/);
    assert.equal((await server.send('PROPFIND', '/dav/')).status, 403);
    assert.equal((await server.send('GET', '/dav/')).status, 405);
    assert.equal((await server.send('PUT', '/dav/alice/files2', { body: 'x' })).status, 404);
  });

  it('answers every method that HTTP knows', async () => {
    const known = [
      'OPTIONS',
      'GET',
      'HEAD',
      'PUT',
      'DELETE',
      'MKCOL',
      'COPY',
      'MOVE',
      'PROPFIND',
      'PROPPATCH',
      'LOCK',
      'UNLOCK',
    ];
    for (const method of METHODS.filter((each) => each !== 'CONNECT' && !known.includes(each))) {
      const { status, headers } = await server.send(method, 'a', { headers: { 'content-type': 'text/plain' } });
      if (server.app.supportedMethods.includes(method))
        assert.deepEqual([status, headers.allow !== undefined], [405, true], method);
      else assert.equal(status, 404, method);
    }
  });

  it('refuses addresses that could be read in two ways', async () => {
    for (const path of ['a%2Fb', 'a%00', '../a', '%2e%2e/a', '%ff', '%zz', 'b//a', 'a#b', 'n'.repeat(256)]) {
      assert.equal((await server.send('GET', path)).status, 400, path);
    }
    assert.equal((await server.send('GET', 'a/'.repeat(1200))).status, 414);
    assert.equal((await server.send('GET', `a?${'q'.repeat(9000)}`)).status, 414);
    assert.equal((await server.send('GET', '/%64av/alice/files/a')).status, 200);
    assert.equal((await server.send('GET', 'a?query')).status, 200);
  });

  it('a type that is none is no reason to look at the content', async () => {
    const reply = await server.send('PUT', 'json', {
      body: '{not json',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(reply.status, 201);
    assert.equal((await server.send('GET', 'json')).text, '{not json');
    const rubbish = await server.send('PUT', 'rubbish', { body: 'x', headers: { 'content-type': ';' } });
    assert.deepEqual([rubbish.status, rubbish.headers['content-type']], [415, 'application/xml; charset=utf-8']);
  });

  it('takes the absolute form of an address (RFC 9112 §3.2.2)', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `GET http://any.example/dav/alice/files/a HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\nAuthorization: ${basic('alice:one')}\r\n\r\n`,
    );
    let text = '';
    for await (const data of socket) text += String(data);
    assert.ok(text.startsWith('HTTP/1.1 200 ') && text.endsWith('\r\n\r\nx'), text);
  });

  it('traces every access and every attempt', async () => {
    server.accesses.length = 0;
    await server.send('GET', 'a');
    await server.send('GET', 'nothing');
    await server.send('GET', 'a', { as: 'alice:wrong' });
    await server.send('GET', '/dav/bob/files/secret');
    assert.deepEqual(
      server.accesses.map(({ principal, vault, node, status, target, address, action }) => [
        principal?.user,
        vault,
        node !== undefined,
        status,
        target,
        address,
        action,
      ]),
      [
        ['alice', server.files.id, true, 200, '/dav/alice/files/a', '127.0.0.1', 'GET'],
        ['alice', server.files.id, false, 404, '/dav/alice/files/nothing', '127.0.0.1', 'GET'],
        [undefined, undefined, false, 401, '/dav/alice/files/a', '127.0.0.1', 'GET'],
        ['alice', undefined, false, 404, '/dav/bob/files/secret', '127.0.0.1', 'GET'],
      ],
    );
  });

  it('an answer before the end of the body leaves the connection usable', async () => {
    for (let i = 0; i < 3; i += 1) {
      assert.equal((await server.send('PUT', 'no/where', { body: Buffer.alloc(6 * 1024 * 1024) })).status, 409);
      assert.equal((await server.send('GET', 'a')).text, 'x');
    }
  });
});

it('a mistake of the program is left to the server, and is in the trace', async (t) => {
  const stat = (): Promise<never> => Promise.reject(new TypeError('a mistake'));
  const server = await TestServer.start({ wrap: (files) => overriding(files, { stat }) });
  t.after(() => server.close());
  const reply = await server.send('PROPFIND', '', { headers: { depth: '0' } });
  assert.equal(reply.status, 500);
  assert.doesNotMatch(reply.text, /d:error/);
  assert.equal(server.accesses.at(-1)?.status, 500);
});
