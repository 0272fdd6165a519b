import { equalBytes } from '#base/bytes.ts';
import { type Fault, isFault } from '#base/fault.ts';
import type { Disk } from '../disk.ts';
import { checkLog } from './log-check.ts';
import { journalFile } from './schema.ts';

export const logPath: string = `${journalFile}-wal`;

/**
 * Writes the log of a journal over itself, before SQLite opens it.
 *
 * After a failed fsync Linux marks the pages clean: the page cache shows frames that are not on the disk, and no later
 * fsync writes them. SQLite reads the log from the cache, takes the frames for committed, and appends behind them; at the
 * next power cut they are gone, and with them, because each frame's checksum continues the one before, everything that
 * was acknowledged after them. Once the same bytes are written again the pages are dirty, and the fsync is honest. A power
 * cut while this runs loses at most frames that were never acknowledged: those that were are on the disk already, and
 * every sector is written as it was.
 * @throws Fault `damaged` for a log that SQLite would cut off before entries that were acknowledged.
 */
export async function rewriteLog(disk: Pick<Disk, 'read' | 'writeInPlace'>): Promise<void> {
  const log = await disk.read(logPath);
  if (log === null || log.length === 0) return;
  checkLog(log);
  await disk.writeInPlace(logPath, log);
}

/** A log that is written while it is read may look like anything. */
const looks = 20;

/**
 * Why a start would refuse the log; undefined when it would not, and when a running program writes it, which looked at it when
 * it started.
 */
export async function damageOfLog(disk: Pick<Disk, 'read'>): Promise<Fault | undefined> {
  let before: Uint8Array | undefined;
  for (let look = 0; look < looks; look += 1) {
    const log = await disk.read(logPath);
    const fault = log === null ? undefined : faultOf(log);
    if (log === null || fault === undefined) return undefined;
    if (before !== undefined && equalBytes(before, log)) return fault;
    before = log;
  }
  return undefined;
}

function faultOf(log: Uint8Array): Fault | undefined {
  try {
    checkLog(log);
    return undefined;
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
}
