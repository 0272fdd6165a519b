import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { makeAccount, type TestAccount } from '../support/account.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { CliWorld, noise, type Ran } from './cli-world.ts';
import { filesIn } from './files-in.ts';

const world = new CliWorld();
let server: TestServer;
let account: TestAccount;
before(async () => {
  account = await makeAccount(world.path('data'));
  world.write('app', `${account.appPassword}\n`);
  server = await startServer({ dataFolder: world.path('data'), account });
  const dav = server.client();
  await dav.makeFolder('photos');
  for (let at = 0; at < 20; at += 1) await dav.put(`photos/${at}.jpg`, noise(70_000 + at, at));
  await dav.put('letter.txt', Buffer.from('first'), { 'x-oc-mtime': '1500000000' });
  dav.close();
});
after(async () => {
  await server.stop();
  world.remove();
});

const args = (to: string): readonly string[] => [
  'mirror',
  world.path(to),
  '--account',
  account.name,
  '--url',
  `${server.url}/dav/${account.name}/files/`,
  '--app-password-file',
  world.path('app'),
  '--once',
];
const mirror = (to: string): Promise<Ran> => world.run(args(to));
const visibleIn = (to: string): readonly string[] =>
  filesIn(world.path(to)).filter((line) => !line.startsWith('.coffre-mirror'));

async function restartWith(data: string): Promise<void> {
  await server.stop();
  server = await startServer({ dataFolder: world.path(data), account });
}

it('keeps ordinary files, twice the same, and a newer version moves the old one aside', async () => {
  for (const to of ['one', 'two']) {
    const ran = await mirror(to);
    assert.equal(ran.code, 0, ran.err);
  }
  assert.equal(visibleIn('one').length, 21);
  assert.deepEqual(visibleIn('one'), visibleIn('two'));
  assert.equal(readFileSync(world.path('one', 'letter.txt'), 'utf8'), 'first');
  cpSync(world.path('data'), world.path('yesterday'), { recursive: true, filter: (path) => !path.endsWith('.sock') });
  cpSync(world.path('data.key'), world.path('yesterday.key'));
  const dav = server.client();
  await dav.put('letter.txt', Buffer.from('second'));
  await dav.put('photos/new.jpg', noise(5000, 77));
  await dav.remove('photos/3.jpg');
  dav.close();
  const ran = await mirror('one');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^2 files .* fetched, 1 kept that the server has no more, 0 kept/);
  assert.equal(readFileSync(world.path('one', 'letter.txt'), 'utf8'), 'second');
  assert.ok(existsSync(world.path('one', 'photos', '3.jpg')));
  const [day = ''] = readdirSync(world.path('one', '.coffre-mirror', 'kept'));
  assert.equal(readFileSync(world.path('one', '.coffre-mirror', 'kept', day, 'letter.txt'), 'utf8'), 'first');
  // Nothing changed since: nothing is walked.
  assert.match((await mirror('one')).out, /^0 files /);
});

it('server reset or restored: a server of yesterday changes nothing in the mirror, and is told', async () => {
  const here = visibleIn('one');
  await restartWith('yesterday');
  const ran = await mirror('one');
  assert.equal(ran.code, 1, ran.out);
  assert.match(ran.err, /older state/);
  assert.deepEqual(visibleIn('one'), here);
  // It never saw anything newer.
  assert.equal((await mirror('two')).code, 0);
  await restartWith('data');
});

it('empty or unmounted source: what the server has no more stays', async () => {
  const here = visibleIn('one');
  const dav = server.client();
  await dav.remove('photos');
  await dav.remove('letter.txt');
  dav.close();
  const ran = await mirror('one');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^0 files .* 2 kept that the server has no more/);
  assert.deepEqual(visibleIn('one'), here);
  const other = await makeAccount(world.path('data'), 'bob');
  const foreign = await world.run(
    args('one').map((each) => (each === account.name ? other.name : each.replace('/alice/', '/bob/'))),
  );
  assert.notEqual(foreign.code, 0);
  assert.deepEqual(visibleIn('one'), here);
});

it('never follows a symbolic link out of its folder, and keeps what stood in the way', async () => {
  mkdirSync(world.path('outside'));
  mkdirSync(world.path('linked'));
  symlinkSync(world.path('outside'), world.path('linked', 'album'));
  const dav = server.client();
  await dav.makeFolder('album');
  await dav.put('album/x.jpg', noise(1000, 5));
  dav.close();
  const ran = await mirror('linked');
  assert.equal(ran.code, 0, ran.err);
  assert.deepEqual(readdirSync(world.path('outside')), []);
  assert.ok(statSync(world.path('linked', 'album', 'x.jpg')).isFile());
});

it('killed again and again it goes on, and no half file ever has a name', async () => {
  const dav = server.client();
  await dav.makeFolder('many');
  for (let at = 0; at < 60; at += 1) await dav.put(`many/${at}.bin`, noise(200_000, at));
  dav.close();
  let kills = 0;
  for (let waitMs = 250; waitMs < 900; waitMs += 90) {
    const ran = await world.run(args('killed'), { during: (kill) => setTimeout(() => kill('SIGKILL'), waitMs) });
    if (ran.signal === 'SIGKILL') kills += 1;
    const many = world.path('killed', 'many');
    for (const name of existsSync(many) ? readdirSync(many) : [])
      assert.equal(statSync(join(many, name)).size, 200_000);
  }
  assert.ok(kills > 0);
  rmSync(world.path('fresh'), { recursive: true, force: true });
  assert.equal((await mirror('killed')).code, 0);
  assert.equal((await mirror('fresh')).code, 0);
  assert.deepEqual(visibleIn('killed'), visibleIn('fresh'));
});

it('over plain http to another machine nothing is sent', async () => {
  const ran = await world.run([
    'mirror',
    world.path('none'),
    '--account',
    'alice',
    '--url',
    'http://cloud.example.org/dav/alice/files/',
    '--app-password-file',
    world.path('app'),
    '--once',
  ]);
  assert.equal(ran.code, 2, ran.err);
});
