import type { ChunkId } from '#base/ids.ts';
import type { Chunk } from './chunk.ts';

/**
 * Immutable sealed pieces, named by the SHA-256 of their bytes. There is no removal here: the reaper has a program of its
 * own. Every method throws Fault.
 */
export interface ChunkStore {
  /** Returns when the bytes would survive a power cut. The id must be leased or live in the journal before. */
  put(chunk: Chunk): Promise<void>;
  /** The bytes as they are stored (the caller authenticates them), or null when there are none. */
  get(id: ChunkId): Promise<Uint8Array | null>;
  /** Size of what is stored, or null. */
  sizeBytes(id: ChunkId): Promise<number | null>;
  /** Every id that is stored, in no particular order; names that are not chunk ids are not listed. */
  list(): AsyncIterable<ChunkId>;
}
