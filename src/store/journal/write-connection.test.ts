import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { openFileDisk } from '../disk-files.ts';
import { appendOne, chunks, dataNamed, emptyHead, entryAfter, vault } from './journal-samples.contract.ts';
import { openJournal } from './sqlite-journal.ts';
import { SqliteReads } from './sqlite-reads.ts';
import { SqliteWrites } from './sqlite-writes.ts';
import { WriteConnection } from './write-connection.ts';

const root = mkdtempSync(join(tmpdir(), 'write-connection-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A journal with an entry, a small chunk and a leased one. */
async function filledJournal(): Promise<string> {
  const folder = mkdtempSync(join(root, 'folder-'));
  const journal = await openJournal(folder, openFileDisk(folder), { create: true });
  const small = dataNamed('small');
  const entries = [entryAfter(vault, emptyHead, { added: [small.id] })];
  await journal.append({ vault, expected: emptyHead, entries, data: [small] });
  await journal.lease({ vault, chunks });
  await journal.putPublicHeader(vault, { number: 1, bytes: new Uint8Array(3) });
  await journal.close();
  return join(folder, 'journal.db');
}

const erasing: readonly string[] = [
  'DELETE FROM entry',
  'DELETE FROM entry WHERE sequence = 1',
  'UPDATE entry SET body = NULL',
  "UPDATE entry SET header = x'00'",
  'INSERT OR REPLACE INTO entry SELECT * FROM entry',
  "REPLACE INTO entry(rowid, vault, fork, sequence, time, header, body_hash) VALUES (1, 1, 1, 1, 1, x'00', zeroblob(32))",
  'DELETE FROM chunk_data',
  "UPDATE chunk_data SET bytes = x'00'",
  "REPLACE INTO chunk_data(no, bytes) VALUES (1, x'00')",
  "INSERT INTO chunk_data(no, bytes) VALUES (1, x'00') ON CONFLICT (no) DO UPDATE SET bytes = x'00'",
  'DELETE FROM chunk',
  'UPDATE chunk SET id = zeroblob(32)',
  'UPDATE chunk SET data = NULL, state = 5',
  'DELETE FROM vault',
  "UPDATE vault SET sequence = 0, fork = 1, hash = zeroblob(32), id = x'00'",
  'DELETE FROM public_header',
  "UPDATE public_header SET bytes = x'00'",
  'DELETE FROM meta',
  'DROP TABLE entry',
  'DROP TRIGGER entry_undeleted',
  'DROP INDEX entry_place',
  'ALTER TABLE entry RENAME TO lost',
  'ALTER TABLE entry DROP COLUMN body',
  'CREATE TRIGGER eat AFTER INSERT ON entry BEGIN DELETE FROM entry; END',
  'CREATE TEMP TRIGGER eat AFTER INSERT ON entry BEGIN DELETE FROM entry; END',
  'CREATE TABLE more(a)',
  'CREATE TEMP TABLE entry(a)',
  "ATTACH ':memory:' AS elsewhere",
  'PRAGMA writable_schema = ON',
  'PRAGMA recursive_triggers = OFF',
  'PRAGMA journal_mode = DELETE',
  'PRAGMA synchronous = OFF',
  'PRAGMA wal_checkpoint(TRUNCATE)',
  'VACUUM',
  'REINDEX',
  'ANALYZE',
];

const tables = ['entry', 'chunk', 'chunk_data', 'vault', 'public_header', 'meta'];

function contentOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all());
  } finally {
    database.close();
  }
}

