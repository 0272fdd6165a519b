import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#base/fault.ts';
import { type FolderFormat, formatSteps, newestFormat } from './formats.ts';

export const journalFile = 'journal.db';

/**
 * docs/format.md §9, as format 1 has it; formats.ts says what came after. Two tables hold large values and keep their rowids: a row's place must not depend on its size. `chunk`
 * keeps them as well: its rows and its index by vault grow at their end, and only the index of the ids, which are random,
 * is hit all over. With a million chunks every such page is one more to read, log and write.
 */
const tables = `
CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE vault(
  no INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  fork INTEGER NOT NULL CHECK (fork >= 1),
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE entry(
  vault INTEGER NOT NULL,
  fork INTEGER NOT NULL CHECK (fork >= 1),
  sequence INTEGER NOT NULL CHECK (sequence >= 1),
  time INTEGER NOT NULL,
  header BLOB NOT NULL,
  body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
  body BLOB
) STRICT;
CREATE UNIQUE INDEX entry_place ON entry(vault, fork, sequence);

CREATE TABLE chunk(
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
  vault INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
  size INTEGER NOT NULL CHECK (size >= 1),
  lease INTEGER CHECK ((lease IS NULL) = (state <> 1)),
  data INTEGER
) STRICT;
CREATE INDEX chunk_vault ON chunk(vault);

CREATE TABLE chunk_data(no INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE public_header(
  vault INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  bytes BLOB NOT NULL,
  PRIMARY KEY (vault, number)
) STRICT;

CREATE TABLE ephemeral(
  vault INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL,
  expires INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (vault, kind, id)
) STRICT;
`;

/**
 * The second lock on the door; the first is that an ordinary connection can not even prepare such a statement
 * (write-connection.ts). States go from leased to live (and on to dropped within one append) or condemned, between live
 * and dropped, and from there to condemned and erased. `recursive_triggers` is on, so that these fire for rows that a REPLACE would remove, too.
 */
const guards = `
CREATE TRIGGER entry_undeleted BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
CREATE TRIGGER chunk_data_undeleted BEFORE DELETE ON chunk_data BEGIN SELECT RAISE(ABORT, 'chunks are kept'); END;
CREATE TRIGGER chunk_data_unchanged BEFORE UPDATE ON chunk_data BEGIN SELECT RAISE(ABORT, 'chunks are kept'); END;
CREATE TRIGGER chunk_undeleted BEFORE DELETE ON chunk BEGIN SELECT RAISE(ABORT, 'chunk ids are kept'); END;
CREATE TRIGGER chunk_changed BEFORE UPDATE ON chunk
  WHEN NEW.id IS NOT OLD.id OR NEW.vault IS NOT OLD.vault OR NEW.size IS NOT OLD.size
    OR (OLD.data IS NOT NULL AND NEW.data IS NOT OLD.data AND OLD.state <> 4)
    OR OLD.state * 10 + NEW.state NOT IN (11, 12, 13, 14, 23, 32, 34, 45)
  BEGIN SELECT RAISE(ABORT, 'a chunk can not become that'); END;
CREATE TRIGGER vault_undeleted BEFORE DELETE ON vault BEGIN SELECT RAISE(ABORT, 'vaults are kept'); END;
CREATE TRIGGER vault_changed BEFORE UPDATE ON vault
  WHEN NEW.no IS NOT OLD.no OR NEW.id IS NOT OLD.id OR NEW.fork < OLD.fork
    OR (NEW.fork = OLD.fork AND NEW.sequence < OLD.sequence)
  BEGIN SELECT RAISE(ABORT, 'a head only moves on'); END;
CREATE TRIGGER public_header_undeleted BEFORE DELETE ON public_header
  BEGIN SELECT RAISE(ABORT, 'public headers are kept'); END;
CREATE TRIGGER public_header_unchanged BEFORE UPDATE ON public_header
  BEGIN SELECT RAISE(ABORT, 'public headers are kept'); END;
`;

export function hasSchema(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
}

/**
 * All or nothing: a crash leaves a database without any table, which is created anew. A new folder goes through the steps
 * of an upgrade, so that it is what an upgraded one is.
 */
export function createSchema(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${tables} ${guards}
    INSERT INTO meta VALUES ('format', 1), ('run', 0);
    ${formatSteps.map(stepSql).join('\n')}
    COMMIT;`);
}

/** What a step changes, and that it was done; to be run in one transaction. */
export function stepSql({ to, reads, sql }: (typeof formatSteps)[number]): string {
  return `${sql}
    UPDATE meta SET value = ${to} WHERE key = 'format';
    INSERT INTO meta VALUES ('reads', ${reads}) ON CONFLICT (key) DO UPDATE SET value = excluded.value;`;
}

/**
 * The format of a folder that this program can at least read.
 * @throws Fault `newer-format`, or `damaged` for a format that never was.
 */
export function formatOf(database: DatabaseSync): FolderFormat {
  const format = formatNumber(database, 'format');
  // Format 1 does not have it.
  const reads = formatNumber(database, 'reads') ?? format;
  if (format === undefined || reads === undefined || reads > format) {
    throw new Fault(
      'damaged',
      'The journal does not say what format it has. Nothing was changed; repair it from a copy.',
    );
  }
  if (reads <= newestFormat) return { format, reads };
  throw new Fault(
    'newer-format',
    `This data folder was written by a newer program (format ${format}, this program reads formats up to ${newestFormat}). ` +
      'Nothing was changed. Start the newer program again.',
  );
}

/** @throws Fault `newer-format` unless this program may write it. */
export function checkWritable(database: DatabaseSync): void {
  const { format } = formatOf(database);
  if (format > newestFormat) throw new Fault('newer-format', newerFormatMessage(format));
}

/** Undefined when there is no such number. */
function formatNumber(database: DatabaseSync, key: string): number | undefined {
  const value = database.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : undefined;
}

export function newerFormatMessage(format: number): string {
  return (
    `This data folder has format ${format}, and this program writes formats up to ${newestFormat}: it is open for reading ` +
    'only. Nothing was changed. Start the newer program again to write.'
  );
}
