// The same command line beside a running server: everything goes through the local socket in the data folder.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, it } from 'node:test';
import { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { CliWorld } from './cli-world.ts';

const world = new CliWorld();
const password = world.write('F', 'correct horse battery\n');
const kit = world.path('K');
const app = world.path('app');
const asAlice: readonly string[] = ['--app-password-file', app];
const data = world.path('data');
let server: TestServer | undefined;

function running(): TestServer {
  return server ?? assert.fail('the server did not start');
}

function dav(appPassword: string): DavClient {
  return new DavClient(running().url, 'alice', appPassword);
}

after(async () => {
  await server?.kill9();
  world.remove();
});

it('works: command line: accounts and app passwords are made beside a running server, and open it at once', async () => {
  server = await startServer({ dataFolder: data });
  assert.ok(existsSync(`${data}/control.sock`));
  const made = await world.ok([
    'account',
    'create',
    'alice',
    '--data',
    data,
    '--password-file',
    password,
    '--kit-file',
    kit,
  ]);
  assert.equal(made.out, 'The account alice is made.\n');
  const shown = await world.ok([
    'app-password',
    'create',
    'alice',
    '--data',
    data,
    '--password-file',
    password,
    '--label',
    'laptop',
  ]);
  assert.match(shown.out, /^[a-z2-7]{4}(-[a-z2-7]{4}){7}\n$/);
  writeFileSync(app, shown.out);
  const put = await dav(shown.out.trim()).put('from-dav.txt', Buffer.from('by WebDAV'));
  assert.equal(put.status, 201);
  assert.equal((await world.ok(['get', 'alice:/from-dav.txt', '-o', '-', ...asAlice])).out, 'by WebDAV');
});

it('works: command line: what is put beside a running server shows at once on its other faces', async () => {
  const client = dav(readFileSync(app, 'utf8').trim());
  const large = Buffer.alloc(9 * 1024 * 1024 + 1, 'x');
  world.write('large file', large);
  world.write('empty', '');
  await world.ok(['mkdir', '-p', 'alice:/a/b', ...asAlice]);
  await world.ok(['put', 'large file', 'empty', 'alice:/a/b/', ...asAlice]);
  assert.deepEqual(
    (await client.list('a/b'))?.map((each) => [each.name, each.sizeBytes]),
    [
      ['empty', 0],
      ['large file', large.length],
    ],
  );
  assert.ok((await client.get('a/b/large file')).body.equals(large));
  await world.ok(['get', 'alice:/a', '-o', 'back', ...asAlice]);
  assert.ok(readFileSync(world.path('back/b/large file')).equals(large));
  await world.ok(['import', 'back', 'alice:/imported', ...asAlice]);
  assert.match((await world.ok(['import', 'back', 'alice:/imported', ...asAlice])).out, /^0 files .*, 2 there already/);
  await world.ok(['rm', 'alice:/a', ...asAlice]);
  assert.equal((await client.get('a/b/empty')).status, 404);
  await world.ok(['trash', 'restore', 'alice', '/a', ...asAlice]);
  assert.equal((await client.get('a/b/empty')).status, 200);
});

it('says what a running server refuses in the same words and with the same codes', async () => {
  const wrong = world.write('wrong', 'not the password');
  const cases: readonly (readonly [number, readonly string[]])[] = [
    [4, ['ls', 'alice:/', '--password-file', wrong]],
    [3, ['get', 'alice:/nowhere', ...asAlice]],
    [5, ['mkdir', 'alice:/a', ...asAlice]],
    [5, ['account', 'create', 'alice', '--password-file', password, '--kit-file', 'K2']],
    [74, ['put', world.path('missing'), 'alice:/x', ...asAlice]],
  ];
  for (const [code, args] of cases) {
    const ran = await world.run(args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
  }
  assert.ok(!existsSync(world.path('K2')));
});

it('works: command line: verify reads beside a running server', async () => {
  assert.match(
    (await world.ok(['verify', '--account', 'alice', '--password-file', password])).out,
    /No damage was found/,
  );
});

it('works: command line: a new password and a revoked app password count at once on a running server', async () => {
  const laptop = readFileSync(app, 'utf8').trim();
  const renewed = world.write('new', 'another good password');
  await world.ok(['account', 'passwd', 'alice', '--password-file', password, '--new-password-file', renewed]);
  assert.equal((await world.run(['ls', 'alice:/', '--password-file', password])).code, 4);
  assert.equal((await dav(laptop).get('from-dav.txt')).status, 200);
  await world.ok(['app-password', 'revoke', 'alice', 'laptop', '--kit-file', kit]);
  assert.equal((await dav(laptop).get('from-dav.txt')).status, 401);
  assert.equal((await world.run(['ls', 'alice:/', ...asAlice])).code, 4);
});

it('goes on by itself when the server was stopped or killed, and through it again when it is back', async () => {
  const list = async (): Promise<string> => (await world.ok(['ls', 'alice:/', '--kit-file', kit])).out;
  const before = await list();
  assert.deepEqual(await running().stop(), { code: 0, signal: null });
  assert.equal(await list(), before);
  server = await restart(running());
  assert.equal(await list(), before);
  await running().kill9();
  assert.ok(existsSync(`${data}/control.sock`), 'a dead socket is left');
  assert.equal(await list(), before);
  assert.match((await world.ok(['verify', '--kit-file', kit])).out, /No damage was found/);
});