describe('the connection of the journal', () => {
  it('can not be made to erase, neither while it opens nor afterwards', async () => {
    const path = await filledJournal();
    const before = contentOf(path);
    const connection = WriteConnection.open(path, { create: false });
    const attempt = (sql: string): void => {
      // Where preparing is allowed, because an ordinary statement looks the same, running must fail.
      assert.throws(() => connection.prepare(sql).run(), Error, sql);
    };
    for (const sql of erasing.filter((text) => !text.startsWith('PRAGMA wal_checkpoint'))) attempt(sql);
    connection.seal();
    const refused = { message: /not authorized|authorization denied/ };
    for (const sql of erasing) assert.throws(() => connection.prepare(sql).run(), refused, sql);
    connection.writing(() => {
      for (const sql of erasing.filter((text) => !text.startsWith('PRAGMA wal_checkpoint'))) attempt(sql);
    });
    assert.equal(connection.prepare('SELECT count(*) AS n FROM entry').get()?.['n'], 1);
    connection.close();
    assert.deepEqual(contentOf(path), before);
  });

  it('can prepare nothing that writes once it is sealed', async () => {
    const connection = WriteConnection.open(await filledJournal(), { create: false });
    connection.seal();
    for (const sql of [
      'INSERT INTO chunk_data(bytes) VALUES (zeroblob(1))',
      'UPDATE chunk SET state = 4',
      "UPDATE meta SET value = 0 WHERE key = 'run'",
      'DELETE FROM ephemeral',
      'BEGIN',
      'SAVEPOINT a',
    ]) {
      assert.throws(() => connection.prepare(sql), { message: /not authorized/ }, sql);
    }
    connection.close();
  });

  it('keeps what another connection would erase without lifting the guards', async () => {
    const path = await filledJournal();
    const before = contentOf(path);
    const database = new DatabaseSync(path);
    database.exec('PRAGMA recursive_triggers = ON');
    const kept = { message: /are kept|can not become that|only moves on/ };
    for (const sql of [
      'DELETE FROM entry',
      'UPDATE entry SET body = NULL',
      'INSERT OR REPLACE INTO entry SELECT * FROM entry',
      'DELETE FROM chunk_data',
      "UPDATE chunk_data SET bytes = x'00'",
      'DELETE FROM chunk',
      'DELETE FROM vault',
      'UPDATE vault SET sequence = 0',
      'DELETE FROM public_header',
      "UPDATE public_header SET bytes = x'00'",
    ]) {
      assert.throws(() => database.exec(sql), kept, sql);
    }
    database.close();
    assert.deepEqual(contentOf(path), before);
  });

  it('allows the transitions of chunk states that there are, and no other', async () => {
    const path = await filledJournal();
    const database = new DatabaseSync(path);
    const allowed: string[] = [];
    const guard = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'chunk_changed'").get()?.['sql'];
    const setState = (state: number, lease: number): void =>
      database.exec(`UPDATE chunk SET state = ${state}, lease = iif(${state} = 1, ${lease}, NULL) WHERE data IS NULL`);
    for (const from of [1, 2, 3, 4, 5]) {
      for (const to of [1, 2, 3, 4, 5]) {
        database.exec('BEGIN; DROP TRIGGER chunk_changed');
        setState(from, 1);
        database.exec(String(guard));
        try {
          setState(to, 2);
          allowed.push(`${from}${to}`);
        } catch (error) {
          assert.match(String(error), /can not become that/);
        }
        database.exec('ROLLBACK');
      }
    }
    database.close();
    assert.deepEqual(allowed, ['11', '12', '13', '14', '23', '32', '34', '45']);
  });

  it('prepares its own statements anew when another program changed the schema', async () => {
    const path = await filledJournal();
    const folder = join(path, '..');
    const journal = await openJournal(folder, openFileDisk(folder), { create: false });
    await appendOne(journal, vault);
    const reaper = new DatabaseSync(path);
    reaper.exec('BEGIN; DROP TRIGGER entry_unchanged; COMMIT; VACUUM');
    reaper.close();
    assert.equal((await appendOne(journal, vault)).sequence, 3);
    await journal.putEphemeral({ vault, kind: 1, id: new Uint8Array(1), expiresMs: 1, sealed: new Uint8Array(1) });
    await journal.removeEphemeral(vault, 1, new Uint8Array(1));
    await journal.setMeta('a', 'b');
    await journal.close();
  });

  it('uses no statement that deletes but the one for short-lived rows', async () => {
    const statements: string[] = [];
    const connection = WriteConnection.open(await filledJournal(), { create: false });
    const prepare = (sql: string): ReturnType<WriteConnection['prepare']> => {
      statements.push(sql);
      return connection.prepare(sql);
    };
    assert.ok(new SqliteReads(prepare) && new SqliteWrites(prepare));
    connection.close();
    assert.deepEqual(
      statements.filter((sql) => /\b(DELETE|DROP|REPLACE|TRUNCATE|VACUUM|ATTACH)\b/i.test(sql)),
      ['DELETE FROM ephemeral WHERE vault = ? AND kind = ? AND id = ?'],
    );
    const updates = statements.flatMap((sql) => /\bUPDATE (?!SET)(\w+)/.exec(sql)?.[1] ?? []);
    assert.deepEqual([...new Set(updates)].sort(), ['chunk', 'meta', 'vault']);
  });
});
