import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault } from '#base/fault.ts';
import { type ChunkId, vaultIdOf } from '#base/ids.ts';
import { Chunk } from './chunk.ts';
import { storedBytes } from './stored-bytes.ts';

const good = Chunk.of(Uint8Array.from({ length: 1000 }, (_, at) => at % 251));
const bad = good.bytes.with(500, 0);
const longer = Uint8Array.from([...good.bytes, 1, 2, 3]);

type Found = Uint8Array | null | 'unreadable';

function kindOf(inDatabase: Found, inFile: Found): ReturnType<typeof storedBytes> {
  const give = async (found: Found): Promise<Uint8Array | null> => {
    if (found === 'unreadable') throw new Fault('io', 'a sector that cannot be read');
    return found;
  };
  const row = { vault: vaultIdOf(new Uint8Array(16)), state: 'live', sizeBytes: 1000, place: 'file' } as const;
  const journal = { chunk: async () => row, chunkData: (_id: ChunkId) => give(inDatabase) };
  return storedBytes(journal, { get: () => give(inFile) }, good.id);
}

it('gives the bytes that hash to the id, wherever they stand', async () => {
  for (const [inDatabase, inFile] of [
    [good.bytes, null],
    [null, good.bytes],
    [bad, good.bytes],
    ['unreadable', good.bytes],
    [bad, longer],
    [null, longer],
  ] as const) {
    const stored = await kindOf(inDatabase, inFile);
    assert.ok(stored.kind === 'whole');
    assert.deepEqual(stored.bytes, good.bytes);
  }
});

it('gives out no other bytes, and says whether any were there', async () => {
  for (const [inDatabase, inFile] of [
    [bad, null],
    [bad, bad],
    [null, bad],
    [null, longer.with(5, 77)],
    [null, 'unreadable'],
    ['unreadable', null],
  ] as const)
    assert.deepEqual(await kindOf(inDatabase, inFile), { kind: 'damaged' });
  assert.deepEqual(await kindOf(null, null), { kind: 'missing' });
});
