import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Reply, TestServer } from '../dav-server.contract.ts';

describe('MKCOL, DELETE, COPY and MOVE', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const put = (path: string, body: string): Promise<Reply> => server.send('PUT', path, { body });
  const to = (path: string, more: Record<string, string> = {}): { headers: Record<string, string> } => ({
    headers: { destination: path.includes('/dav') ? path : `/dav/alice/files/${path}`, ...more },
  });
  const content = async (path: string): Promise<string | number> => {
    const { status, text } = await server.send('GET', path);
    return status === 200 ? text : status;
  };

  it('MKCOL', async () => {
    const made = await server.send('MKCOL', 'm');
    assert.equal(made.status, 201);
    assert.ok(made.headers['oc-fileid'] !== undefined);
    const again = await server.send('MKCOL', 'm/');
    assert.equal(again.status, 405);
    assert.ok(again.headers.allow?.includes('PROPFIND'));
    assert.equal((await server.send('MKCOL', '')).status, 405);
    assert.equal((await server.send('MKCOL', 'm/x/y')).status, 409);
    assert.equal(
      (await server.send('MKCOL', 'm2', { body: '<a/>', headers: { 'content-type': 'text/xml' } })).status,
      415,
    );
    assert.equal((await server.send('MKCOL', 'm2')).status, 201);
  });

  it('DELETE', async () => {
    await server.send('MKCOL', 'd');
    await put('d/a', 'x');
    assert.equal((await server.send('DELETE', 'd', { headers: { depth: '0' } })).status, 400);
    assert.equal((await server.send('DELETE', 'd/a', { headers: { 'if-match': '"other"' } })).status, 412);
    assert.equal((await server.send('DELETE', 'd/', { headers: { depth: 'infinity' } })).status, 204);
    assert.equal(await content('d/a'), 404);
    assert.equal((await server.send('DELETE', 'd')).status, 404);
    assert.equal((await server.send('DELETE', '')).status, 403);
    assert.equal((await server.files.trashed()).filter(({ name }) => name === 'd').length, 1);
  });

  it('MOVE keeps the identity and the entity tag', async () => {
    const made = await put('from', 'x');
    const moved = await server.send('MOVE', 'from', to('to'));
    assert.equal(moved.status, 201);
    assert.equal(moved.headers.etag, made.headers.etag);
    assert.equal(moved.headers['oc-fileid'], made.headers['oc-fileid']);
    assert.deepEqual([await content('from'), await content('to')], [404, 'x']);
  });

  it('Destination: an absolute path, or an absolute address of this host', async () => {
    await put('s', 'x');
    for (const [destination, status] of [
      [`http://127.0.0.1:${server.port}/dav/alice/files/s1`, 201],
      [`https://127.0.0.1:${server.port}/dav/alice/files/s%202`, 201],
      ['/dav/alice/files/s3', 201],
      ['http://elsewhere.example/dav/alice/files/s4', 502],
      ['/dav/bob/files/s4', 502],
      ['/dav/alice/documents/s4', 502],
      ['/elsewhere', 502],
      ['/dav/alice/files/a%2Fb', 400],
      ['/dav/alice/files/../s4', 400],
      ['/dav/alice/files/s4, /dav/alice/files/s5', 400],
      ['s4', 400],
      ['', 400],
      [`/dav/alice/files/${'n'.repeat(256)}`, 400],
      ['/dav/alice/files/no/such', 409],
      ['/dav/alice/files/s', 403],
      ['/dav/alice/files/', 403],
    ] as const) {
      assert.equal((await server.send('COPY', 's', { headers: { destination } })).status, status, destination);
    }
    assert.equal((await server.send('COPY', 's')).status, 400);
    assert.equal(await content('s%202'), 'x');
  });

  it('Overwrite', async () => {
    await put('o1', 'one');
    await put('o2', 'two');
    assert.equal((await server.send('COPY', 'o1', to('o2', { overwrite: 'F' }))).status, 412);
    assert.equal((await server.send('COPY', 'o1', to('o2', { overwrite: 'X' }))).status, 400);
    assert.equal(await content('o2'), 'two');
    assert.equal((await server.send('COPY', 'o1', to('o2'))).status, 204);
    assert.equal(await content('o2'), 'one');
    assert.equal((await server.send('MOVE', 'o1', to('o2', { overwrite: 'T' }))).status, 204);
    assert.equal(await content('o1'), 404);
  });

  it('folders whole, or by themselves', async () => {
    await server.send('MKCOL', 'f');
    await server.send('MKCOL', 'f/g');
    await put('f/g/a', 'x');
    assert.equal((await server.send('COPY', 'f/', to('f-deep/'))).status, 201);
    assert.equal((await server.send('COPY', 'f/', to('f-flat', { depth: '0' }))).status, 201);
    assert.equal((await server.send('COPY', 'f', to('f-one', { depth: '1' }))).status, 400);
    assert.deepEqual([await content('f-deep/g/a'), await content('f-flat/g/a')], ['x', 404]);
    assert.equal((await server.send('MOVE', 'f', to('f-moved', { depth: '0' }))).status, 400);
    assert.equal((await server.send('MOVE', 'f/g/a', to('f/g/b', { depth: '0' }))).status, 201);
    assert.equal((await server.send('MOVE', 'f', to('f/g/f'))).status, 403);
    assert.equal((await server.send('COPY', 'f', to('f/g/f'))).status, 403);
    assert.equal((await server.send('MOVE', 'f/g', to('f'))).status, 403);
    assert.equal((await server.send('MOVE', 'f', to('f-moved'))).status, 201);
    assert.equal(await content('f-moved/g/b'), 'x');
    assert.equal((await server.send('MOVE', '', to('x'))).status, 403);
    assert.equal((await server.send('MOVE', 'nothing', to('x'))).status, 404);
  });

  it('conditions about the destination', async () => {
    await put('c1', 'one');
    const etag = String((await put('c2', 'two')).headers.etag);
    assert.equal((await server.send('MOVE', 'c1', to('c2', { if: '</dav/alice/files/c2> (["other"])' }))).status, 412);
    assert.equal((await server.send('MOVE', 'c1', to('c2', { if: `</dav/alice/files/c2> ([${etag}])` }))).status, 204);
    assert.equal(await content('c2'), 'one');
  });
});

