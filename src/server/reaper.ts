import { join, resolve } from 'node:path';
import { present } from '../base/assert.ts';
import { toHex } from '../base/bytes.ts';
import { type Fault, isFault } from '../base/fault.ts';
import type { ChunkId } from '../base/ids.ts';
import { assertMarker } from '../copies/copy-marker-check.ts';
import { CopySource } from '../copies/copy-source.ts';
import { Reaper } from '../copies/reaper.ts';
import type { ReapedCopy } from '../copies/reaper-act.ts';
import { reaperFolder } from '../copies/reaper-state.ts';
import { entryHash } from '../crypto/entry-hash.ts';
import { chunkName } from '../format/copy-names.ts';
import { ErasableChunkFiles } from '../store/chunks/erasable-chunks.ts';
import { type TakenOver, takeOverChunks } from '../store/chunks/erasable-owner.ts';
import type { Disk } from '../store/disk.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openErasableJournal } from '../store/journal/erasable-journal.ts';
import { refuseNewerFolder } from '../store/journal/newer-folder.ts';
import { openJournal } from '../store/journal/sqlite-journal.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import { type FolderLock, lockFolder } from '../store/lock.ts';
import { openErasableFolder } from '../store/places/erasable-folder.ts';
import { openErasablePlace } from '../store/places/erasable-open.ts';
import type { ErasablePlace } from '../store/places/place.ts';
import { shareWhatIsMade } from '../store/shared-folder.ts';
import { type CopyList, type ListedCopy, readCopyList } from './copy-list.ts';
import { realClock } from './real-world.ts';
import type { ReaperSettings } from './reaper-settings.ts';

export interface ReaperOptions extends ReaperSettings {
  /** Copies beside those that the instance has. */
  readonly folders: readonly string[];
  /** Where credentials of buckets are looked for that no file is named for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface OpenedReaper {
  readonly reaper: Reaper;
  /** Copies that cannot be erased on now: what is let go stays there, is listed in the certificates, and is tried again. */
  readonly unreached: readonly { readonly copy: string; readonly why: string }[];
  /** Where its user is another than the server's: stored files become its own. */
  takeOver(): Promise<TakenOver>;
  close(): Promise<void>;
}

/**
 * The reaper of a data folder, beside the server or without it. Without one it keeps the folder, so that none starts
 * meanwhile, and recovers first what a crash left.
 * @throws Fault `in-use` when another reaper runs, `missing`, `newer-format`, `damaged`.
 */
export async function openReaper(dataFolder: string, options: ReaperOptions): Promise<OpenedReaper> {
  shareWhatIsMade(dataFolder);
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
    const { copies, unreached, places } = await openCopies(disk, options);
    closing.push(...places.map((place) => () => place.close()));
    const chunks = new ErasableChunkFiles(disk);
    const reaper = new Reaper({ reader, journal, chunks, copies, disk, clock: realClock, limits: options.limits });
    const isSettled = async (id: ChunkId): Promise<boolean> => {
      const state = (await reader.chunk(id))?.state;
      return state === 'live' || state === 'dropped';
    };
    return { reaper, unreached, takeOver: () => takeOverChunks({ dataFolder, disk, isSettled }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenedCopies {
  readonly copies: readonly ReapedCopy[];
  readonly unreached: readonly { readonly copy: string; readonly why: string }[];
  readonly places: readonly ErasablePlace[];
}

async function openCopies(disk: Pick<Disk, 'read'>, options: ReaperOptions): Promise<OpenedCopies> {
  const list = await readCopyList(disk);
  const copies: ReapedCopy[] = [];
  const unreached: { copy: string; why: string }[] = [];
  const places: ErasablePlace[] = [];
  for (const listed of list?.copies ?? []) {
    try {
      const place = await openListed(listed, present(list, 'list'), options);
      places.push(place);
      copies.push(reapedCopy(listed.place, place));
    } catch (error) {
      if (!isFault(error)) throw error;
      unreached.push({ copy: listed.label, why: error.message });
      copies.push(silentCopy(listed.place, error));
    }
  }
  const known = new Set(copies.map(({ title }) => title));
  for (const folder of options.folders.map((each) => resolve(each)).filter((each) => !known.has(each))) {
    const place = await openErasableFolder(folder);
    places.push(place);
    copies.push(reapedCopy(folder, place));
  }
  return { copies, unreached, places };
}

/** @throws Fault also when another copy is there than the one that was listed, or nothing opens the bucket. */
async function openListed(
  { copy, place: address, region }: ListedCopy,
  list: CopyList,
  { credentials, environment }: ReaperOptions,
): Promise<ErasablePlace> {
  const place = await openErasablePlace(
    { address, region, credentialsFile: credentials[address] },
    { clock: realClock, environment },
  );
  try {
    await assertMarker(place, { copy, instance: list.instance });
    return place;
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** It holds up nothing, and keeps everything. */
function silentCopy(title: string, why: Fault): ReapedCopy {
  const refuse = async (): Promise<never> => {
    throw why;
  };
  return { title, hasDrop: refuse, remove: refuse };
}

function lockIfFree(dataFolder: string): FolderLock | undefined {
  try {
    return lockFolder(dataFolder);
  } catch (error) {
    if (isFault(error, 'in-use')) return undefined;
    throw error;
  }
}

function reapedCopy(title: string, place: ErasablePlace): ReapedCopy {
  const source = new CopySource(place, () => undefined);
  return {
    title,
    hasDrop: async (vault, drop) => {
      const [head] = await source.heads(vault);
      if (head === undefined || head.sequence < drop.sequence) return false;
      const [entry] = await source.entries(vault, drop.before, head);
      return entry !== undefined && toHex(entryHash(entry.header, entry.bodyHash)) === drop.hash;
    },
    remove: (id) => place.remove(chunkName(id)),
  };
}
