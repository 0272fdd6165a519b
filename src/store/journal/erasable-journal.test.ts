import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { openFileDisk } from '../disk-files.ts';
import { openErasableJournal } from './erasable-journal.ts';
import { erasingContract } from './erasing.contract.ts';
import { ErasingMemory } from './erasing-memory.ts';
import type { Journal } from './journal.ts';
import { JournalMemory } from './memory-journal.ts';
import { openJournal } from './sqlite-journal.ts';

const root = mkdtempSync(join(tmpdir(), 'erasable-journal-'));
after(() => rmSync(root, { recursive: true, force: true }));

function freshFolder(): string {
  const folder = mkdtempSync(join(root, 'folder-'));
  mkdirSync(join(folder, 'reaper'));
  return folder;
}

async function open(folder: string): Promise<Journal> {
  return openJournal(folder, openFileDisk(folder), { create: true });
}

/** The guard of the first format, and the one that looks at the state of an id. */
function setGuard(folder: string, looksAtStates: boolean): void {
  const database = new DatabaseSync(join(folder, 'journal.db'));
  const when = looksAtStates ? 'WHEN EXISTS (SELECT 1 FROM chunk WHERE data = OLD.no AND state NOT IN (4, 5))' : '';
  database.exec(`DROP TRIGGER chunk_data_undeleted;
    CREATE TRIGGER chunk_data_undeleted BEFORE DELETE ON chunk_data ${when}
      BEGIN SELECT RAISE(ABORT, 'chunks are kept'); END`);
  database.close();
}

erasingContract('SQLite', () => {
  const folder = freshFolder();
  return {
    start: async () => {
      await (await open(folder)).close();
      setGuard(folder, true);
      return open(folder);
    },
    erasing: () => openErasableJournal(folder),
  };
});

it('says whether the folder lets bytes in the database go', async () => {
  const folder = freshFolder();
  await (await open(folder)).close();
  for (const looksAtStates of [false, true]) {
    setGuard(folder, looksAtStates);
    const erasing = openErasableJournal(folder);
    assert.equal(erasing.erasesData, looksAtStates);
    erasing.close();
  }
});

erasingContract('model', () => {
  const memory = new JournalMemory();
  return { start: async () => memory.start(), erasing: () => new ErasingMemory(memory) };
});

it("has no statement that touches entries, heads or live chunks: the reaper's connection refuses them", async () => {
  const folder = freshFolder();
  await (await open(folder)).close();
  const prepare = DatabaseSync.prototype.prepare;
  const opened: DatabaseSync[] = [];
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
    opened.push(this);
    return prepare.call(this, sql);
  };
  const erasing = openErasableJournal(folder);
  DatabaseSync.prototype.prepare = prepare;
  const database = opened.at(-1);
  assert.ok(database !== undefined);
  for (const sql of [
    'DELETE FROM entry',
    'UPDATE entry SET body = NULL',
    'DELETE FROM chunk',
    'UPDATE chunk SET size = 1',
    'INSERT INTO chunk_data(bytes) VALUES (NULL)',
    'UPDATE vault SET sequence = 0',
    'DELETE FROM meta',
    'DELETE FROM public_header',
    'DROP TRIGGER entry_undeleted',
    'PRAGMA writable_schema = ON',
  ]) {
    assert.throws(() => database.prepare(sql), /not authorized|prohibited/, sql);
  }
  erasing.close();
});

it('is refused where there is no journal', () => {
  assert.throws(
    () => openErasableJournal(freshFolder()),
    (error) => isFault(error, 'missing'),
  );
});
