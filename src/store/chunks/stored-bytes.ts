import { isFault } from '#base/fault.ts';
import { type ChunkId, chunkIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { ChunkStore } from './chunk-store.ts';

export type StoredBytes =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'missing' };

/**
 * The bytes that hash to the id, wherever they stand (docs/format.md §9): those of the database; otherwise the file, of which
 * only as many count as the row says. What is damaged in the database is repaired by a file, so that is looked for as well.
 * @throws Fault when the disk does not answer; a sector that cannot be read is damage.
 */
export async function storedBytes(
  journal: Pick<JournalReader, 'chunk' | 'chunkData'>,
  chunks: Pick<ChunkStore, 'get'>,
  id: ChunkId,
): Promise<StoredBytes> {
  const inDatabase = await unlessUnreadable(journal.chunkData(id));
  if (hasId(inDatabase, id)) return { kind: 'whole', bytes: inDatabase };
  const inFile = await unlessUnreadable(chunks.get(id));
  if (hasId(inFile, id)) return { kind: 'whole', bytes: inFile };
  const row = inFile.length === 0 ? null : await journal.chunk(id);
  const counting = inFile.subarray(0, row?.sizeBytes);
  if (counting.length < inFile.length && hasId(counting, id)) return { kind: 'whole', bytes: counting };
  return inDatabase === absent && inFile === absent ? { kind: 'missing' } : { kind: 'damaged' };
}

const absent = new Uint8Array(0);
const unreadable = new Uint8Array(0);

function hasId(bytes: Uint8Array, id: ChunkId): boolean {
  return bytes.length > 0 && chunkIdOf(sha256(bytes)) === id;
}

async function unlessUnreadable(reading: Promise<Uint8Array | null>): Promise<Uint8Array> {
  try {
    return (await reading) ?? absent;
  } catch (error) {
    if (isFault(error, 'io') || isFault(error, 'damaged')) return unreadable;
    throw error;
  }
}
