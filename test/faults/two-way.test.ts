// Yesterday's server comes back under clients that keep a folder of their own: one that only fetches, and one that goes both ways.
import { strict as assert } from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { coffre } from '../support/cli.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf } from './load.ts';
import { needs } from './needs.ts';

const root = join(import.meta.dirname, '..', '..');
const program = '/usr/bin/rclone';

/** An address that stays while servers come and go, as a name does. */
interface Door {
  readonly port: number;
  to: string;
  close(): void;
}
async function frontDoor(): Promise<Door> {
  const door = { port: 0, to: '', close: (): unknown => server.close() };
  const server = createServer((socket) => {
    const { hostname, port } = new URL(door.to);
    const behind = connect(Number(port), hostname);
    for (const each of [socket, behind]) each.on('error', () => undefined);
    socket.pipe(behind).pipe(socket);
    socket.on('close', () => behind.destroy());
    behind.on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  door.port = (server.address() as AddressInfo).port;
  return door;
}

type Hashes = ReadonlyMap<string, string>;
/** Of the files that people see; what the mirror keeps of its own changes while it runs. */
function hashesIn(folder: string): Hashes {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [name, hashOf(readFileSync(join(folder, name)))]));
}

function assertNothingGone(before: Hashes, now: Hashes): void {
  assert.deepEqual(
    [...before.keys()].filter((name) => !now.has(name)),
    [],
    'deleted locally',
  );
}

