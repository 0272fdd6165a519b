import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { noBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { diskContract } from './disk.contract.ts';
import type { Disk } from './disk.ts';
import { type DiskFault, type DiskOperation, MemoryDisk, PowerCut } from './disk-memory.ts';
import { SeededDiskFaults, SeededNumbers } from './seeded-faults.ts';

diskContract('simulated', () => under(new MemoryDisk()));
diskContract('simulated, with short writes', () => {
  const faults = new SeededDiskFaults(1, { 'short-write': 500_000 });
  return under(new MemoryDisk({ faults }));
});

function under(machine: MemoryDisk): { disk: Disk; restart: () => Disk } {
  const restart = (): Disk => {
    machine.crash();
    return machine.start();
  };
  return { disk: machine.start(), restart };
}

/** Strikes at the n-th call of one operation, once. */
function strikeAt(operation: DiskOperation, fault: DiskFault, n = 1, seed = 1): MemoryDisk {
  let calls = 0;
  const numbers = new SeededNumbers(seed);
  const decide = (asked: DiskOperation): DiskFault | null => (asked === operation && ++calls === n ? fault : null);
  return new MemoryDisk({ faults: { decide, pick: numbers.pick }, allowLostSync: true });
}

const old = new Uint8Array(3000).fill(1);
const fresh = new Uint8Array(3000).fill(2);

it('refuses everything that writes after a failed fsync, and reads on', async () => {
  for (const operation of ['sync', 'sync-folder'] as const) {
    const disk = strikeAt(operation, 'io').start();
    await assert.rejects(disk.writeInPlace('a', fresh), (error) => isFault(error, 'sync-failed'));
    const later = [
      disk.writeInPlace('b', fresh),
      disk.replace('b', fresh),
      disk.append('b', fresh),
      disk.makeFolder('b'),
      disk.remove('a'),
    ];
    for (const call of later) await assert.rejects(call, (error) => isFault(error, 'sync-failed'));
    assert.equal((await disk.read('a'))?.length, 3000);
    assert.equal(await disk.read('b'), null);
  }
});

it('marks pages clean after a failed fsync, so that a retry would lie', async () => {
  let lied = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const machine = strikeAt('sync', 'io', 2, seed);
    await machine.start().writeInPlace('a', old);
    await assert.rejects(machine.start().writeInPlace('a', fresh), (error) => isFault(error, 'sync-failed'));
    // Another program, which did not see the failure, syncs without writing the bytes again.
    await machine.start().append('a', noBytes);
    machine.crash();
    const found = (await machine.start().read('a')) ?? noBytes;
    if (found.some((byte) => byte === 1)) lied += 1;
  }
  assert.ok(lied > 0);
});

it('makes durable what is written again after a failed fsync', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const machine = strikeAt('sync', 'io', 1, seed);
    await assert.rejects(machine.start().writeInPlace('a', fresh), (error) => isFault(error, 'sync-failed'));
    await machine.start().writeInPlace('a', fresh);
    machine.crash();
    assert.deepEqual(await machine.start().read('a'), fresh);
  }
});

it('loses what a lying disk said to have synced', async () => {
  const machine = strikeAt('sync', 'lost-sync');
  await machine.start().writeInPlace('a', fresh);
  machine.crash();
  assert.notDeepEqual(await machine.start().read('a'), fresh);
});

it('refuses with disk-full, goes on reading, and writes again when there is room', async () => {
  const machine = new MemoryDisk({ capacityBytes: 10_000 });
  const disk = machine.start();
  await disk.writeInPlace('a', new Uint8Array(6000));
  await assert.rejects(disk.writeInPlace('b', new Uint8Array(6000)), (error) => isFault(error, 'disk-full'));
  await assert.rejects(disk.append('a', new Uint8Array(6000)), (error) => isFault(error, 'disk-full'));
  assert.equal(await disk.size('a'), 6000, 'half an append was taken back');
  await disk.remove('b');
  await assert.rejects(disk.replace('a', new Uint8Array(6000)), (error) => isFault(error, 'disk-full'));
  assert.deepEqual(await disk.list(''), ['a'], 'half a replacement was removed');
  assert.equal(await disk.freeBytes(), 4000);
  await disk.append('a', new Uint8Array(4000));
});

it('passes on errors of reading and writing', async () => {
  await assert.rejects(strikeAt('read', 'io').start().read('a'), (error) => isFault(error, 'io'));
  await assert.rejects(strikeAt('write', 'io').start().writeInPlace('a', fresh), (error) => isFault(error, 'io'));
  await assert.rejects(strikeAt('open', 'disk-full').start().writeInPlace('a', fresh), (error) =>
    isFault(error, 'disk-full'),
  );
});

it('shows a flipped bit, before and after a crash', async () => {
  const machine = new MemoryDisk();
  await machine.start().writeInPlace('a', old);
  machine.flip('a', 8 * 700 + 1);
  const flipped = old.slice();
  flipped[700] = 3;
  assert.deepEqual(await machine.start().read('a'), flipped);
  machine.crash();
  assert.deepEqual(await machine.start().read('a'), flipped);
});

it('cuts off a program that outlives its machine', async () => {
  const machine = new MemoryDisk();
  const before = machine.start();
  machine.crash();
  await assert.rejects(before.read('a'), PowerCut);
  assert.equal(await machine.start().read('a'), null);
});

/** Every write is refused or acknowledged, and whatever was acknowledged is there after any crash. */
it('keeps what was acknowledged through every fault but a lying disk', async () => {
  const step = fc.record({ path: fc.constantFrom('a', 'b', 'f/c', 'f/d'), fill: fc.integer({ min: 1, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(step, { maxLength: 12 }), async (seed, steps) => {
      const faults = new SeededDiskFaults(seed, {});
      const machine = new MemoryDisk({ faults });
      await machine.start().makeFolder('f');
      let disk = machine.start();
      const acknowledged = new Map<string, number>();
      for (const { path, fill } of steps) {
        faults.rates = { io: 40_000, 'disk-full': 40_000, 'short-write': 200_000, 'power-cut': 40_000 };
        const written = await disk.replace(path, new Uint8Array(2000).fill(fill)).then(
          () => true,
          (error: unknown) => {
            assert.ok(error instanceof PowerCut || isFault(error), String(error));
            return false;
          },
        );
        faults.rates = {};
        if (written) acknowledged.set(path, fill);
        // What failed may have reached the platter or not; either way it is whole.
        machine.crash();
        disk = machine.start();
        for (const [known, value] of acknowledged) {
          const found = (await disk.read(known)) ?? noBytes;
          assert.equal(found.length, 2000);
          const first = found[0] ?? 0;
          assert.ok(found.every((byte) => byte === first));
          assert.ok(first === value || (known === path && !written && first === fill), `${known} holds ${first}`);
          acknowledged.set(known, first);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('replays a run from its seed', () => {
  const draw = (): number[] => {
    const numbers = new SeededNumbers(42);
    return Array.from({ length: 50 }, () => numbers.pick(1000));
  };
  assert.deepEqual(draw(), draw());
});
