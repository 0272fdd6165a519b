import type { ChunkId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';

/** The reaper's way to the files of chunks (docs/format.md §9). */
export interface ErasableChunks {
  /** Durable when it returns. The id is condemned in the journal before. One that has no file counts as removed. */
  remove(id: ChunkId): Promise<void>;
}

export class ErasableChunkFiles implements ErasableChunks {
  readonly #disk: Pick<Disk, 'remove'>;

  constructor(disk: Pick<Disk, 'remove'>) {
    this.#disk = disk;
  }

  async remove(id: ChunkId): Promise<void> {
    const name = `${id.slice(0, 2)}/${id}`;
    await this.#disk.remove(`mended/${name}`);
    await this.#disk.remove(`chunks/${name}`);
  }
}
