import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault } from '#base/fault.ts';
import { ranKey } from '#store/journal/journal.ts';
import { RunningTime } from './running-time.ts';

it('adds up the time of all runs, and what a refused write left out comes with the next', async () => {
  const meta = new Map<string, string>();
  let refuses = false;
  const journal = {
    meta: async (key: string) => meta.get(key) ?? null,
    setMeta: async (key: string, value: string) => {
      if (refuses) throw new Fault('disk-full', 'no room');
      meta.set(key, value);
    },
  };
  let elapsedMs = 5_000_000;
  const first = await RunningTime.begin(journal, () => elapsedMs);
  elapsedMs += 60_000;
  await first.note();
  assert.equal(meta.get(ranKey), '60000');
  refuses = true;
  elapsedMs += 60_000;
  await first.note();
  refuses = false;
  elapsedMs += 1000.5;
  await first.note();
  assert.equal(meta.get(ranKey), '121000');
  elapsedMs = 3;
  const second = await RunningTime.begin(journal, () => elapsedMs);
  elapsedMs = 1003;
  await second.note();
  assert.equal(meta.get(ranKey), '122000');
});