describe('how programs save', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  it('a temporary file moved over the target is a version of the target', async () => {
    const first = await server.send('PUT', 'report.docx', { body: 'first' });
    await server.send('PUT', '~WRD0001.tmp', { body: 'second' });
    const headers = { destination: '/dav/alice/files/report.docx', overwrite: 'T' };
    const moved = await server.send('MOVE', '~WRD0001.tmp', { headers });
    assert.equal(moved.status, 204);
    assert.equal(moved.headers['oc-fileid'], first.headers['oc-fileid']);
    assert.equal((await server.files.versions(['report.docx']))?.length, 2);
  });

  it('Finder and Windows: an empty PUT, LOCK, PUT with the token, properties, UNLOCK', async () => {
    const lockBody =
      '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>me</D:href></D:owner></D:lockinfo>';
    const patch =
      '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32LastModifiedTime>Sat, 21 Nov 2026 00:00:00 GMT</Z:Win32LastModifiedTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>';
    for (const name of ['new.txt', '._new.txt', '.DS_Store']) {
      const quirks = { translate: 'f', 'user-agent': 'Microsoft-WebDAV-MiniRedir/10.0.19045' };
      assert.equal((await server.send('PUT', name, { body: '', headers: quirks })).status, 201);
      const locked = await server.send('LOCK', name, {
        body: lockBody,
        headers: { timeout: 'Second-3600', depth: '0' },
      });
      assert.equal(locked.status, 200);
      const condition = `(${locked.headers['lock-token']})`;
      assert.equal(
        (await server.send('PUT', name, { body: 'content', headers: { ...quirks, if: condition } })).status,
        204,
      );
      assert.equal((await server.send('HEAD', name, { headers: quirks })).status, 200);
      assert.equal((await server.send('PROPPATCH', name, { body: patch, headers: { if: condition } })).status, 207);
      assert.equal(
        (await server.send('UNLOCK', name, { headers: { 'lock-token': String(locked.headers['lock-token']) } })).status,
        204,
      );
      assert.equal((await server.send('GET', name)).text, 'content');
      assert.equal((await server.files.versions([name]))?.length, 1);
    }
  });
});
