import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { openFileDisk } from '../disk-files.ts';
import { appendOne, vault } from './journal-samples.contract.ts';
import { checkLog } from './log-check.ts';
import { openJournal } from './sqlite-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-check-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The log of a journal with so many transactions in it, and where it ended after each. */
async function logOf(transactions: number): Promise<{ readonly log: Uint8Array; readonly ends: readonly number[] }> {
  const place = mkdtempSync(join(folder, 'journal-'));
  const journal = await openJournal(place, openFileDisk(place), { create: true });
  const read = (): Uint8Array => new Uint8Array(readFileSync(join(place, 'journal.db-wal')));
  const ends = [read().length];
  for (let count = 0; count < transactions; count += 1) {
    await appendOne(journal, vault, { body: new Uint8Array(1000) });
    ends.push(read().length);
  }
  const log = read();
  await journal.close();
  return { log, ends };
}

const isDamaged = (log: Uint8Array): boolean => {
  try {
    checkLog(log);
    return false;
  } catch (error) {
    assert.ok(isFault(error, 'damaged'));
    return true;
  }
};

it('takes a log that is whole, empty, or cut off anywhere, as a power cut leaves it', async () => {
  const { log } = await logOf(4);
  for (const length of [0, 1, 32, 33, 5000, log.length - 1, log.length])
    assert.equal(isDamaged(log.subarray(0, length)), false);
  // The length was there before the bytes.
  const { log: torn, ends } = await logOf(4);
  torn.fill(0, ends.at(-2));
  assert.equal(isDamaged(torn), false);
});

it('finds one flipped bit in front of two commits, wherever it is', async () => {
  const { log, ends } = await logOf(5);
  const last = ends.at(-3) ?? 0;
  for (let at = 0; at < last; at += 97) {
    log[at] = (log[at] ?? 0) ^ 16;
    assert.equal(isDamaged(log), true, `byte ${at} of ${last}`);
    log[at] = (log[at] ?? 0) ^ 16;
  }
  assert.equal(isDamaged(log), false);
});
