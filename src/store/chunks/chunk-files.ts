import { type ChunkId, parseChunkId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';
import type { Chunk } from './chunk.ts';
import type { ChunkStore } from './chunk-store.ts';

/** What a chunk store may do to a disk: neither remove nor replace. */
export type ChunkDisk = Pick<Disk, 'writeInPlace' | 'read' | 'size' | 'list' | 'makeFolder'>;

const folder = 'chunks';
const prefixPattern = /^[0-9a-f]{2}$/;

/** docs/format.md §9: `chunks/ab/ID`. */
export class ChunkFiles implements ChunkStore {
  readonly #disk: ChunkDisk;
  /** By prefix: at most 256, each made durable once by this process before its first chunk. */
  readonly #folders: Map<string, Promise<void>> = new Map();

  constructor(disk: ChunkDisk) {
    this.#disk = disk;
  }

  async put({ id, bytes }: Chunk): Promise<void> {
    await this.#ensureFolder(id.slice(0, 2));
    await this.#disk.writeInPlace(pathOf(id), bytes);
  }

  async get(id: ChunkId): Promise<Uint8Array | null> {
    return await this.#disk.read(pathOf(id));
  }

  async sizeBytes(id: ChunkId): Promise<number | null> {
    return await this.#disk.size(pathOf(id));
  }

  async *list(): AsyncGenerator<ChunkId> {
    for (const prefix of await this.#disk.list(folder)) {
      if (!prefixPattern.test(prefix)) continue;
      for (const name of await this.#disk.list(`${folder}/${prefix}`)) {
        const id = parseChunkId(name);
        if (id?.startsWith(prefix)) yield id;
      }
    }
  }

  async #ensureFolder(prefix: string): Promise<void> {
    const making = this.#folders.get(prefix) ?? this.#disk.makeFolder(`${folder}/${prefix}`);
    this.#folders.set(prefix, making);
    try {
      await making;
    } catch (error) {
      // On a full disk it is tried again by the next one.
      if (this.#folders.get(prefix) === making) this.#folders.delete(prefix);
      throw error;
    }
  }
}

function pathOf(id: ChunkId): string {
  return `${folder}/${id.slice(0, 2)}/${id}`;
}
