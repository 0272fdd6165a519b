import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Reply, TestServer } from '../dav-server.contract.ts';
import { childElements, davChild, type XmlElement } from '../xml-element.ts';
import { parseXml } from '../xml-read.ts';

interface Propstat {
  readonly status: string;
  readonly names: readonly string[];
  readonly values: ReadonlyMap<string, XmlElement>;
}

const textOf = (element: XmlElement | undefined): string =>
  element === undefined
    ? ''
    : element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
const all = (element: XmlElement, name: string): XmlElement[] =>
  childElements(element).filter((each) => each.name === name);

/** Responses of a multistatus by href, each with its propstats in order. */
function read(reply: Reply): Map<string, Propstat[]> {
  assert.equal(reply.status, 207);
  assert.equal(reply.headers['content-type'], 'application/xml; charset=utf-8');
  const root = parseXml(reply.bytes);
  return new Map(
    all(root, 'response').map((response) => [
      textOf(davChild(response, 'href')),
      all(response, 'propstat').map((propstat) => {
        const prop = davChild(propstat, 'prop');
        const elements = prop === undefined ? [] : childElements(prop);
        return {
          status: textOf(davChild(propstat, 'status')),
          names: elements.map(({ namespace, name }) => `{${namespace}}${name}`),
          values: new Map(elements.map((each) => [each.name, each])),
        };
      }),
    ]),
  );
}

const ask = (names: string): string =>
  `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:x="urn:x"><d:prop>${names}</d:prop></d:propfind>`;
const patch = (inner: string): string => `<d:propertyupdate xmlns:d="DAV:" xmlns:x="urn:x">${inner}</d:propertyupdate>`;

