import type { Fault } from '#base/fault.ts';
import type { Disk } from './disk.ts';
import type { Journal, JournalReader } from './journal/journal.ts';
import { joinJournal } from './journal/write-gate.ts';

/** A journal that reads, and answers each write with this. */
export function readOnlyJournal(reader: JournalReader, why: Fault): Journal {
  const refuse = (): Promise<never> => Promise.reject(why);
  const writes = {
    append: refuse,
    lease: refuse,
    putPublicHeader: refuse,
    putEphemeral: refuse,
    removeEphemeral: refuse,
    setMeta: refuse,
  };
  return joinJournal(writes, reader, () => reader.close());
}

/** A disk that reads, and answers each write with this. */
export function readOnlyDisk(disk: Disk, why: Fault): Disk {
  const refuse = (): Promise<never> => Promise.reject(why);
  return {
    read: (path) => disk.read(path),
    size: (path) => disk.size(path),
    list: (path) => disk.list(path),
    freeBytes: () => disk.freeBytes(),
    writeInPlace: refuse,
    replace: refuse,
    append: refuse,
    makeFolder: refuse,
    remove: refuse,
  };
}
