// Locks of WebDAV on a server that is killed in between, and what the habits of programs that save leave behind.
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { coffre } from '../support/cli.ts';
import type { DavAnswer, DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';

const lockBody = Buffer.from(
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner>a desk</owner></lockinfo>',
);
const setDate = Buffer.from(
  '<propertyupdate xmlns="DAV:"><set><prop><Win32LastModifiedTime xmlns="urn:schemas-microsoft-com:">Sat, 21 Nov 2026 10:00:00 GMT</Win32LastModifiedTime></prop></set></propertyupdate>',
);

async function lock(client: DavClient, path: string): Promise<string> {
  const answer = await client.send('LOCK', path, { body: lockBody, headers: { timeout: 'Second-600' } });
  assert.ok(answer.status === 200 || answer.status === 201, answer.body.toString());
  return String(answer.headers['lock-token']);
}

function put(client: DavClient, path: string, text: string, token?: string): Promise<DavAnswer> {
  return client.put(path, Buffer.from(text), token === undefined ? {} : { if: `(${token})` });
}

it('works: Files: a lock outlives a crash: without its token nothing is written, with it all goes on', async () => {
  const first = await startServer();
  let server: TestServer = first;
  try {
    const before = first.client();
    assert.equal((await put(before, 'letter.odt', 'one')).status, 201);
    const token = await lock(before, 'letter.odt');
    before.close();
    assert.deepEqual(await first.kill9(), { code: null, signal: 'SIGKILL' });
    server = await restart(first);
    const client = server.client();

    const refused = await put(client, 'letter.odt', 'two');
    assert.equal(refused.status, 423);
    assert.match(refused.body.toString(), /locked by another program.*Nothing was changed/);
    assert.equal((await client.remove('letter.odt')).status, 423);
    assert.equal((await client.move('letter.odt', 'elsewhere')).status, 423);
    assert.equal((await client.send('LOCK', 'letter.odt', { body: lockBody })).status, 423);
    const shown = await client.send('PROPFIND', 'letter.odt', { headers: { depth: '0' } });
    assert.match(shown.body.toString(), /a desk/);
    assert.equal((await client.get('letter.odt')).body.toString(), 'one');

    assert.equal((await put(client, 'letter.odt', 'two', token)).status, 204);
    const refresh = { if: `(${token})`, timeout: 'Second-300' };
    assert.equal((await client.send('LOCK', 'letter.odt', { headers: refresh })).status, 200);
    assert.equal((await client.send('UNLOCK', 'letter.odt', { headers: { 'lock-token': token } })).status, 204);
    assert.equal((await put(client, 'letter.odt', 'three')).status, 204);
    assert.equal((await client.get('letter.odt')).body.toString(), 'three');
    client.close();
  } finally {
    await server.discard();
    await first.discard();
  }
});

interface SavePattern {
  readonly program: string;
  readonly save: (client: DavClient, path: string, text: string) => Promise<readonly DavAnswer[]>;
}

const patterns: readonly SavePattern[] = [
  { program: 'a plain PUT', save: async (client, path, text) => [await put(client, path, text)] },
  {
    program: 'Windows and the Finder: an empty file, a lock, the content, properties',
    save: async (client, path, text) => {
      const empty = await put(client, path, '');
      const token = await lock(client, path);
      return [
        empty,
        await put(client, path, text, token),
        await client.send('PROPPATCH', path, { body: setDate, headers: { if: `(${token})` } }),
        await client.send('UNLOCK', path, { headers: { 'lock-token': token } }),
      ];
    },
  },
  {
    program: 'LibreOffice and Office: a lock on the name, the content',
    save: async (client, path, text) => {
      const token = await lock(client, path);
      return [
        await put(client, path, text, token),
        await client.send('UNLOCK', path, { headers: { 'lock-token': token } }),
      ];
    },
  },
  {
    program: 'a file beside it, moved over it',
    save: async (client, path, text) => [
      await put(client, `${path}.tmp`, text),
      await client.move(`${path}.tmp`, path),
    ],
  },
];

describe('what programs do when they save', () => {
  let server: TestServer;
  let client: DavClient;
  before(async () => {
    server = await startServer();
    client = server.client();
    writeFileSync(join(server.dataFolder, '..', 'app-password'), server.appPassword, { mode: 0o600 });
  });
  after(async () => {
    client.close();
    await server.discard();
  });

  const versionsOf = async (path: string): Promise<number> => {
    const proof = ['--app-password-file', join(server.dataFolder, '..', 'app-password')];
    const said = await coffre(['versions', `alice:/${path}`, '--json', '--data', server.dataFolder, ...proof]);
    assert.equal(said.code, 0, said.err);
    return (JSON.parse(said.out) as readonly unknown[]).length;
  };

  it('works: Files: each save makes one version, whatever steps the program takes for it', async () => {
    for (const [index, { program, save }] of patterns.entries()) {
      const path = `document ${index}`;
      for (let saves = 1; saves <= 3; saves += 1) {
        const answers = await save(client, path, `text ${saves}`);
        for (const { status, body } of answers) assert.ok(status < 300, `${program}: ${status} ${body.toString()}`);
        assert.equal((await client.get(path)).body.toString(), `text ${saves}`);
        assert.equal(await versionsOf(path), saves, `${program}, saved ${saves} times`);
      }
    }
  });
});