describe('PROPFIND', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ quotaBytes: 1_000_000 });
    await server.send('MKCOL', 'dir');
    await server.send('PUT', 'dir/a%20b%C3%A9%26%3C.txt', {
      body: 'hello',
      headers: { 'oc-checksum': 'SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d' },
    });
    await server.send('MKCOL', 'dir/sub');
    await server.send('PROPPATCH', 'dir/sub', {
      body: patch('<d:set><d:prop><x:color>red</x:color></d:prop></d:set>'),
    });
  });
  after(() => server.close());

  it('without a body: everything of the RFC, and what was set', async () => {
    const found = read(await server.send('PROPFIND', 'dir', { headers: { depth: '1' } }));
    assert.deepEqual(
      [...found.keys()],
      ['/dav/alice/files/dir/', '/dav/alice/files/dir/a%20b%C3%A9%26%3C.txt', '/dav/alice/files/dir/sub/'],
    );
    const [file] = found.get('/dav/alice/files/dir/a%20b%C3%A9%26%3C.txt') ?? [];
    assert.deepEqual(
      file?.names,
      [
        'resourcetype',
        'displayname',
        'getcontentlength',
        'getcontenttype',
        'getetag',
        'getlastmodified',
        'supportedlock',
        'lockdiscovery',
      ].map((name) => `{DAV:}${name}`),
    );
    assert.equal(textOf(file?.values.get('displayname')), 'a bé&<.txt');
    assert.equal(textOf(file?.values.get('getcontentlength')), '5');
    assert.equal(textOf(file?.values.get('getcontenttype')), 'text/plain');
    const [sub, ...none] = found.get('/dav/alice/files/dir/sub/') ?? [];
    assert.deepEqual(none, []);
    assert.equal(textOf(sub?.values.get('color')), 'red');
    assert.equal(childElements(sub?.values.get('resourcetype') as XmlElement)[0]?.name, 'collection');
  });

  it('by name: what sync clients ask for, found before missing', async () => {
    const names =
      '<d:resourcetype/><d:getlastmodified/><d:getcontentlength/><d:getetag/><oc:size/><oc:id/><oc:fileid/><oc:downloadURL/><oc:permissions/><oc:checksums/><d:quota-used-bytes/><d:quota-available-bytes/><d:current-user-principal/><x:color/>';
    const found = read(await server.send('PROPFIND', 'dir', { body: ask(names), headers: { depth: '1' } }));
    const [ok, missing] = found.get('/dav/alice/files/dir/') ?? [];
    assert.equal(ok?.status, 'HTTP/1.1 200 OK');
    assert.equal(missing?.status, 'HTTP/1.1 404 Not Found');
    assert.deepEqual(missing?.names, [
      '{DAV:}getcontentlength',
      '{http://owncloud.org/ns}checksums',
      '{http://owncloud.org/ns}downloadURL',
      '{urn:x}color',
    ]);
    assert.equal(textOf(ok?.values.get('permissions')), 'RGDNVCK');
    assert.equal(textOf(ok?.values.get('size')), '5');
    assert.equal(textOf(ok?.values.get('quota-used-bytes')), '5');
    assert.equal(textOf(ok?.values.get('quota-available-bytes')), '999995');
    assert.equal(textOf(ok?.values.get('current-user-principal')), '/dav/alice/');
    const [file] = found.get('/dav/alice/files/dir/a%20b%C3%A9%26%3C.txt') ?? [];
    assert.equal(textOf(file?.values.get('permissions')), 'RGDNVW');
    assert.equal(textOf(file?.values.get('checksums')), 'SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d');
    assert.match(textOf(file?.values.get('id')), /^\d{8,}oc[0-9a-f]{8}$/);
    assert.ok(textOf(file?.values.get('id')).startsWith(textOf(file?.values.get('fileid'))));
    const head = await server.send('HEAD', 'dir/a%20b%C3%A9%26%3C.txt');
    assert.equal(textOf(file?.values.get('getetag')), head.headers.etag);
    assert.equal(textOf(file?.values.get('getlastmodified')), head.headers['last-modified']);
    const [sub] = found.get('/dav/alice/files/dir/sub/') ?? [];
    assert.equal(textOf(sub?.values.get('color')), 'red');
  });

  it('names only, and everything with more', async () => {
    const propname = '<propfind xmlns="DAV:"><propname/></propfind>';
    const [names] =
      read(await server.send('PROPFIND', 'dir/sub', { body: propname, headers: { depth: '0' } })).get(
        '/dav/alice/files/dir/sub/',
      ) ?? [];
    assert.ok(
      names?.names.includes('{urn:x}color') &&
        names.names.includes('{http://owncloud.org/ns}id') &&
        !names.names.includes('{DAV:}getcontentlength'),
    );
    for (const element of names?.values.values() ?? []) assert.equal(element.children.length, 0);
    const include = '<propfind xmlns="DAV:"><allprop/><include><quota-used-bytes/><nothing/></include></propfind>';
    const [some, missing] =
      read(await server.send('PROPFIND', 'dir', { body: include, headers: { depth: '0' } })).get(
        '/dav/alice/files/dir/',
      ) ?? [];
    assert.ok(some?.names.includes('{DAV:}quota-used-bytes') && some.names.includes('{DAV:}getetag'));
    assert.deepEqual(missing?.names, ['{DAV:}nothing']);
  });

  it('an infinite depth is refused by name, also when it is not said', async () => {
    for (const headers of [{}, { depth: 'infinity' }] as Record<string, string>[]) {
      const reply = await server.send('PROPFIND', '', { headers });
      assert.equal(reply.status, 403);
      assert.match(reply.text, /<d:error [^>]*><d:propfind-finite-depth\/>/);
    }
  });

  for (const [why, body, status] of [
    ['not XML', '<a', 400],
    ['another root', '<propfind/>', 400],
    ['nothing asked', '<propfind xmlns="DAV:"/>', 400],
    ['two things asked', '<propfind xmlns="DAV:"><allprop/><propname/></propfind>', 400],
    ['entities', '<!DOCTYPE x [<!ENTITY a "b">]><propfind xmlns="DAV:"><allprop/></propfind>', 400],
    ['too many names', ask(Array.from({ length: 501 }, (_, i) => `<x:n${i}/>`).join('')), 400],
    ['too large', `<propfind xmlns="DAV:"><!--${' '.repeat(1024 * 1024)}--><allprop/></propfind>`, 413],
  ] as const) {
    it(`refuses ${why}`, async () => {
      assert.equal((await server.send('PROPFIND', '', { body, headers: { depth: '0' } })).status, status);
    });
  }

  it('the If header holds for it', async () => {
    assert.equal((await server.send('PROPFIND', 'dir', { headers: { depth: '0', if: '(["other"])' } })).status, 412);
    assert.equal(
      (await server.send('PROPFIND', 'dir', { headers: { depth: '0', if: '(Not ["other"])' } })).status,
      207,
    );
  });

  it('unknown elements are passed over (RFC 4918 §17)', async () => {
    const body = '<propfind xmlns="DAV:"><x xmlns="urn:x"/><allprop/></propfind>';
    assert.equal((await server.send('PROPFIND', '', { body, headers: { depth: '0' } })).status, 207);
  });

  it('a large folder comes in parts that make one answer', async () => {
    await server.send('MKCOL', 'large');
    for (let i = 0; i < 1200; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) =>
          server.files.put({ by: undefined, conditions: {} }, ['large', `f${i + j}`], new Uint8Array(0), [], {
            mtimeMs: undefined,
            type: undefined,
          }),
        ),
      );
    }
    assert.equal(
      read(await server.send('PROPFIND', 'large', { body: ask('<d:getetag/>'), headers: { depth: '1' } })).size,
      1201,
    );
  });

  it('names that XML cannot carry are shown as far as it can', async () => {
    await server.send('PUT', 'odd%01%0A%3C', { body: '' });
    const [ok] =
      read(await server.send('PROPFIND', 'odd%01%0A%3C', { headers: { depth: '0' } })).get(
        '/dav/alice/files/odd%01%0A%3C',
      ) ?? [];
    assert.equal(textOf(ok?.values.get('displayname')), 'odd\ufffd\n<');
  });
});