it('works: Loss: server reset or restored: yesterday’s server under a mirror that runs and a two-way client: nothing is listed meanwhile, 0 local deletions, and what was left comes back by itself', {
  skip: needs('rclone'),
}, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-two-way-'));
  const door = await frontDoor();
  const first = await startServer();
  const [laptop, mirrored, copy] = ['laptop', 'mirrored', 'copy'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [laptop, copy]) mkdirSync(folder);
  let server: TestServer = first;
  const cli = (...args: readonly string[]): ReturnType<typeof coffre> => coffre([...args, '--data', first.dataFolder]);
  const config = await settings(scratch, `http://127.0.0.1:${door.port}/dav/alice/files`, first.appPassword);
  const twoWay = (...more: readonly string[]): ReturnType<typeof rclone> => {
    const own = [
      '--config',
      config,
      '--workdir',
      join(scratch, 'bisync'),
      '--retries',
      '1',
      '--low-level-retries',
      '1',
    ];
    return rclone(['bisync', laptop, 'coffre:', ...own, ...more]);
  };
  const write = (name: string, sizeBytes: number): void => writeFileSync(join(laptop, name), randomBytes(sizeBytes));
  const app = join(scratch, 'app');
  writeFileSync(app, `${first.appPassword}\n`);
  const address = `http://127.0.0.1:${door.port}/dav/alice/files/`;
  const words = [
    'mirror',
    mirrored,
    '--account',
    'alice',
    '--url',
    address,
    '--app-password-file',
    app,
    '--every',
    '1',
  ];
  const mirror = spawn(process.execPath, [join(root, 'bin', 'coffre.mjs'), ...words], { stdio: 'ignore' });
  t.after(async () => {
    mirror.kill('SIGTERM');
    door.close();
    await server.discard();
    await first.discard();
    rmSync(scratch, { recursive: true, force: true });
  });

  // Yesterday.
  door.to = server.url;
  write('letter.txt', 3000);
  for (let at = 0; at < 8; at += 1) write(`photo ${at}.jpg`, 80_000);
  const begun = await twoWay('--resync');
  assert.equal(begun.code, 0, begun.said);
  assert.equal((await cli('copy', 'add', copy)).code, 0);
  await server.stop();
  const yesterday = join(scratch, 'yesterday');
  cpSync(first.dataFolder, yesterday, { recursive: true });

  // Today: a new file and a newer version, in the cloud, the copy and the mirror.
  server = await restart(first);
  door.to = server.url;
  write('film.mp4', 5_000_000);
  await setTimeout(1100);
  write('letter.txt', 4000);
  const today = await twoWay();
  assert.equal(today.code, 0, today.said);
  const before = hashesIn(laptop);
  await until(() => existsSync(mirrored) && sameHashes(hashesIn(mirrored), before), 'the mirror has today');
  await until(async () => /"state": ?"whole"/.test((await cli('copy', 'status', '--json')).out), 'the copy is whole');
  await server.stop();
  rmSync(first.dataFolder, { recursive: true });
  cpSync(yesterday, first.dataFolder, { recursive: true });

  // Set back: it lists nothing, and reads what it has.
  server = await restart(first);
  door.to = server.url;
  const client = server.client();
  const listing = await client.send('PROPFIND', '', { headers: { depth: '1' } });
  assert.deepEqual([listing.status, listing.headers['retry-after']], [503, '10']);
  assert.match(listing.body.toString(), /so that no program takes an older state for deletions/);
  assert.equal((await client.get('photo 1.jpg')).status, 200);
  assert.equal((await client.get('film.mp4')).status, 503);
  const kit = join(scratch, 'kit');
  writeFileSync(kit, `${first.account?.kit ?? ''}\n`);
  const listed = await cli('ls', 'alice:/', '--kit-file', kit);
  assert.match(listed.out, /photo 1\.jpg/);
  assert.match(listed.err, /older state.*the copy .* holds it up to entry/);
  const remembered = join(scratch, 'bisync');
  cpSync(remembered, `${remembered}-before`, { recursive: true });
  assert.notEqual((await twoWay()).code, 0);
  await setTimeout(3000);
  assert.equal(mirror.exitCode, null, 'the mirror goes on');
  assert.deepEqual(hashesIn(laptop), before);
  assert.deepEqual(hashesIn(mirrored), before);

  // The decision to go on without it: what only the copy has comes back in the next session, before anything is listed.
  const forked = await cli('copy', 'fork');
  assert.equal(forked.code, 0, forked.err);
  const soon = await client.send('PROPFIND', '', { headers: { depth: '1' } });
  assert.equal(soon.status, 503);
  await until(async () => {
    const { status } = await client.send('PROPFIND', '', { headers: { depth: '1' } });
    return status === 207;
  }, 'folders are listed again');
  const film = await client.get('film.mp4');
  assert.ok(film.status === 200 && hashOf(film.body) === before.get('film.mp4'), 'the film is where it was');

  // A client that was away meanwhile, and compares with what it last saw; rclone itself asks for a new beginning by now.
  rmSync(remembered, { recursive: true });
  cpSync(`${remembered}-before`, remembered, { recursive: true });
  for (const more of [[], [], ['--resync'], []]) {
    const round = await twoWay(...more);
    assert.equal(round.code, 0, round.said);
    assertNothingGone(before, hashesIn(laptop));
  }
  const inCloud = new Set(((await client.list('')) ?? []).map(({ name }) => name));
  for (const name of before.keys()) assert.ok(inCloud.has(name), `${name} is in the cloud`);
  assert.ok(
    [...inCloud].some((name) => /^letter \(conflict .*\)\.txt$/.test(name)) ||
      hashOf((await client.get('letter.txt')).body) === before.get('letter.txt'),
    'both states of the letter are kept',
  );
  const everything = new Set(hashesIn(laptop).values());
  for (const [name, hash] of before) assert.ok(everything.has(hash), `the content of ${name} is on the laptop`);
  await setTimeout(2500);
  assertNothingGone(before, hashesIn(mirrored));
  await checkChains(first.dataFolder);
  client.close();
});

function sameHashes(a: Hashes, b: Hashes): boolean {
  return a.size === b.size && [...a].every(([name, hash]) => b.get(name) === hash);
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo()) return;
    await setTimeout(200);
  }
  assert.fail(`never: ${what}`);
}

/** Its remote is known by its settings, so they are written once. */
async function settings(scratch: string, url: string, appPassword: string): Promise<string> {
  const secret = await rclone(['obscure', appPassword]);
  const path = join(scratch, 'rclone.conf');
  const lines = ['[coffre]', 'type = webdav', `url = ${url}`, 'vendor = owncloud', 'user = alice'];
  writeFileSync(path, [...lines, `pass = ${secret.said.trim()}`, ''].join('\n'));
  return path;
}

function rclone(args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: out + err });
    });
  });
}
