import { closeSync, fchmodSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './files.ts';

const groupOnEverything = 0o2020;
const groupMask = 0o007;

export interface FileModes {
  readonly file: number;
  /** Chunks are read by the group, and changed by their owner alone. */
  readonly chunk: number;
  readonly folder: number;
}

const ownModes: FileModes = { file: 0o600, chunk: 0o600, folder: 0o700 };
const sharedModes: FileModes = { file: 0o660, chunk: 0o640, folder: 0o770 };

/**
 * A data folder that its group may write, with the mark that what is made in it is of that group (mode 2770), is worked on by
 * two users, the server's and the reaper's (docs/operating.md). The mode of the folder is the whole setting.
 */
function isShared(folder: string): boolean {
  return ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & groupOnEverything) === groupOnEverything;
}

export function modesOf(folder: string): FileModes {
  return isShared(folder) ? sharedModes : ownModes;
}

/** For the whole process, so only the main thread may: what is made in a shared folder is for the group, and nobody else. */
export function shareWhatIsMade(folder: string): void {
  if (isShared(folder)) process.umask(groupMask);
}

/**
 * SQLite makes files that a group cannot write: in a shared folder an empty one is made before it, which is a new database to it.
 * One that is there is not touched: nobody but SQLite may open it.
 */
export function shareDatabase(path: string): void {
  const folder = dirname(path);
  if (!isShared(folder)) return;
  try {
    const descriptor = openSync(path, 'wx', sharedModes.file);
    fchmodSync(descriptor, sharedModes.file);
    closeSync(descriptor);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
