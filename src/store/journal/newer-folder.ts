import { Fault, isFault } from '#base/fault.ts';
import type { Disk } from '../disk.ts';
import { lockFolder } from '../lock.ts';
import { readOnlyDisk, readOnlyJournal } from '../read-only.ts';
import { newestFormat } from './formats.ts';
import type { Journal, JournalReader } from './journal.ts';
import { logPath } from './recover-log.ts';
import { newerFormatMessage } from './schema.ts';
import { openJournalReader } from './sqlite-reader.ts';

/** A folder of a newer format, opened so that nothing is written to it. */
export interface NewerFolder {
  readonly journal: Journal;
  readonly disk: Disk;
  readonly why: Fault;
}

/**
 * For whoever holds the lock of the folder. Undefined when this program may write it.
 * @throws Fault `newer-format` when it can not even be read, `damaged`, `missing`, `io`.
 */
export async function openNewerFolder(folder: string, disk: Disk): Promise<NewerFolder | undefined> {
  const reader = openJournalReader(folder, 'alone');
  const format = Number(await reader.meta('format'));
  if (format <= newestFormat) {
    await reader.close();
    return undefined;
  }
  const why = new Fault('read-only', newerFormatMessage(format));
  return { journal: readOnlyJournal(reader, why), disk: readOnlyDisk(disk, why), why };
}

/**
 * For a check, which reads beside whoever has the folder. One of a newer format that nobody has is read alone, so that
 * nothing is written to it.
 * @throws Fault `missing`, `newer-format`, `damaged`, `io`.
 */
export async function openReaderForCheck(folder: string, disk: Disk): Promise<JournalReader> {
  const lock = lockIfFree(folder);
  // Who writes keeps a log. Where there is none, who has the folder is a program that reads it like this one.
  if (lock === undefined && (await disk.size(logPath)) !== null) return openJournalReader(folder);
  let newer: NewerFolder | undefined;
  try {
    newer = await openNewerFolder(folder, disk);
  } finally {
    if (newer === undefined) lock?.release();
  }
  if (newer === undefined) return openJournalReader(folder);
  const { journal } = newer;
  const close = async (): Promise<void> => {
    await journal.close();
    lock?.release();
  };
  return { ...journal, close };
}

/** Before a program of its own writes anything. @throws Fault `newer-format` when this program may not write the folder. */
export async function refuseNewerFolder(folder: string, disk: Disk): Promise<void> {
  const reader = await openReaderForCheck(folder, disk);
  const format = Number(await reader.meta('format'));
  await reader.close();
  if (format > newestFormat) throw new Fault('newer-format', newerFormatMessage(format));
}

function lockIfFree(folder: string): ReturnType<typeof lockFolder> | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (isFault(error, 'in-use')) return undefined;
    throw error;
  }
}
