import { openPlaceDisk } from '../disk-files.ts';
import type { DurableDisk } from '../durable-disk.ts';
import { FolderPlace, mountedRoot, type ObjectDisk, type PlaceRoot } from './folder-place.ts';
import { assertObjectName } from './object-name.ts';
import type { ErasablePlace, Removal } from './place.ts';

type ErasableDisk = ObjectDisk & Pick<DurableDisk, 'remove'>;

/** The reaper's way into a folder place. */
export class ErasableFolderPlace extends FolderPlace implements ErasablePlace {
  readonly #root: PlaceRoot;
  readonly #disk: ErasableDisk;

  constructor(root: PlaceRoot, openDisk: () => ErasableDisk) {
    super(root, openDisk);
    this.#root = root;
    this.#disk = openDisk();
  }

  async remove(name: string): Promise<Removal> {
    assertObjectName(name);
    await this.#root.stillThere();
    // What a crash left beside goes first: the object itself says that there is still something to remove.
    await this.#disk.remove(`${name}.new`);
    await this.#disk.remove(name);
    return { kind: 'removed' };
  }
}

/** @throws Fault `unavailable` when there is no such folder. */
export async function openErasableFolder(folder: string): Promise<ErasableFolderPlace> {
  return new ErasableFolderPlace(await mountedRoot(folder), () => openPlaceDisk(folder));
}
