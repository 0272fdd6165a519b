import { Fault, type FaultCode } from '#base/fault.ts';

// https://www.sqlite.org/rescode.html
const primaryCodes: ReadonlyMap<number, FaultCode> = new Map([
  [1, 'damaged'], // ERROR: a statement of ours does not fit the tables, whose text lies in the database too
  [5, 'unavailable'], // BUSY
  [6, 'unavailable'], // LOCKED
  [8, 'io'], // READONLY
  [10, 'io'], // IOERR; see below
  [11, 'damaged'], // CORRUPT
  [13, 'disk-full'], // FULL
  [14, 'io'], // CANTOPEN
  [19, 'damaged'], // CONSTRAINT: a row contradicts what the journal knows
  [23, 'damaged'], // AUTH: the text of the tables makes a statement of ours do what it never does
  [26, 'damaged'], // NOTADB
]);
const ioerr = 10;
const ioerrRead = ioerr | (1 << 8);
const ioerrShortRead = ioerr | (2 << 8);
/** No room to grow the shared index of the log: nothing of the transaction was taken over. */
const ioerrSharedMemorySize = ioerr | (19 << 8);
const ioerrCorruptFs = ioerr | (33 << 8);

export type SqliteUse = 'reading' | 'writing';

/** The Fault for an error of node:sqlite; any other error is returned as it is. */
export function sqliteFault(cause: unknown, use: SqliteUse, what: string): unknown {
  const code = faultCodeOf(cause, use);
  return code === undefined ? cause : new Fault(code, messageOf(code, use, what), { cause });
}

function faultCodeOf(error: unknown, use: SqliteUse): FaultCode | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  // An integer that no double holds, where the program only ever writes ones that fit.
  if (error.code === 'ERR_OUT_OF_RANGE') return 'damaged';
  if (error.code !== 'ERR_SQLITE_ERROR' || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  const extended = error.errcode;
  if (extended === ioerrSharedMemorySize) return 'disk-full';
  if (extended === ioerrCorruptFs) return 'damaged';
  const isRead = extended === ioerrRead || extended === ioerrShortRead;
  // While writing, every other failure of a system call leaves open what is on the disk.
  if ((extended & 0xff) === ioerr && use === 'writing' && !isRead) return 'sync-failed';
  return primaryCodes.get(extended & 0xff);
}

function messageOf(code: FaultCode, use: SqliteUse, what: string): string {
  switch (code) {
    case 'disk-full':
      return `The disk is full: ${what} could not be written. Nothing was lost; make room and try again.`;
    case 'sync-failed':
      return (
        `The disk refused to make ${what} durable. Nothing more is written; what was acknowledged before is safe. ` +
        'Check the disk, then start the program again: it recovers by itself.'
      );
    case 'damaged':
      return `Stored bytes of ${what} are damaged. Nothing was changed; verify, then repair from a copy.`;
    case 'unavailable':
      return `Another program is using ${what} right now. Try again.`;
    default:
      return `${use === 'reading' ? 'Reading' : 'Writing'} ${what} failed.`;
  }
}
