import { type ChunkId, chunkIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';

/** Stored bytes with the id that they hash to. Made here only, so that hashing them once is enough; they never change. */
export class Chunk {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;

  private constructor(id: ChunkId, bytes: Uint8Array) {
    this.id = id;
    this.bytes = bytes;
  }

  static of(bytes: Uint8Array): Chunk {
    return new Chunk(chunkIdOf(sha256(bytes)), bytes);
  }
}
