import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { idBytes } from '#base/ids.ts';
import { openFileDisk } from '../disk-files.ts';
import { formatSteps, newestFormat } from './formats.ts';
import { dataNamed, emptyHead, entryAfter, vault } from './journal-samples.contract.ts';
import { openJournal } from './sqlite-journal.ts';

const root = mkdtempSync(join(tmpdir(), 'formats-'));
after(() => rmSync(root, { recursive: true, force: true }));

const small = dataNamed('small');

/** A journal with one small chunk, live, opened with no guard but those of the schema. */
async function guarded(): Promise<DatabaseSync> {
  const folder = mkdtempSync(join(root, 'folder-'));
  const journal = await openJournal(folder, openFileDisk(folder), { create: true });
  const entries = [entryAfter(vault, emptyHead, { added: [small.id] })];
  await journal.append({ vault, expected: emptyHead, entries, data: [small] });
  await journal.close();
  return new DatabaseSync(join(folder, 'journal.db'));
}

function become(database: DatabaseSync, state: number): void {
  database.prepare('UPDATE chunk SET state = ? WHERE id = ?').run(state, idBytes(small.id));
}

function bytesOf(database: DatabaseSync): unknown {
  return database.prepare('SELECT bytes FROM chunk JOIN chunk_data ON no = data WHERE id = ?').get(idBytes(small.id))?.[
    'bytes'
  ];
}

it('every step leads to the next format, and the last release still reads what a new folder is made in', () => {
  assert.deepEqual(
    formatSteps.map(({ to }) => to),
    formatSteps.map((_, index) => index + 2),
  );
  for (const { to, reads } of formatSteps) assert.ok(reads <= to);
  const newest = formatSteps.at(-1);
  assert.ok(newest === undefined || newest.reads < newestFormat);
});

it('bytes of a small chunk go only when their id is given up', async () => {
  const database = await guarded();
  const erase = (): void => void database.prepare('DELETE FROM chunk_data').run();
  assert.throws(erase, /chunks are kept/, 'live');
  become(database, 3);
  assert.throws(erase, /chunks are kept/, 'dropped');
  become(database, 4);
  erase();
  assert.equal(bytesOf(database), undefined);
  assert.throws(() => become(database, 2), /can not become that/);
  become(database, 5);
  database.close();
});
