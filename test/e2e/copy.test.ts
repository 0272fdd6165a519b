// Copies on the real program: beside a stopped server, beside a running one, and when it is killed.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { after, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertCopyIsComplete } from '../copies/compare-copy.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { CliWorld, noise } from './cli-world.ts';

const world = new CliWorld();
let server: TestServer | undefined;
let folder = '';

after(async () => {
  await server?.discard();
  world.remove();
});

interface StatusRow {
  readonly label: string;
  readonly state: string;
  readonly problem: string | null;
  readonly lagEntries: number;
  readonly vaults: readonly { readonly held: string | null }[];
}
interface Status {
  readonly copies: readonly StatusRow[];
  readonly counting: number;
  readonly withTheData: number;
}

const inData = (...args: readonly string[]): readonly string[] => [...args, '--data', folder];
const running = (): TestServer => server ?? assert.fail('the server runs');

/** Also the exit codes that tell of something. */
async function status(): Promise<Status> {
  return JSON.parse((await world.run([...inData('copy', 'status'), '--json'])).out) as Status;
}

async function until(holds: (found: Status) => boolean): Promise<Status> {
  for (let tries = 0; tries < 120; tries += 1) {
    const found = await status();
    if (holds(found)) return found;
    await setTimeout(500);
  }
  assert.fail(JSON.stringify(await status(), undefined, 1));
}

it('works: Copies: a folder is added while uploads run, follows them, and is whole after a kill and a restart', async () => {
  server = await startServer();
  folder = server.dataFolder;
  const client = server.client();
  for (let at = 0; at < 20; at += 1)
    assert.equal((await client.put(`before-${at}`, noise(1 + at * 9000, at))).status, 201);
  mkdirSync(world.path('copy'));
  const added = await world.ok(inData('copy', 'add', world.path('copy'), '--country', 'ch'));
  assert.match(added.out, /The copy copy is whole/);
  assert.match(added.err, /on the same disk as the data/);
  const uploads = (async () => {
    for (let at = 0; ; at += 1) {
      try {
        await client.put(`while-${at}`, noise(100_000 + at, at));
      } catch {
        return at;
      }
    }
  })();
  await setTimeout(5000);
  await server.kill9();
  assert.ok((await uploads) > 5);
  server = await restart(server);
  await until(({ copies }) => copies[0]?.state === 'whole');
  await server.stop();
  assert.ok((await assertCopyIsComplete(folder, world.path('copy'))) > 25);
});

it('works: Copies: two places of one fate count once, and one beside the data not at all', async () => {
  mkdirSync(world.path('second'));
  await world.ok(inData('copy', 'add', world.path('second'), '--label', 'second'));
  assert.ok((await assertCopyIsComplete(folder, world.path('second'))) > 25);
  const found = await status();
  assert.deepEqual([found.copies.length, found.counting, found.withTheData], [2, 0, 2]);
  const shown = await world.ok(inData('copy', 'status'));
  assert.match(shown.out, /2 copies, 2 of them on the same disk as the data, so there are 0 copies that count\./);
  const listed = await world.json<readonly { readonly label: string; readonly country: string | null }[]>([
    ...inData('copy', 'list'),
  ]);
  assert.deepEqual(
    listed.map((each) => [each.label, each.country]),
    [
      ['copy', 'CH'],
      ['second', null],
    ],
  );
});

it('works: Copies: a place that is not mounted is waited for and never written to; it catches up when it is back', async () => {
  renameSync(world.path('second'), world.path('away'));
  mkdirSync(world.path('second'));
  server = await restart(running());
  await server.client().put('meanwhile', noise(200_000, 1));
  const missing = await until(({ copies }) => copies[1]?.state === 'unreachable' && copies[0]?.state === 'whole');
  assert.match(missing.copies[1]?.problem ?? '', /Is its disk mounted/);
  assert.ok((missing.copies[1]?.lagEntries ?? 0) > 0);
  assert.deepEqual(readdirSync(world.path('second')), []);
  rmSync(world.path('second'), { recursive: true });
  renameSync(world.path('away'), world.path('second'));
  await until(({ copies }) => copies.every(({ state }) => state === 'whole'));
  await server.stop();
  await assertCopyIsComplete(folder, world.path('second'));
});

it('pauses, resumes, forgets and takes up again, and erases nothing by that', async () => {
  await world.ok(inData('copy', 'pause', 'second'));
  assert.equal((await status()).copies[1]?.state, 'paused');
  await world.ok(inData('copy', 'resume', 'second'));
  const removed = await world.ok(inData('copy', 'remove', 'second'));
  assert.match(removed.out, /Nothing was erased/);
  assert.equal((await status()).copies.length, 1);
  assert.equal((await world.run(inData('copy', 'remove', 'second'))).code, 3);
  const again = await world.ok(inData('copy', 'add', world.path('second')));
  assert.match(again.err, /taken up again/);
  await assertCopyIsComplete(folder, world.path('second'));
});

it('refuses the copy of another instance, and a place inside the data', async () => {
  assert.equal((await world.run(inData('copy', 'add', `${folder}/chunks`))).code, 1);
  await world.ok(['account', 'create', 'other', '--password-file', world.write('F', 'correct horse battery\n')]);
  const refused = await world.run(['copy', 'add', world.path('second')]);
  assert.equal(refused.code, 5);
  assert.match(refused.err, /another instance/);
  assert.equal((await world.run(inData('copy', 'add', world.path('not there')))).code, 69);
});
