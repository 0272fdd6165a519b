import { constants, type Dirent, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '#base/assert.ts';
import type { Disk } from './disk.ts';
import { DurableDisk } from './durable-disk.ts';
import { errnoOf, type Files, type FolderEntry, folderOf, type OpenFile } from './files.ts';
import { type FileModes, modesOf } from './shared-folder.ts';

/**
 * SQLite keeps POSIX locks on these. Closing any descriptor of a file drops all locks of the process on it, so nothing
 * in this process may open them but SQLite.
 */
const databases: ReadonlySet<string> = new Set(['journal.db', 'lock.db']);

const chunkFolder = 'chunks/';
const refusedCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

const noFolderSync: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

const writeFlags = constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW;

/** The disk of the data folder `root`, which must exist. */
export function openFileDisk(root: string): Disk {
  return new DurableDisk(chunksAreOfAnother(root) ? new MendedFiles(root) : new NodeFiles(root));
}

function chunksAreOfAnother(root: string): boolean {
  const owner = statSync(join(root, 'chunks'), { throwIfNoEntry: false })?.uid;
  const self = process.geteuid?.();
  return owner !== undefined && self !== 0 && owner !== self;
}

/** The disk below a folder place, which may be a network mount; the folder must exist. */
export function openPlaceDisk(root: string): DurableDisk {
  return new DurableDisk(new PlaceFiles(root));
}

class NodeFiles implements Files {
  readonly #root: string;
  readonly #modes: FileModes;

  constructor(root: string) {
    this.#root = root;
    this.#modes = modesOf(root);
  }

  async open(path: string): Promise<OpenFile> {
    return new NodeOpenFile(await this.#open(path, writeFlags));
  }

  async read(path: string): Promise<Uint8Array> {
    const handle = await this.#open(path, readFlags);
    try {
      return await readWhole(handle);
    } finally {
      await handle.close();
    }
  }

  async sizeBytes(path: string): Promise<number> {
    return (await stat(this.#absolute(path))).size;
  }

  async list(path: string): Promise<readonly FolderEntry[]> {
    const entries = await readdir(this.#absolute(path), { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  }

  async makeFolder(path: string): Promise<void> {
    await mkdir(this.#absolute(path), { mode: this.#modes.folder });
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#absolute(from), this.#absolute(to));
  }

  async remove(path: string): Promise<void> {
    await unlink(this.#absolute(path));
  }

  async syncFolder(path: string): Promise<void> {
    const handle = await open(this.#absolute(path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#root);
    return bavail * bsize;
  }

  async #open(path: string, flags: number): Promise<FileHandle> {
    assert(!databases.has(path), `${path} is opened by SQLite only`);
    const { chunk, file } = this.#modes;
    return await open(this.#absolute(path), flags, path.startsWith(chunkFolder) ? chunk : file);
  }

  #absolute(path: string): string {
    return join(this.#root, path);
  }
}

function kindOf(entry: Dirent): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

/**
 * Files of chunks that the reaper's user has taken over (docs/format.md §9): they are read, and not changed. The right bytes
 * of a damaged one are written beside, under `mended/`, and read from there until the reaper has put them in their place.
 */
class MendedFiles extends NodeFiles {
  override async open(path: string): Promise<OpenFile> {
    try {
      return await super.open(path);
    } catch (error) {
      const beside = mendedPath(path);
      if (beside === undefined || !refusedCodes.has(errnoOf(error) ?? '')) throw error;
      for (const folder of ['mended', folderOf(beside)]) {
        await super.makeFolder(folder).catch(unless('EEXIST'));
        await super.syncFolder(folderOf(folder));
      }
      return await super.open(beside);
    }
  }

  override async read(path: string): Promise<Uint8Array> {
    return await this.#eitherOf(path, (each) => super.read(each));
  }

  override async sizeBytes(path: string): Promise<number> {
    return await this.#eitherOf(path, (each) => super.sizeBytes(each));
  }

  /** Of what was written beside as well. */
  override async syncFolder(path: string): Promise<void> {
    await super.syncFolder(path);
    const beside = mendedPath(path);
    if (beside !== undefined) await super.syncFolder(beside).catch(unless('ENOENT'));
  }

  async #eitherOf<Result>(path: string, work: (path: string) => Promise<Result>): Promise<Result> {
    const beside = mendedPath(path);
    if (beside === undefined) return await work(path);
    try {
      return await work(beside);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      return await work(path);
    }
  }
}

function mendedPath(path: string): string | undefined {
  return path.startsWith(chunkFolder) ? `mended/${path.slice(chunkFolder.length)}` : undefined;
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (errnoOf(error) !== code) throw error;
  };
}

class PlaceFiles extends NodeFiles {
  override async syncFolder(path: string): Promise<void> {
    try {
      await super.syncFolder(path);
    } catch (error) {
      // A file system of another machine may have no fsync for folders: its names are as durable as its server makes them.
      if (!noFolderSync.has(errnoOf(error) ?? '')) throw error;
    }
  }
}

/** What the system reads in one call at most. */
const maxReadBytes: number = 1024 * 1024 * 1024;

/** In as few calls as the system allows; `readFile` makes one for every 512 KiB. */
async function readWhole(handle: FileHandle): Promise<Uint8Array> {
  const { size } = await handle.stat();
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, Math.min(size - filled, maxReadBytes), filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new Uint8Array(bytes.buffer, 0, filled);
}

class NodeOpenFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.write(bytes, 0, bytes.length, position)).bytesWritten;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
