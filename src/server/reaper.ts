import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { isFault } from '../base/fault.ts';
import { CopySource } from '../copies/copy-source.ts';
import { Reaper } from '../copies/reaper.ts';
import type { ReapedCopy } from '../copies/reaper-act.ts';
import { usualLimits } from '../copies/reaper-breakers.ts';
import { reaperFolder } from '../copies/reaper-state.ts';
import { entryHash } from '../crypto/entry-hash.ts';
import { chunkName } from '../format/copy-names.ts';
import { ErasableChunkFiles } from '../store/chunks/erasable-chunks.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openErasableJournal } from '../store/journal/erasable-journal.ts';
import { refuseNewerFolder } from '../store/journal/newer-folder.ts';
import { openJournal } from '../store/journal/sqlite-journal.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import { type FolderLock, lockFolder } from '../store/lock.ts';
import { openErasableFolder } from '../store/places/erasable-folder.ts';
import type { ErasablePlace } from '../store/places/place.ts';
import { realClock } from './real-world.ts';

export interface OpenedReaper {
  readonly reaper: Reaper;
  close(): Promise<void>;
}

/**
 * The reaper of a data folder, beside the server or without it. Without one it keeps the folder, so that none starts
 * meanwhile, and recovers first what a crash left.
 * @throws Fault `in-use` when another reaper runs, `missing`, `newer-format`, `damaged`.
 */
export async function openReaper(dataFolder: string, copyFolders: readonly string[]): Promise<OpenedReaper> {
  const disk = openFileDisk(dataFolder);
  await refuseNewerFolder(dataFolder, disk);
  await disk.makeFolder(reaperFolder);
  const closing: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const lock = lockFolder(join(dataFolder, reaperFolder));
    closing.push(() => lock.release());
    const folderLock = lockIfFree(dataFolder);
    if (folderLock !== undefined) {
      closing.push(() => folderLock.release());
      await (await openJournal(dataFolder, disk, { create: false })).close();
    }
    const reader = openJournalReader(dataFolder);
    closing.push(() => reader.close());
    const journal = openErasableJournal(dataFolder);
    closing.push(() => journal.close());
    const copies: ReapedCopy[] = [];
    for (const folder of copyFolders) {
      const place = await openErasableFolder(folder);
      closing.push(() => place.close());
      copies.push(reapedCopy(place));
    }
    const chunks = new ErasableChunkFiles(disk);
    const reaper = new Reaper({ reader, journal, chunks, copies, disk, clock: realClock, limits: usualLimits });
    return { reaper, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function lockIfFree(dataFolder: string): FolderLock | undefined {
  try {
    return lockFolder(dataFolder);
  } catch (error) {
    if (isFault(error, 'in-use')) return undefined;
    throw error;
  }
}

function reapedCopy(place: ErasablePlace): ReapedCopy {
  const source = new CopySource(place, () => undefined);
  return {
    title: place.title,
    hasDrop: async (vault, drop) => {
      const [head] = await source.heads(vault);
      if (head === undefined || head.sequence < drop.sequence) return false;
      const [entry] = await source.entries(vault, drop.before, head);
      return entry !== undefined && toHex(entryHash(entry.header, entry.bodyHash)) === drop.hash;
    },
    remove: (id) => place.remove(chunkName(id)),
  };
}