describe('PROPPATCH', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
    await server.send('PUT', 'f', { body: '' });
  });
  after(() => server.close());

  const send = (inner: string, headers: Record<string, string> = {}): Promise<Reply> =>
    server.send('PROPPATCH', 'f', { body: patch(inner), headers });
  const get = async (names: string): Promise<Propstat[]> =>
    read(await server.send('PROPFIND', 'f', { body: ask(names), headers: { depth: '0' } })).get('/dav/alice/files/f') ??
    [];

  it('keeps values as they were, with namespaces and language', async () => {
    const value =
      '<x:v xml:lang="fr" xmlns:y="urn:y" y:a="1&amp;2">t\u00e9xt &lt; <y:e x:b="&#10;"/>\n<![CDATA[<raw>]]></x:v>';
    const [reply] = read(await send(`<d:set><d:prop>${value}</d:prop></d:set>`)).get('/dav/alice/files/f') ?? [];
    assert.deepEqual([reply?.status, reply?.names], ['HTTP/1.1 200 OK', ['{urn:x}v']]);
    const [ok] = await get('<x:v/>');
    const kept = ok?.values.get('v');
    assert.deepEqual(kept?.attributes, [
      { name: 'xml:lang', value: 'fr' },
      { name: 'y:a', value: '1&2' },
    ]);
    assert.equal(textOf(kept), 't\u00e9xt < \n<raw>');
    assert.deepEqual(
      childElements(kept as XmlElement).map(({ namespace, name, attributes }) => [namespace, name, attributes]),
      [['urn:y', 'e', [{ name: 'x:b', value: '\n' }]]],
    );
    assert.equal(kept?.scope.get('d'), 'DAV:');
  });

  it('the last word about a name counts', async () => {
    await send('<d:set><d:prop><x:a>1</x:a></d:prop></d:set><d:remove><d:prop><x:a/></d:prop></d:remove>');
    assert.equal((await get('<x:a/>'))[0]?.status, 'HTTP/1.1 404 Not Found');
    await send('<d:remove><d:prop><x:a/></d:prop></d:remove><d:set><d:prop><x:a>2</x:a></d:prop></d:set>');
    assert.equal(textOf((await get('<x:a/>'))[0]?.values.get('a')), '2');
  });

  it('is all or nothing: what is computed cannot be set, and nothing beside it is', async () => {
    const before = (await server.send('HEAD', 'f')).headers.etag;
    for (const name of ['d:getetag', 'd:resourcetype', 'd:lockdiscovery', 'd:creationdate', 'd:quota-used-bytes']) {
      const [forbidden, failed] =
        read(await send(`<d:set><d:prop><x:b>1</x:b><${name}/></d:prop></d:set>`)).get('/dav/alice/files/f') ?? [];
      assert.deepEqual([forbidden?.status, forbidden?.names], ['HTTP/1.1 403 Forbidden', [`{DAV:}${name.slice(2)}`]]);
      assert.deepEqual([failed?.status, failed?.names], ['HTTP/1.1 424 Failed Dependency', ['{urn:x}b']]);
    }
    assert.match(
      (await send('<d:remove><d:prop><d:getetag/></d:prop></d:remove>')).text,
      /<d:error><d:cannot-modify-protected-property\/><\/d:error>/,
    );
    assert.equal((await get('<x:b/>'))[0]?.status, 'HTTP/1.1 404 Not Found');
    assert.equal((await server.send('HEAD', 'f')).headers.etag, before);
  });

  it('refuses what it cannot read, or may not do', async () => {
    assert.equal((await server.send('PROPPATCH', 'f')).status, 400);
    assert.equal((await send('')).status, 400);
    assert.equal((await send('<d:set/>')).status, 400);
    assert.equal((await send('<d:set><d:prop><x:c>1</x:c></d:prop></d:set>', { 'if-match': '"other"' })).status, 412);
    assert.equal(
      (await server.send('PROPPATCH', 'none', { body: patch('<d:set><d:prop><x:c/></d:prop></d:set>') })).status,
      404,
    );
    assert.equal(
      (await server.send('PROPPATCH', 'none', { body: patch('<d:set><d:prop><d:getetag/></d:prop></d:set>') })).status,
      404,
    );
    const scope = Array.from({ length: 90 }, (_, i) => `xmlns:n${i}="${'u'.repeat(900)}"`).join(' ');
    const bomb = patch(
      `<d:set ${scope}><d:prop>${Array.from({ length: 900 }, (_, i) => `<x:p${i}/>`).join('')}</d:prop></d:set>`,
    );
    assert.equal((await server.send('PROPPATCH', 'f', { body: bomb })).status, 413);
  });

  it('travels with copies and moves', async () => {
    await send('<d:set><d:prop><x:t>kept</x:t></d:prop></d:set>');
    await server.send('COPY', 'f', { headers: { destination: '/dav/alice/files/g' } });
    await server.send('MOVE', 'g', { headers: { destination: '/dav/alice/files/h' } });
    const [ok] =
      read(await server.send('PROPFIND', 'h', { body: ask('<x:t/>'), headers: { depth: '0' } })).get(
        '/dav/alice/files/h',
      ) ?? [];
    assert.equal(textOf(ok?.values.get('t')), 'kept');
  });
});
