import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { openFileDisk } from '../disk-files.ts';
import { MemoryDisk, PowerCut } from '../disk-memory.ts';
import { SeededDiskFaults } from '../seeded-faults.ts';
import { ChunkFiles } from './chunk-files.ts';
import { bytesOf, chunkOf, chunkStoreContract, idsOf } from './chunk-store.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'chunk-files-'));
after(() => rmSync(root, { recursive: true, force: true }));

chunkStoreContract('real files', () => {
  const folder = mkdtempSync(join(root, 'folder-'));
  const open = (): ChunkFiles => new ChunkFiles(openFileDisk(folder));
  return { store: open(), restart: open };
});

chunkStoreContract('simulated disk', () => {
  const machine = new MemoryDisk();
  const restart = (): ChunkFiles => {
    machine.crash();
    return new ChunkFiles(machine.start());
  };
  return { store: new ChunkFiles(machine.start()), restart };
});

it('lists no name that is not a chunk id in its own folder', async () => {
  const folder = mkdtempSync(join(root, 'folder-'));
  const chunk = chunkOf(1);
  const { id } = chunk;
  const store = new ChunkFiles(openFileDisk(folder));
  await store.put(chunk);
  mkdirSync(join(folder, 'chunks', 'zz'));
  writeFileSync(join(folder, 'chunks', 'zz', chunkOf(2).id), '');
  const elsewhere = id.startsWith('00') ? '11' : '00';
  mkdirSync(join(folder, 'chunks', elsewhere), { recursive: true });
  writeFileSync(join(folder, 'chunks', elsewhere, id), '');
  writeFileSync(join(folder, 'chunks', id.slice(0, 2), 'note.txt'), '');
  assert.deepEqual(await idsOf(store), [id]);
});

it('makes a folder again that could not be made before', async () => {
  const faults = new SeededDiskFaults(1, { 'disk-full': 1_000_000 });
  const store = new ChunkFiles(new MemoryDisk({ faults }).start());
  const chunk = chunkOf(1);
  await assert.rejects(store.put(chunk), (error) => isFault(error, 'disk-full'));
  faults.rates = {};
  await store.put(chunk);
  assert.deepEqual(await bytesOf(store, chunk.id), chunk.bytes);
});

it('keeps what was acknowledged through faults and crashes, over 200 seeds', async () => {
  let cuts = 0;
  let refused = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const faults = new SeededDiskFaults(seed, {});
    const machine = new MemoryDisk({ faults });
    let store = new ChunkFiles(machine.start());
    const acknowledged = new Set<number>();
    for (let turn = 0; turn < 15; turn++) {
      faults.rates = { io: 20_000, 'disk-full': 20_000, 'short-write': 200_000, 'power-cut': 30_000 };
      const fill = faults.pick(6);
      const chunk = chunkOf(fill, 3000);
      try {
        await store.put(chunk);
        acknowledged.add(fill);
      } catch (error) {
        assert.ok(error instanceof PowerCut || isFault(error), String(error));
        if (error instanceof PowerCut) cuts += 1;
        else refused += 1;
        faults.rates = {};
        machine.crash();
        store = new ChunkFiles(machine.start());
      }
      faults.rates = {};
      for (const known of acknowledged) {
        const expected = chunkOf(known, 3000);
        assert.deepEqual(await bytesOf(store, expected.id), expected.bytes, `seed ${seed}`);
      }
    }
  }
  assert.ok(cuts > 50 && refused > 50, `${cuts} power cuts and ${refused} refusals struck`);
});
