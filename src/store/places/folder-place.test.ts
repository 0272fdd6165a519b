import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import fc from 'fast-check';
import { Fault, isFault } from '#base/fault.ts';
import { type DiskFault, type DiskOperation, MemoryDisk, type MemoryDiskOptions, PowerCut } from '../disk-memory.ts';
import { SeededDiskFaults, SeededNumbers } from '../seeded-faults.ts';
import { ErasableFolderPlace, openErasableFolder } from './erasable-folder.ts';
import { FolderPlace, openFolderPlace, type PlaceRoot } from './folder-place.ts';
import {
  bytesOf,
  contentOf,
  type ErasablePlaceUnderTest,
  erasablePlaceContract,
  namesIn,
  placeContract,
} from './place.contract.ts';

const scratch = mkdtempSync(join(tmpdir(), 'folder-place-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

async function real(): Promise<ErasablePlaceUnderTest> {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  return {
    place: await openFolderPlace(folder),
    erasable: await openErasableFolder(folder),
    restart: () => openFolderPlace(folder),
    interrupt: async () => {
      // As when a disk is taken out: its mount point is an empty folder.
      renameSync(folder, `${folder}-away`);
      mkdirSync(folder);
      return async () => {
        assert.deepEqual(readdirSync(folder), [], 'nothing was written to the empty mount point');
        rmSync(folder, { recursive: true });
        renameSync(`${folder}-away`, folder);
      };
    },
  };
}

/** A simulated machine, and whether its folder is mounted. */
class Machine {
  readonly disk: MemoryDisk;
  mounted = true;

  constructor(options: MemoryDiskOptions = {}) {
    this.disk = new MemoryDisk(options);
  }

  open(): FolderPlace {
    return new FolderPlace(this.#root(), () => this.disk.start());
  }

  openErasable(): ErasableFolderPlace {
    return new ErasableFolderPlace(this.#root(), () => this.disk.start());
  }

  restart(): FolderPlace {
    this.disk.crash();
    return this.open();
  }

  #root(): PlaceRoot {
    const stillThere = async (): Promise<void> => {
      if (!this.mounted) throw new Fault('unavailable', 'not mounted');
    };
    return { title: 'simulated', fate: async () => 'simulated', stillThere };
  }
}

function simulated(): ErasablePlaceUnderTest {
  const machine = new Machine();
  return {
    place: machine.open(),
    erasable: machine.openErasable(),
    restart: () => machine.restart(),
    interrupt: async () => {
      machine.mounted = false;
      return async () => {
        machine.mounted = true;
      };
    },
  };
}

placeContract('folder', real);
placeContract('folder on a simulated disk', simulated);
erasablePlaceContract('folder', real);
erasablePlaceContract('folder on a simulated disk', simulated);

it('shows no half-written file, no link, and no name that is none', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  const place = await openFolderPlace(folder);
  await place.put('chunks/ab/x', bytesOf(10));
  writeFileSync(join(folder, 'chunks', 'ab', 'y.new'), 'half');
  writeFileSync(join(folder, 'chunks', 'ab', 'a\\b'), '');
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'chunks', 'ab', 'z')), Buffer.from([0xff])]), 'not UTF-8');
  symlinkSync('/etc/hostname', join(folder, 'chunks', 'ab', 'link'));
  symlinkSync('/etc', join(folder, 'chunks', 'etc'));
  mkdirSync(join(folder, 'lost+found'));
  writeFileSync(join(folder, 'lost+found', 'inode'), '');
  assert.deepEqual(await namesIn(place), ['chunks/ab/x']);
  await assert.rejects(place.get('chunks/ab/link'), (error) => isFault(error, 'io'));
});

it('makes no folder for a place that is not there', async () => {
  await assert.rejects(openFolderPlace(join(scratch, 'no')), (error) => isFault(error, 'unavailable'));
  writeFileSync(join(scratch, 'file'), '');
  await assert.rejects(openFolderPlace(join(scratch, 'file')), (error) => isFault(error, 'unavailable'));
});

it('goes on after somebody removed its folders', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  const place = await openFolderPlace(folder);
  await place.put('chunks/ab/x', bytesOf(10));
  rmSync(join(folder, 'chunks'), { recursive: true });
  await assert.rejects(place.put('chunks/ab/x', bytesOf(10)), (error) => isFault(error, 'io'));
  await place.put('chunks/ab/x', bytesOf(10));
  assert.equal(await place.size('chunks/ab/x'), 10);
});

