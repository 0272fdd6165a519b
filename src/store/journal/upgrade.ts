import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Disk } from '../disk.ts';
import { lockFolder } from '../lock.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { formatSteps } from './formats.ts';
import { rewriteLog } from './recover-log.ts';
import { checkWritable, formatOf, journalFile, stepSql } from './schema.ts';

const settings = `
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA mmap_size = 0;
`;

/**
 * Brings a data folder that nobody has to the newest format, one step after the other, each in one durable transaction.
 * Killed anywhere it leaves the format before a step or the one after it, and the next call goes on from there.
 * @returns the formats that were reached, in order.
 * @throws Fault `in-use`, `newer-format`, `damaged`, `disk-full`, `sync-failed`.
 */
export async function upgradeFolder(
  folder: string,
  disk: Pick<Disk, 'read' | 'writeInPlace'>,
): Promise<readonly number[]> {
  const lock = lockFolder(folder);
  let database: DatabaseSync | undefined;
  try {
    await rewriteLog(disk);
    database = new DatabaseSync(join(folder, journalFile), { allowExtension: false, defensive: true });
    checkWritable(database);
    database.exec(settings);
    return takeSteps(database);
  } catch (error) {
    throw sqliteFault(error, 'writing', 'the journal');
  } finally {
    database?.close();
    lock.release();
  }
}

function takeSteps(database: DatabaseSync): readonly number[] {
  const { format } = formatOf(database);
  const wanted = formatSteps.filter(({ to }) => to > format);
  for (const step of wanted) {
    database.exec('BEGIN IMMEDIATE');
    // Killed in here: the transaction is not in the log, or not whole, and the format is the one before.
    database.exec(stepSql(step));
    database.exec('COMMIT');
  }
  // So that the new format stands in the database itself, also for a reader that leaves the log alone.
  database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  return wanted.map(({ to }) => to);
}
