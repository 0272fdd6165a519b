import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import { PowerCut } from '../disk-memory.ts';
import { journalContract } from './journal.contract.ts';
import { appendOne, entryAfter, idNamed, plain, vault } from './journal-samples.contract.ts';
import { type CommitFault, JournalMemory } from './memory-journal.ts';

journalContract('model', () => {
  const memory = new JournalMemory();
  return {
    start: async () => memory.start(),
    crash: async () => memory.crash(),
    setState: async (id, state) => {
      const stored = present(memory.chunks.get(id), 'chunk');
      memory.chunks.set(id, { ...stored, record: { ...stored.record, state } });
    },
  };
});

/** Strikes at the n-th commit. */
function striking(fault: CommitFault, n: number): JournalMemory {
  let commits = 0;
  return new JournalMemory({ decide: () => (++commits === n ? fault : null) });
}

for (const fault of ['sync-lost', 'sync-kept', 'power-cut-lost', 'power-cut-kept'] as const) {
  it(`answers nothing after ${fault}, until it is started again`, async () => {
    const memory = striking(fault, 3);
    const journal = memory.start();
    const isIt = (error: unknown): boolean =>
      fault.startsWith('sync') ? isFault(error, 'sync-failed') : error instanceof PowerCut;
    await appendOne(journal, vault);
    const head = await appendOne(journal, vault);
    await assert.rejects(appendOne(journal, vault), isIt);
    await assert.rejects(appendOne(journal, vault), isIt);
    await assert.rejects(journal.head(vault), isIt);
    memory.crash();
    const after = memory.start();
    const found = await after.head(vault);
    assert.equal(found.sequence, fault.endsWith('kept') ? 3 : 2);
    if (fault.endsWith('lost')) assert.deepEqual(plain(found), plain(head));
    assert.equal((await after.entries(vault, 0, 10)).length, found.sequence);
    await appendOne(after, vault);
  });
}

it('takes nothing over from a group that met a full disk, and goes on', async () => {
  const memory = striking('disk-full', 2);
  const journal = memory.start();
  const head = await appendOne(journal, vault);
  const refused = await Promise.allSettled([
    journal.lease({ vault, chunks: [{ id: idNamed('a'), sizeBytes: 1 }] }),
    journal.append({ vault, expected: head, entries: [entryAfter(vault, head)], data: [] }),
    journal.setMeta('a', 'b'),
  ]);
  for (const result of refused) assert.ok(result.status === 'rejected' && isFault(result.reason, 'disk-full'));
  assert.deepEqual(plain(await journal.head(vault)), plain(head));
  assert.equal(await journal.meta('a'), null);
  assert.deepEqual(await journal.chunks(vault, null, 10), []);
  await appendOne(journal, vault);
});

it('cuts off a journal that outlives its machine, also what it has not answered', async () => {
  const memory = new JournalMemory();
  const journal = memory.start();
  const pending = appendOne(journal, vault);
  await journal.head(vault);
  memory.crash();
  await assert.rejects(pending, PowerCut);
  await assert.rejects(journal.head(vault), PowerCut);
  assert.equal((await memory.start().head(vault)).sequence, 0);
});
