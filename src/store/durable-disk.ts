import { assert } from '#base/assert.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { Disk } from './disk.ts';
import { assertPath, errnoOf, type Files, type FolderEntry, folderOf, type OpenFile } from './files.ts';
import { FolderSyncs } from './folder-syncs.ts';

const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const missingCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
/** Beyond this many, which appended files had their folder fsynced is forgotten, which costs an fsync and nothing else. */
const maxSettled = 10_000;

/** The durable operations, written over the system calls of Files: the real ones and the simulated ones alike. */
export class DurableDisk implements Disk {
  readonly #files: Files;
  readonly #folderSyncs: FolderSyncs;
  #failed: Fault | null = null;
  readonly #turns: Map<string, Promise<void>> = new Map();
  readonly #settled: Set<string> = new Set();

  constructor(files: Files) {
    this.#files = files;
    this.#folderSyncs = new FolderSyncs(files);
  }

  async writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
    assertPath(path);
    await this.#change(path, 'write', async () => {
      await this.#withFile(path, async (file) => {
        // A power cut from here on may leave any part of the bytes: nobody relies on them before this returns.
        await writeFully(file, bytes, 0);
        if ((await file.sizeBytes()) < bytes.length) {
          throw new Fault('io', `The file ${path} is shorter than what was written to it: the disk lost the write.`);
        }
        await this.#sync(path, () => file.sync());
      });
      // Without this a power cut can lose the name while the bytes are safe.
      await this.#syncFolder(folderOf(path));
    });
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    assertReplaceable(path);
    await this.putObject(path, bytes);
  }

  /** As `replace`, for the objects of a copy: there, chunks are replaced whole as well. Not a part of Disk. */
  async putObject(path: string, bytes: Uint8Array): Promise<void> {
    const beside = `${path}.new`;
    assertPath(beside);
    await this.#inTurn(path, () =>
      this.#change(path, 'replace', async () => {
        await this.#withFile(beside, async (file) => {
          // What a crash left here is cut off; only the rename below gives the name to these bytes.
          await file.truncate(0);
          await writeFully(file, bytes, 0);
          // Before the rename: otherwise a power cut can leave the name with bytes that were never written.
          await this.#sync(beside, () => file.sync());
        }).catch(async (error: unknown) => {
          // On a full disk the half-written file would only take more room.
          await this.#files.remove(beside).catch(() => undefined);
          throw error;
        });
        await this.#files.rename(beside, path);
        await this.#syncFolder(folderOf(path));
      }),
    );
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    assertReplaceable(path);
    await this.#inTurn(path, () =>
      this.#change(path, 'append to', async () => {
        await this.#withFile(path, async (file) => {
          const before = await file.sizeBytes();
          try {
            await writeFully(file, bytes, before);
          } catch (error) {
            // Half a record must not stay in front of the next one; if that can not be helped, nothing more is written.
            await this.#sync(path, () => file.truncate(before));
            throw error;
          }
          await this.#sync(path, () => file.sync());
        });
        // Once per process and file: an earlier process may have died between creating the file and this fsync.
        if (this.#settled.has(path)) return;
        await this.#syncFolder(folderOf(path));
        if (this.#settled.size >= maxSettled) this.#settled.clear();
        this.#settled.add(path);
      }),
    );
  }

  async read(path: string): Promise<Uint8Array | null> {
    assertPath(path);
    return await orNull(path, () => this.#files.read(path));
  }

  async size(path: string): Promise<number | null> {
    assertPath(path);
    return await orNull(path, () => this.#files.sizeBytes(path));
  }

  async list(path: string): Promise<readonly string[]> {
    return (await this.entries(path)).map(({ name }) => name).sort();
  }

  /** As `list`, with what each name is; in no order. */
  async entries(path: string): Promise<readonly FolderEntry[]> {
    if (path !== '') assertPath(path);
    return (await orNull(path, () => this.#files.list(path))) ?? [];
  }

  async makeFolder(path: string): Promise<void> {
    assertPath(path);
    await this.#change(path, 'make the folder', async () => {
      let made = '';
      for (const name of path.split('/')) {
        const parent = made;
        made = parent === '' ? name : `${parent}/${name}`;
        await this.#files.makeFolder(made).catch(ignore('EEXIST'));
        // Also when it was there: the process that made it may have died before this.
        await this.#syncFolder(parent);
      }
    });
  }

  async remove(path: string): Promise<void> {
    assertPath(path);
    await this.#change(path, 'remove', async () => {
      this.#settled.delete(path);
      await this.#files.remove(path).catch(ignore('ENOENT'));
      // Also when it was gone: the process that removed it may have died before this. Perhaps the folder is gone as well.
      await this.#syncFolder(folderOf(path)).catch(ignore('ENOENT'));
    });
  }

  async freeBytes(): Promise<number> {
    try {
      return await this.#files.freeBytes();
    } catch (error) {
      throw toFault(error, 'measure the free space of', 'the data folder');
    }
  }

  async #change(path: string, action: string, work: () => Promise<void>): Promise<void> {
    if (this.#failed !== null) throw this.#failed;
    try {
      await work();
    } catch (error) {
      throw toFault(error, action, path);
    }
  }

  /** One after the other for one path: appends and replacements of two callers must not mix. */
  async #inTurn(path: string, work: () => Promise<void>): Promise<void> {
    const earlier = this.#turns.get(path) ?? Promise.resolve();
    const mine = earlier.then(work, work);
    this.#turns.set(path, mine);
    try {
      await mine;
    } finally {
      if (this.#turns.get(path) === mine) this.#turns.delete(path);
    }
  }

  async #withFile(path: string, work: (file: OpenFile) => Promise<void>): Promise<void> {
    const file = await this.#files.open(path);
    try {
      await work(file);
    } catch (error) {
      // What the work ran into matters more than a close that fails after it.
      await file.close().catch(() => undefined);
      throw error;
    }
    await file.close();
  }

  async #syncFolder(path: string): Promise<void> {
    await this.#sync(path === '' ? 'the data folder' : path, () => this.#folderSyncs.sync(path));
  }

  async #sync(what: string, sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
    } catch (cause) {
      // A folder that is not there has nothing to make durable.
      if (errnoOf(cause) === undefined || missingCodes.has(errnoOf(cause) ?? '')) throw cause;
      // Linux marks the pages clean although they are not on the disk: the next fsync would say OK, and lie.
      this.#failed ??= new Fault(
        'sync-failed',
        `The disk refused to make ${what} durable. Nothing more is written; what was acknowledged before is safe. ` +
          'Check the disk, then start the program again: it recovers by itself.',
        { cause },
      );
      throw this.#failed;
    }
    // One that failed meanwhile may have taken what this one says is durable.
    if (this.#failed !== null) throw this.#failed;
  }
}

/** The size of what is stored under chunks/ only ever grows, and only by writeInPlace. */
function assertReplaceable(path: string): void {
  assertPath(path);
  assert(!path.startsWith('chunks/'), 'a chunk is never replaced or appended to');
}

async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes.subarray(written), position + written);
    if (count <= 0) throw new Fault('io', 'The disk took no bytes and gave no error.');
    assert(count <= bytes.length - written, 'more was written than given');
    written += count;
  }
}

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (errnoOf(error) !== code) throw error;
  };
}

async function orNull<T>(path: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (missingCodes.has(errnoOf(error) ?? '')) return null;
    throw toFault(error, 'read', path === '' ? 'the data folder' : path);
  }
}

function toFault(cause: unknown, action: string, path: string): unknown {
  const errno = errnoOf(cause);
  if (isFault(cause) || errno === undefined) return cause;
  if (fullCodes.has(errno)) {
    return new Fault(
      'disk-full',
      `The disk is full: could not ${action} ${path}. Nothing was lost; make room and try again.`,
      {
        cause,
      },
    );
  }
  return new Fault('io', `Could not ${action} ${path} (${errno}).`, { cause });
}
