import { join } from 'node:path';
import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import { type ChunkId, chunkIdOf, idBytes, type VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import { lockAgainstReaper } from '../lock.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { stateNumber } from './chunk-rules.ts';
import type { Condemned, ErasingJournal, SeenHead, StaleLease } from './erasing-journal.ts';
import { missingJournal } from './journal-faults.ts';
import { checkWritable, hasSchema, journalFile } from './schema.ts';

const busyTimeoutMs = 30_000;

/** As in write-connection.ts; what is deleted is overwritten with zeros. The journal moves the log, nobody else does. */
const settings = `
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -4096;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF;
PRAGMA recursive_triggers = ON;
`;

/** All that the reaper's statements do: states of ids, and the bytes of small chunks. Entries and heads are not among it. */
const writeActions: ReadonlyMap<number, ReadonlySet<string>> = new Map([
  [constants.SQLITE_UPDATE, new Set(['chunk.state', 'chunk.lease', 'chunk.data'])],
  [constants.SQLITE_DELETE, new Set(['chunk_data'])],
  [constants.SQLITE_TRANSACTION, new Set(['BEGIN', 'COMMIT', 'ROLLBACK'])],
]);

const readActions: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
]);

const dropped: number = stateNumber('dropped');
const leased: number = stateNumber('leased');
const condemned: number = stateNumber('condemned');
const erased: number = stateNumber('erased');

/**
 * The reaper's connection to the journal of a data folder, beside the server or without it. The triggers of the schema are
 * the second lock: they let an id only go the way dropped or leased, condemned, erased.
 * @throws Fault `missing`, `newer-format`, `damaged`, `io`.
 */
export function openErasableJournal(folder: string): ErasingJournal {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, journalFile), {
      timeout: busyTimeoutMs,
      enableForeignKeyConstraints: false,
      allowExtension: false,
      defensive: true,
    });
    if (!hasSchema(database)) throw missingJournal();
    checkWritable(database);
    database.exec(settings);
    database.setAuthorizer(authorize);
    return new SqliteErasingJournal(folder, database);
  } catch (error) {
    database?.close();
    throw sqliteFault(error, 'writing', 'the journal');
  }
}

function authorize(action: number, first: string | null, second: string | null): number {
  if (readActions.has(action)) return constants.SQLITE_OK;
  const name = action === constants.SQLITE_UPDATE ? `${first}.${second}` : first;
  return name !== null && writeActions.get(action)?.has(name) === true ? constants.SQLITE_OK : constants.SQLITE_DENY;
}

class SqliteErasingJournal implements ErasingJournal {
  readonly erasesData: boolean;
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #vault: StatementSync;
  readonly #headersBehind: StatementSync;
  readonly #condemn: StatementSync;
  readonly #condemnLease: StatementSync;
  readonly #dataOf: StatementSync;
  readonly #removeData: StatementSync;
  readonly #erase: StatementSync;
  readonly #leases: StatementSync;

  constructor(folder: string, database: DatabaseSync) {
    this.#folder = folder;
    this.#database = database;
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.#vault = prepare('SELECT no, fork FROM vault WHERE id = ?');
    this.#headersBehind = prepare('SELECT header FROM entry WHERE vault = ? AND sequence > ?');
    this.#condemn = prepare(`UPDATE chunk SET state = ${condemned} WHERE id = ? AND vault = ? AND state = ${dropped}`);
    this.#condemnLease = prepare(
      `UPDATE chunk SET state = ${condemned}, lease = NULL WHERE id = ? AND vault = ? AND state = ${leased} AND lease = ?`,
    );
    this.#dataOf = prepare(`SELECT data FROM chunk WHERE id = ? AND vault = ? AND state = ${condemned}`);
    this.#removeData = prepare('DELETE FROM chunk_data WHERE no = ?');
    this.#erase = prepare(
      `UPDATE chunk SET state = ${erased}, data = NULL WHERE id = ? AND vault = ? AND state = ${condemned}`,
    );
    this.#leases = prepare(
      `SELECT id, lease, size FROM chunk WHERE vault = ?1 AND state = ${leased} AND lease < ?2 ` +
        'AND rowid > iif(?3 IS NULL, 0, (SELECT rowid FROM chunk WHERE id = ?3)) ORDER BY rowid LIMIT ?4',
    );
    this.erasesData = guardLooksAtStates(database);
  }

  condemn(vault: VaultId, seen: SeenHead, ids: readonly ChunkId[]): Condemned {
    return this.#transact((): Condemned => {
      const row = this.#vault.get(idBytes(vault));
      if (row === undefined || row['fork'] !== seen.fork) return 'moved';
      const no = row['no'] as number;
      // What was added again is live, and is left out by its state; what was dropped anew has a window of its own.
      for (const entry of this.#headersBehind.iterate(no, seen.sequence)) {
        if (decodeHeader(entry['header'] as Uint8Array).header.type === 'drop') return 'moved';
      }
      return ids.filter((id) => this.#condemn.run(idBytes(id), no).changes === 1);
    });
  }

  condemnLeases(vault: VaultId, leases: readonly StaleLease[]): readonly ChunkId[] {
    return this.#transact(() => {
      const no = this.#vault.get(idBytes(vault))?.['no'];
      if (typeof no !== 'number') return [];
      return leases
        .filter(({ id, run }) => this.#condemnLease.run(idBytes(id), no, run).changes === 1)
        .map(({ id }) => id);
    });
  }

  erase(vault: VaultId, ids: readonly ChunkId[]): void {
    this.#transact(() => {
      const no = this.#vault.get(idBytes(vault))?.['no'];
      if (typeof no !== 'number') return;
      for (const id of ids) {
        const data = this.#dataOf.get(idBytes(id), no)?.['data'];
        if (typeof data === 'number') this.#removeData.run(data);
        this.#erase.run(idBytes(id), no);
      }
    });
  }

  staleLeases(vault: VaultId, run: number, after: ChunkId | null, limit: number): readonly StaleLease[] {
    const no = this.#vault.get(idBytes(vault))?.['no'];
    if (typeof no !== 'number') return [];
    return this.#leases.all(no, run, after === null ? null : idBytes(after), limit).map((row) => ({
      id: chunkIdOf(row['id'] as Uint8Array),
      run: Number(row['lease']),
      sizeBytes: Number(row['size']),
    }));
  }

  close(): void {
    this.#database.close();
  }

  /** A crash in here leaves all of it or nothing. */
  #transact<Result>(work: () => Result): Result {
    const lock = lockAgainstReaper(this.#folder);
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw sqliteFault(error, 'writing', 'the journal');
    } finally {
      lock.release();
    }
  }
}

/** The guard of the first format forbids every removal of stored bytes (docs/format.md §9). */
function guardLooksAtStates(database: DatabaseSync): boolean {
  const guard = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'chunk_data_undeleted'").get()?.['sql'];
  return typeof guard !== 'string' || /\bstate\b/.test(guard);
}
