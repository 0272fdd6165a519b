import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import type { ChunkId } from '#base/ids.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import type { ChunkRow, ChunkState } from '#store/journal/journal.ts';
import { keysFor, SteppingClock } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { KeptLines } from './kept-lines.ts';
import { Losses } from './losses.ts';
import { noteGone, type RepairParts, repairChunk } from './repair.ts';

const good = Chunk.of(new Seeded('repair').bytes(100_000));
const other = Chunk.of(new Seeded('another').bytes(100_000));
const { vault } = keysFor('repair');

function stand(state: ChunkState = 'live'): RepairParts & { readonly disk: ReturnType<MemoryDisk['start']> } {
  const disk = new MemoryDisk().start();
  const row: ChunkRow = { vault, state, sizeBytes: good.bytes.length, place: 'file' };
  const journal = { chunk: async (id: ChunkId) => (id === good.id ? row : null), chunkData: async () => null };
  const losses = new Losses(new KeptLines(disk), new SteppingClock());
  return { journal, chunks: new ChunkFiles(disk), losses, disk };
}

const states = async (parts: RepairParts): Promise<readonly string[]> =>
  (await parts.losses.stories()).map((each) => `${each.last.what} ${each.last.from ?? '-'}`);

it('puts back what is missing, and notes it', async () => {
  const parts = stand();
  assert.equal(await repairChunk(parts, good.id, good.bytes, 'copy B'), 'repaired');
  assert.deepEqual(new Uint8Array(present(await parts.chunks.get(good.id), 'chunk')), good.bytes);
  assert.deepEqual(await states(parts), ['repaired copy B']);
  assert.equal(await repairChunk(parts, good.id, good.bytes, 'copy B'), 'was-whole');
});

it('believes nobody: other bytes are not written, and nothing is said to be repaired', async () => {
  const parts = stand();
  for (const offered of [other.bytes, good.bytes.subarray(1), new Uint8Array(0)])
    assert.equal(await repairChunk(parts, good.id, offered, 'copy B'), 'other-bytes');
  assert.deepEqual([await parts.chunks.get(good.id), await states(parts)], [null, []]);
});

it('brings nothing back that the reaper took, or that no vault keeps', async () => {
  for (const state of ['condemned', 'erased', 'leased'] as const)
    assert.equal(await repairChunk(stand(state), good.id, good.bytes, 'copy B'), 'not-kept');
  assert.equal(await repairChunk(stand(), other.id, other.bytes, 'copy B'), 'not-kept');
});

it('tells when a chunk was first found damaged, and that it came back later', async () => {
  const parts = stand();
  assert.equal(await noteGone(parts, good.id), true);
  assert.deepEqual(await states(parts), ['gone -']);
  const [gone] = await parts.losses.stories();
  await repairChunk(parts, good.id, good.bytes, 'copy C');
  const [back] = await parts.losses.stories();
  assert.deepEqual([back?.sinceMs, back?.last.what], [gone?.sinceMs, 'repaired']);
  assert.equal(await noteGone(parts, good.id), false);
});

it('keeps the lines behind one that a power cut tore, and drops files that are too old', async () => {
  const parts = stand();
  await noteGone(parts, good.id);
  const [name = ''] = await parts.disk.list('copies');
  await parts.disk.append(`copies/${name}`, utf8('\n{"timeMs": 17, "chu'));
  await parts.disk.append(`copies/${name}`, new Uint8Array(40));
  await repairChunk(parts, good.id, good.bytes, 'copy B');
  assert.deepEqual(await states(parts), ['repaired copy B']);
  const lines = new KeptLines(parts.disk);
  await lines.dropOld(Date.UTC(2035, 11, 31));
  assert.deepEqual(await parts.disk.list('copies'), [name]);
  await lines.dropOld(Date.UTC(2037, 0, 1));
  assert.deepEqual(await parts.disk.list('copies'), []);
});
