import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, isFault } from '#base/fault.ts';
import { shareDatabase } from './shared-folder.ts';
import { sqliteFault } from './sqlite-fault.ts';

/** A lock that nobody refers to must not be collected: its connection would close and give the folder away. */
const held: Set<DatabaseSync> = new Set();

/** Exclusive use of a data folder by this process. */
export interface FolderLock {
  release(): void;
}

/**
 * Held as an open exclusive transaction on `lock.db`, in which nothing is ever written: the kernel gives it up when the
 * process dies, however it dies, so there is no stale lock to clear away.
 * @throws Fault `in-use` when another process, or another part of this one, has the folder.
 */
export function lockFolder(folder: string): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    const path = join(folder, 'lock.db');
    shareDatabase(path);
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw lockFault(error, folder);
  }
  return holding(database);
}

/**
 * Held by the reaper for each of its transactions, and by a start while it makes the log of the run before durable: neither
 * writes to the log while the other does. Below the data folder; there once a reaper has run.
 */
export const reaperLockPath = 'reaper/writes.db';

const waitForReaperMs = 30_000;

/** Waits while another process has it. @throws Fault `unavailable` when that takes too long. */
export function lockAgainstReaper(folder: string): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    const path = join(folder, reaperLockPath);
    shareDatabase(path);
    database = new DatabaseSync(path, { timeout: waitForReaperMs });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw sqliteFault(error, 'reading', `the lock of the reaper of ${folder}`);
  }
  return holding(database);
}

function holding(database: DatabaseSync): FolderLock {
  held.add(database);
  return {
    release: () => {
      if (held.delete(database)) database.close();
    },
  };
}

function lockFault(error: unknown, folder: string): unknown {
  const fault = sqliteFault(error, 'reading', `the lock file of ${folder}`);
  if (!isFault(fault, 'unavailable')) return fault;
  return new Fault(
    'in-use',
    `The data folder ${folder} is in use by another process. Nothing was changed. Stop that one first, or talk to it; ` +
      `\`fuser ${join(folder, 'lock.db')}\` names it.`,
    { cause: error },
  );
}
