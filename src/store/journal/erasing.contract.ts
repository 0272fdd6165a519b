import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErasingJournal } from './erasing-journal.ts';
import type { Journal } from './journal.ts';
import {
  appendOne,
  chunks,
  dataNamed,
  emptyHead,
  entryAfter,
  id,
  idNamed,
  other,
  vault,
} from './journal-samples.contract.ts';

interface ErasingUnderTest {
  start(): Promise<Journal>;
  erasing(): ErasingJournal;
}

export function erasingContract(name: string, make: () => ErasingUnderTest): void {
  describe(`${name}: what the reaper alone does`, () => {
    const small = dataNamed('small');

    async function dropped(): Promise<{ journal: Journal; erasing: ErasingJournal }> {
      const under = make();
      const journal = await under.start();
      await journal.lease({ vault, chunks });
      const entries = [entryAfter(vault, emptyHead, { added: [id, small.id] })];
      await journal.append({ vault, expected: emptyHead, entries, data: [small] });
      await appendOne(journal, vault, { type: 'drop', listed: [id, small.id] });
      return { journal, erasing: under.erasing() };
    }

    it('gives up what is dropped, then erases it with its bytes; nobody adopts it any more', async () => {
      const { journal, erasing } = await dropped();
      assert.deepEqual(erasing.condemn(vault, await journal.head(vault), [id, small.id]), [id, small.id]);
      assert.equal((await journal.chunk(id))?.state, 'condemned');
      assert.notEqual(await journal.chunkData(small.id), null);
      erasing.erase(vault, [id, small.id]);
      assert.equal((await journal.chunk(small.id))?.state, 'erased');
      assert.equal(await journal.chunkData(small.id), null);
      assert.deepEqual(await journal.lease({ vault, chunks }), ['given-up']);
      const head = await journal.head(vault);
      const again = entryAfter(vault, head, { added: [small.id] });
      const answer = await journal.append({ vault, expected: head, entries: [again], data: [small] });
      assert.deepEqual(answer, { kind: 'chunks-given-up', ids: [small.id] });
      erasing.close();
    });

    it('leaves out what is live, erased, unknown, or of another vault', async () => {
      const { journal, erasing } = await dropped();
      await appendOne(journal, vault, { added: [id] });
      const head = await journal.head(vault);
      assert.deepEqual(erasing.condemn(vault, head, [id, idNamed('unknown')]), []);
      assert.deepEqual(erasing.condemn(vault, head, [small.id]), [small.id]);
      erasing.erase(vault, [id, small.id]);
      assert.equal((await journal.chunk(id))?.state, 'live');
      assert.deepEqual(erasing.condemn(vault, head, [small.id]), []);
      await appendOne(journal, other);
      assert.deepEqual(erasing.condemn(other, await journal.head(other), [id]), []);
      erasing.close();
    });

    it('looks again when something was dropped, or the vault forked, since it looked', async () => {
      const { journal, erasing } = await dropped();
      const seen = await journal.head(vault);
      await appendOne(journal, vault, { added: [id] });
      assert.deepEqual(erasing.condemn(vault, seen, [id]), []);
      await appendOne(journal, vault, { type: 'drop', listed: [id] });
      assert.equal(erasing.condemn(vault, seen, [id]), 'moved');
      const head = await journal.head(vault);
      await appendOne(journal, vault, { fork: 2 });
      assert.equal(erasing.condemn(vault, head, [id]), 'moved');
      assert.equal((await journal.chunk(id))?.state, 'dropped');
      erasing.close();
    });

    it('gives up leases of an earlier run, unless they were renewed', async () => {
      const under = make();
      const first = await under.start();
      await first.lease({ vault, chunks: [...chunks, { id: idNamed('renewed'), sizeBytes: 7 }] });
      await first.close();
      const journal = await under.start();
      const erasing = under.erasing();
      const run = Number(await journal.meta('run'));
      const stale = erasing.staleLeases(vault, run, null, 10);
      assert.deepEqual(
        stale.map((each) => each.id),
        [id, idNamed('renewed')],
      );
      assert.deepEqual(
        erasing.staleLeases(vault, run, id, 10).map((each) => each.id),
        [idNamed('renewed')],
      );
      assert.deepEqual(erasing.staleLeases(vault, stale[0]?.run ?? 0, null, 10), []);
      await journal.lease({ vault, chunks: [{ id: idNamed('renewed'), sizeBytes: 7 }] });
      assert.deepEqual(erasing.condemnLeases(vault, stale), [id]);
      assert.equal((await journal.chunk(id))?.state, 'condemned');
      assert.equal((await journal.chunk(idNamed('renewed')))?.state, 'leased');
      erasing.close();
    });
  });
}
