import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountIdOf, credentialIdOf, type VaultId, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { EpochKeys } from '#crypto/epoch-keys.ts';
import { randomBytes } from '#crypto/primitives.ts';
import type { TraceItem } from '#format/trace.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { readInstanceTrace, readOwnerTrace, Trace } from './trace.ts';

const day = 86_400_000;

function world(keepDays = 365) {
  const clock = { now: Date.UTC(2026, 10, 21, 23, 59) };
  const keys = [0, 1].map(() => new EpochKeys(vaultIdOf(randomBytes(16)), 1, new Secret(randomBytes(32))));
  const [mine, theirs] = keys;
  assert.ok(mine && theirs);
  const instanceKey = new Secret(randomBytes(32));
  const disk = new MemoryDisk().start();
  const parts = {
    disk,
    clock: { nowMs: () => clock.now },
    random: { bytes: randomBytes },
    instanceKey: () => ({ epoch: 1, key: instanceKey }),
    inboxOf: (vault: VaultId) => {
      const found = keys.find((each) => each.vault === vault);
      return found === undefined ? undefined : { epoch: 1, publicKey: found.inboxPublic };
    },
    keepDays,
  };
  return { clock, mine, theirs, instanceKey, disk, trace: new Trace(parts), again: () => new Trace(parts) };
}

function item(timeMs: number, path: string): TraceItem {
  const account = accountIdOf(new Uint8Array(16).fill(1));
  return {
    timeMs,
    account,
    credential: credentialIdOf(new Uint8Array(16).fill(2)),
    action: 'GET',
    node: undefined,
    outcome: '200',
    address: '192.0.2.1',
    path,
  };
}

test('works: Trace: every access is kept, with names for the owner alone and with ids for the operator', async () => {
  const { clock, mine, theirs, instanceKey, disk, trace } = world();
  trace.note(mine.vault, item(clock.now, '/mine/secret-name'));
  trace.note(theirs.vault, item(clock.now, '/theirs'));
  trace.note(undefined, item(clock.now, '/nobody'));
  await trace.flush();
  const read = await readOwnerTrace(disk, mine.vault, () => mine.inboxPrivate);
  assert.deepEqual(read, [item(clock.now, '/mine/secret-name')]);
  assert.deepEqual(await readOwnerTrace(disk, mine.vault, () => theirs.inboxPrivate), []);
  const all = await Array.fromAsync(readInstanceTrace(disk, instanceKey));
  assert.equal(all.length, 3);
  assert.ok(all.every((each) => each.path === ''));
  const [name] = await disk.list('trace');
  const bytes = (await disk.read(`trace/${name}`)) ?? assert.fail();
  assert.ok(!Buffer.from(bytes).includes('secret-name'));
});

test('a torn last record hides none of those before it', async () => {
  const { clock, mine, disk, trace } = world();
  trace.note(mine.vault, item(clock.now, '/first'));
  await trace.flush();
  await disk.append('trace/2026-11-21.trace', new Uint8Array([0, 0, 1, 0, 1, 2, 3]));
  assert.equal((await readOwnerTrace(disk, mine.vault, () => mine.inboxPrivate)).length, 1);
});

for (const [what, tail] of [
  ['a torn record', new Uint8Array([0, 0, 1, 0, 1, 2, 3])],
  ['zeros', new Uint8Array(5000)],
] as const) {
  test(`${what} that a power cut left hides nothing that is written after the restart`, async () => {
    const { clock, mine, disk, trace, again } = world();
    trace.note(mine.vault, item(clock.now, '/before'));
    await trace.flush();
    await disk.append('trace/2026-11-21.trace', tail);
    for (const path of ['/second', '/third']) {
      const run = again();
      run.note(mine.vault, item(clock.now, path));
      await run.flush();
      run.note(mine.vault, item(clock.now, `${path}/more`));
      await run.flush();
    }
    const read = await readOwnerTrace(disk, mine.vault, () => mine.inboxPrivate);
    assert.deepEqual(
      read.map((each) => each.path),
      ['/before', '/second', '/second/more', '/third', '/third/more'],
    );
    assert.equal((await disk.list('trace')).length, 3);
  });
}

test('the tenth run of a day is read after the ninth', async () => {
  const { clock, mine, disk, again } = world();
  const paths = Array.from({ length: 11 }, (_, run) => `/${run}`);
  for (const path of paths) {
    const run = again();
    run.note(mine.vault, item(clock.now, path));
    await run.flush();
  }
  const read = await readOwnerTrace(disk, mine.vault, () => mine.inboxPrivate);
  assert.deepEqual(
    read.map((each) => each.path),
    paths,
  );
});

test('days beyond the retention go, and no other', async () => {
  const { clock, mine, disk, trace } = world(2);
  for (let i = 0; i < 5; i += 1) {
    trace.note(mine.vault, item(clock.now, '/x'));
    await trace.flush();
    clock.now += day;
  }
  clock.now -= day;
  await trace.dropOld();
  assert.deepEqual(await disk.list('trace'), ['2026-11-23.trace', '2026-11-24.trace', '2026-11-25.trace']);
});

test('what waits is bounded, and what could not be kept is counted', async () => {
  const { clock, mine, disk, trace } = world();
  for (let i = 0; i < 50_010; i += 1) trace.note(mine.vault, item(clock.now, ''));
  assert.equal(trace.lost, 10);
  await trace.flush();
  assert.equal((await readOwnerTrace(disk, mine.vault, () => mine.inboxPrivate)).length, 50_000);
});
