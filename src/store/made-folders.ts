import type { Disk } from './disk.ts';

/** Far more than there are; beyond it they are made anew, which changes nothing. */
const maxRemembered = 10_000;

/** Folders that this process made durable once, before the first file in each. */
export class MadeFolders {
  readonly #disk: Pick<Disk, 'makeFolder'>;
  readonly #made: Map<string, Promise<void>> = new Map();

  constructor(disk: Pick<Disk, 'makeFolder'>) {
    this.#disk = disk;
  }

  async ensure(path: string): Promise<void> {
    const making = this.#made.get(path) ?? this.#disk.makeFolder(path);
    if (this.#made.size >= maxRemembered) this.#made.clear();
    this.#made.set(path, making);
    try {
      await making;
    } catch (error) {
      // On a full disk it is tried again by the next one.
      if (this.#made.get(path) === making) this.#made.delete(path);
      throw error;
    }
  }
}
