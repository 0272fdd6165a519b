import { type ChunkId, parseChunkId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';
import { MadeFolders } from '../made-folders.ts';
import type { Chunk } from './chunk.ts';
import type { ChunkStore } from './chunk-store.ts';

/** What a chunk store may do to a disk: neither remove nor replace. */
export type ChunkDisk = Pick<Disk, 'writeInPlace' | 'read' | 'size' | 'list' | 'makeFolder'>;

const folder = 'chunks';
const prefixPattern = /^[0-9a-f]{2}$/;

/** docs/format.md §9: `chunks/ab/ID`. */
export class ChunkFiles implements ChunkStore {
  readonly #disk: ChunkDisk;
  readonly #folders: MadeFolders;

  constructor(disk: ChunkDisk) {
    this.#disk = disk;
    this.#folders = new MadeFolders(disk);
  }

  async put({ id, bytes }: Chunk): Promise<void> {
    await this.#folders.ensure(`${folder}/${id.slice(0, 2)}`);
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
}

function pathOf(id: ChunkId): string {
  return `${folder}/${id.slice(0, 2)}/${id}`;
}
