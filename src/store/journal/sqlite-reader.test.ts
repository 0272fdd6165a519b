import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { openFileDisk } from '../disk-files.ts';
import type { JournalReader } from './journal.ts';
import {
  appendOne,
  chunks,
  dataNamed,
  emptyHead,
  entryAfter,
  headOf,
  idNamed,
  plain,
  vault,
  vaultNamed,
} from './journal-samples.contract.ts';
import { openJournal } from './sqlite-journal.ts';
import { openJournalReader } from './sqlite-reader.ts';

const root = mkdtempSync(join(tmpdir(), 'sqlite-reader-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));

it('reads what the journal reads, as soon as it is acknowledged', async () => {
  const folder = freshFolder();
  const journal = await openJournal(folder, openFileDisk(folder), { create: true });
  const reader = openJournalReader(folder);
  assert.deepEqual(plain(await reader.head(vault)), plain(emptyHead));
  assert.deepEqual(await reader.entries(vault, 0, 10), []);
  const small = dataNamed('small');
  await journal.lease({ vault, chunks });
  const entries = [entryAfter(vault, emptyHead, { added: [small.id], timeMs: 5 })];
  headOf(await journal.append({ vault, expected: emptyHead, entries, data: [small] }));
  await appendOne(journal, vault, { fork: 2, timeMs: 9 });
  await journal.putPublicHeader(vault, { number: 1, bytes: utf8('header') });
  await journal.putEphemeral({ vault, kind: 3, id: utf8('x'), expiresMs: 1, sealed: utf8('sealed') });
  await journal.setMeta('instance', 'x');
  const all = async (from: JournalReader): Promise<unknown> =>
    plain([
      await from.head(vault),
      await from.vaults(),
      await from.entries(vault, 0, 10),
      await from.sequenceAt(vault, 8),
      await from.chunk(small.id),
      await from.chunk(idNamed('unknown')),
      await from.chunkData(small.id),
      await from.chunkData(idNamed('large')),
      await from.chunks(vault, null, 10),
      await from.publicHeaders(vault),
      await from.ephemeral(vault, 3),
      await from.meta('instance'),
      await from.meta('run'),
      await from.head(vaultNamed('unknown')),
    ]);
  assert.deepEqual(await all(reader), await all(journal));
  await reader.close();
  await reader.close();
  await assert.rejects(reader.head(vault), (error) => isFault(error, 'unavailable'));
  await journal.close();
});

it('reads in another thread while the journal writes', async () => {
  const folder = freshFolder();
  const journal = await openJournal(folder, openFileDisk(folder), { create: true });
  await appendOne(journal, vault);
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { openJournalReader } from '${import.meta.resolve('./sqlite-reader.ts')}';
    const reader = openJournalReader(workerData.folder);
    let sequence = 0;
    while (sequence < 200) {
      const head = await reader.head(workerData.vault);
      const entries = await reader.entries(workerData.vault, 0, 1000);
      if (head.sequence < sequence || entries.length < head.sequence) throw new Error('went back');
      sequence = head.sequence;
    }
    await reader.close();
    parentPort.postMessage(sequence);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
    workerData: { folder, vault },
  });
  const seen = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  for (let i = 0; i < 199; i++) await appendOne(journal, vault);
  assert.equal(await seen, 200);
  await journal.close();
});

it('opens nothing that is not there, or newer', async () => {
  const folder = freshFolder();
  assert.throws(
    () => openJournalReader(folder),
    (error) => isFault(error, 'missing'),
  );
  const journal = await openJournal(folder, openFileDisk(folder), { create: true });
  await journal.close();
  const database = new DatabaseSync(join(folder, 'journal.db'));
  database.exec("UPDATE meta SET value = 9 WHERE key IN ('format', 'reads')");
  database.close();
  assert.throws(
    () => openJournalReader(folder),
    (error) => isFault(error, 'newer-format'),
  );
});