it('removes also what a crash left beside', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  const place = await openErasableFolder(folder);
  await place.put('chunks/ab/x', bytesOf(10));
  writeFileSync(join(folder, 'chunks', 'ab', 'x.new'), 'half');
  await place.remove('chunks/ab/x');
  assert.deepEqual(readdirSync(join(folder, 'chunks', 'ab')), []);
});

it('is full, goes on reading, leaves nothing half-written, and takes more when there is room', async () => {
  const machine = new Machine({ capacityBytes: 10_000 });
  const place = machine.openErasable();
  await place.put('a', bytesOf(6000));
  await assert.rejects(place.put('b', bytesOf(6000)), (error) => isFault(error, 'disk-full'));
  assert.deepEqual(machine.disk.files(), ['a']);
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(6000));
  await place.remove('a');
  await place.put('b', bytesOf(6000));
});

/** Strikes at the n-th call of one operation, once. */
function strikeAt(operation: DiskOperation, fault: DiskFault, n = 1): Machine {
  let calls = 0;
  const decide = (asked: DiskOperation): DiskFault | null => (asked === operation && ++calls === n ? fault : null);
  return new Machine({ faults: { decide, pick: new SeededNumbers(n).pick } });
}

it('an object that is kept although its put failed is put again, and is there once', async () => {
  for (const [operation, n] of [
    ['sync-folder', 1],
    ['rename', 1],
    ['sync', 1],
  ] as const) {
    const machine = strikeAt(operation, 'io', n);
    const place = machine.open();
    await assert.rejects(place.put('a', bytesOf(3000)), isFault, operation);
    await place.put('a', bytesOf(3000));
    const after = machine.restart();
    assert.deepEqual(await namesIn(after), ['a']);
    assert.deepEqual(await contentOf(after, 'a'), bytesOf(3000));
  }
});

it('fails every put on its way when an fsync fails, and writes again afterwards', async () => {
  const machine = strikeAt('sync-folder', 'io', 3);
  const place = machine.open();
  await place.put('f/first', bytesOf(100));
  const outcomes = await Promise.allSettled(['f/a', 'f/b', 'f/c'].map((name) => place.put(name, bytesOf(100))));
  const failed = outcomes.filter(({ status }) => status === 'rejected');
  assert.ok(failed.length > 0);
  for (const name of ['f/a', 'f/b', 'f/c']) await place.put(name, bytesOf(100));
  const after = machine.restart();
  assert.deepEqual(await namesIn(after), ['f/a', 'f/b', 'f/c', 'f/first']);
});

it('syncs a folder once for all who wait for it', async () => {
  const calls: string[] = [];
  const decide = (operation: DiskOperation): null => {
    if (operation === 'sync-folder') calls.push(operation);
    return null;
  };
  const machine = new Machine({ faults: { decide, pick: () => 0 } });
  const place = machine.open();
  await place.put('f/first', bytesOf(10));
  calls.length = 0;
  await Promise.all(Array.from({ length: 50 }, (_, at) => place.put(`f/${at}`, bytesOf(10))));
  assert.ok(calls.length >= 2 && calls.length < 25, `${calls.length} fsyncs of the folder for 50 objects`);
  assert.equal((await namesIn(machine.restart())).length, 51);
});

/** Old, new or none: never a part, and never without what was acknowledged. */
it('keeps objects whole through every fault of a disk', async () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'f/b', 'f/c', 'g/h/d'),
    size: fc.integer({ min: 0, max: 4000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 8 }),
      async (seed, rounds) => {
        const faults = new SeededDiskFaults(seed, {});
        const machine = new Machine({ faults });
        let place = machine.open();
        /** By name: the contents that may be there, null for none. */
        const possible = new Map<string, (number | null)[]>();
        for (const round of rounds) {
          faults.rates = { io: 30_000, 'disk-full': 30_000, 'short-write': 200_000, 'power-cut': 30_000 };
          const last = new Map(round.map(({ name, size }) => [name, size]));
          await Promise.all(
            [...last].map(async ([name, size]) => {
              const before = possible.get(name) ?? [null];
              try {
                await place.put(name, bytesOf(size, size));
                possible.set(name, [size]);
              } catch (error) {
                assert.ok(error instanceof PowerCut || isFault(error), String(error));
                possible.set(name, [...before, size]);
              }
            }),
          );
          faults.rates = {};
          place = machine.restart();
          for (const [name, sizes] of possible) {
            const found = await place.get(name);
            const size = found === null ? null : found.length;
            assert.ok(sizes.includes(size), `${name} has ${size}, possible are ${sizes}`);
            if (size !== null) assert.deepEqual(found, bytesOf(size, size));
            possible.set(name, [size]);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
