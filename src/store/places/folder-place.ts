import { stat } from 'node:fs/promises';
import { Fault, isFault } from '#base/fault.ts';
import { openPlaceDisk } from '../disk-files.ts';
import type { DurableDisk } from '../durable-disk.ts';
import { folderOf } from '../files.ts';
import { MadeFolders } from '../made-folders.ts';
import { fateOfFolder } from './folder-fate.ts';
import { assertObjectName, compareNames, isObjectName } from './object-name.ts';
import type { Place, PlacedObject } from './place.ts';

/** What an ordinary place may do to its disk: no removal. */
export type ObjectDisk = Pick<DurableDisk, 'putObject' | 'read' | 'size' | 'entries' | 'makeFolder' | 'freeBytes'>;

/** The folder that holds the objects: its name, and whether it is still the one that was opened. */
export interface PlaceRoot {
  readonly title: string;
  fate(): Promise<string>;
  /** @throws Fault `unavailable` when another folder, or none, is there now. */
  stillThere(): Promise<void>;
}

/** How many files are asked for their size at once while listing. */
const sizesAtOnce = 32;

/** A folder of a disk or of a network mount: an object is a file (docs/format.md §13). */
export class FolderPlace implements Place {
  readonly title: string;
  readonly #root: PlaceRoot;
  readonly #openDisk: () => ObjectDisk;
  #disk: ObjectDisk;
  #folders: MadeFolders;

  constructor(root: PlaceRoot, openDisk: () => ObjectDisk) {
    this.title = root.title;
    this.#root = root;
    this.#openDisk = openDisk;
    this.#disk = openDisk();
    this.#folders = new MadeFolders(this.#disk);
  }

  async fate(): Promise<string> {
    await this.#root.stillThere();
    return await this.#root.fate();
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    assertObjectName(name);
    await this.#root.stillThere();
    const disk = this.#disk;
    try {
      const folder = folderOf(name);
      if (folder !== '') await this.#folders.ensure(folder);
      // A crash in here leaves at most NAME.new, which no listing shows and the next put of the name writes over.
      await disk.putObject(name, bytes);
    } catch (error) {
      this.#startOver(disk, error);
      throw error;
    }
  }

  async get(name: string): Promise<Uint8Array | null> {
    assertObjectName(name);
    await this.#root.stillThere();
    return await this.#disk.read(name);
  }

  async size(name: string): Promise<number | null> {
    assertObjectName(name);
    await this.#root.stillThere();
    return await this.#disk.size(name);
  }

  async *list(prefix: string, after = ''): AsyncGenerator<PlacedObject> {
    await this.#root.stillThere();
    yield* this.#walk('', prefix, after);
  }

  async freeBytes(): Promise<number> {
    await this.#root.stillThere();
    return await this.#disk.freeBytes();
  }

  async close(): Promise<void> {}

  /**
   * After a failed fsync every put on its way fails too, for what they wrote is unknown; those that come later write all
   * their bytes anew, folders included, so their fsync says something again.
   */
  #startOver(failed: ObjectDisk, error: unknown): void {
    if (failed !== this.#disk) return;
    if (isFault(error, 'sync-failed')) this.#disk = this.#openDisk();
    // Also when somebody else took the folder away.
    this.#folders = new MadeFolders(this.#disk);
  }

  async *#walk(folder: string, prefix: string, after: string): AsyncGenerator<PlacedObject> {
    let files: string[] = [];
    for (const { path, isFolder } of await this.#sorted(folder)) {
      if (!isFolder) {
        if (path.startsWith(prefix) && compareNames(path, after) > 0) files.push(path);
        if (files.length < sizesAtOnce) continue;
      }
      yield* await this.#withSizes(files);
      files = [];
      if (isFolder && mayHold(path, prefix, after)) yield* this.#walk(path.slice(0, -1), prefix, after);
    }
    yield* await this.#withSizes(files);
  }

  /** A folder with `/` behind it, so that it stands where the names in it do: `a-b` before `a/b`. */
  async #sorted(folder: string): Promise<readonly { readonly path: string; readonly isFolder: boolean }[]> {
    const found = [];
    for (const { name, kind } of await this.#disk.entries(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      // ext4 makes lost+found at the top of a disk, for root alone.
      if (kind === 'other' || !isObjectName(path) || path === 'lost+found') continue;
      found.push({ path: kind === 'folder' ? `${path}/` : path, isFolder: kind === 'folder' });
    }
    return found.sort((a, b) => compareNames(a.path, b.path));
  }

  async #withSizes(names: readonly string[]): Promise<readonly PlacedObject[]> {
    const sizes = await Promise.all(names.map((name) => this.#disk.size(name)));
    return names.flatMap((name, at) => {
      const sizeBytes = sizes[at] ?? null;
      return sizeBytes === null ? [] : [{ name, sizeBytes }];
    });
  }
}

/** @throws Fault `unavailable` when there is no such folder; it is never made here, for it may be a disk not mounted. */
export async function openFolderPlace(folder: string): Promise<FolderPlace> {
  return new FolderPlace(await mountedRoot(folder), () => openPlaceDisk(folder));
}

export async function mountedRoot(folder: string): Promise<PlaceRoot> {
  const opened = await identityOf(folder);
  return {
    title: folder,
    fate: () => answering(folder, () => fateOfFolder(folder)),
    stillThere: async () => {
      // A disk that was taken out leaves its empty mount point: nothing may be written there.
      if ((await identityOf(folder)) === opened) return;
      throw new Fault(
        'unavailable',
        `Another disk or folder is at ${folder} than when it was opened. Nothing was written to it; mount the right one.`,
      );
    },
  };
}

async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await answering(folder, () => stat(`${folder}/`));
  return `${dev}:${ino}`;
}

async function answering<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Fault('unavailable', `The folder ${folder} does not answer. Nothing was lost; is its disk mounted?`, {
      cause,
    });
  }
}

function mayHold(folder: string, prefix: string, after: string): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return after.startsWith(folder) || compareNames(folder, after) > 0;
}
