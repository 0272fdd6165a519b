import { statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { emptyHead } from './append-check.ts';
import type { ChunkRow, EphemeralRow, Head, JournalReader, PublicHeaderRow, StoredEntry } from './journal.ts';
import { closedJournal, missingJournal } from './journal-faults.ts';
import { checkLimit, checkPage } from './row-checks.ts';
import { formatOf, hasSchema, journalFile } from './schema.ts';
import { SqliteReads, type VaultRow } from './sqlite-reads.ts';

/** The half of a journal that reads, for the journal itself and for connections beside it. */
export abstract class SqliteReadHalf implements JournalReader {
  protected readonly reads: SqliteReads;

  constructor(reads: SqliteReads) {
    this.reads = reads;
  }

  async head(vault: VaultId): Promise<Head> {
    return this.#read(() => this.vaultRow(vault)?.head ?? emptyHead);
  }

  async vaults(): Promise<readonly VaultId[]> {
    return this.#read(() => this.reads.vaults());
  }

  async entries(vault: VaultId, after: number, limit: number): Promise<readonly StoredEntry[]> {
    checkPage(after, limit);
    return this.#ofVault(vault, [], (row) => this.reads.entries(row, after, limit));
  }

  async sequenceAt(vault: VaultId, timeMs: number): Promise<number> {
    return this.#ofVault(vault, 0, (row) => this.reads.sequenceAt(row, timeMs));
  }

  async chunk(id: ChunkId): Promise<ChunkRow | null> {
    return this.#read(() => this.reads.chunk(id));
  }

  async chunkData(id: ChunkId): Promise<Uint8Array | null> {
    return this.#read(() => this.reads.chunkData(id));
  }

  async chunks(
    vault: VaultId,
    after: ChunkId | null,
    limit: number,
  ): Promise<readonly (ChunkRow & { readonly id: ChunkId })[]> {
    checkLimit(limit);
    return this.#ofVault(vault, [], (row) => this.reads.chunks(row, after, limit));
  }

  async publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]> {
    return this.#ofVault(vault, [], (row) => this.reads.publicHeaders(row.no));
  }

  async ephemeral(vault: VaultId, kind: number): Promise<readonly EphemeralRow[]> {
    return this.#ofVault(vault, [], (row) => this.reads.ephemeral(row.no, vault, kind));
  }

  async meta(key: string): Promise<string | null> {
    return this.#read(() => this.reads.meta(key));
  }

  abstract close(): Promise<void>;

  /** @throws Fault when nothing may be read any more. */
  protected abstract assertUsable(): void;

  protected abstract vaultRow(vault: VaultId): VaultRow | null;

  #ofVault<T>(vault: VaultId, none: T, work: (row: VaultRow) => T): T {
    return this.#read(() => {
      const row = this.vaultRow(vault);
      return row === null ? none : work(row);
    });
  }

  #read<T>(work: () => T): T {
    this.assertUsable();
    try {
      return work();
    } catch (error) {
      throw sqliteFault(error, 'reading', 'the journal');
    }
  }
}

/**
 * A connection beside the journal's, for other threads. It sees what is committed, and only after it is durable: the
 * engine publishes a commit after the fsync of its log.
 */
class SqliteJournalReader extends SqliteReadHalf {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    super(new SqliteReads((sql) => database.prepare(sql)));
    this.#database = database;
  }

  override async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  protected override assertUsable(): void {
    if (!this.#database.isOpen) throw closedJournal();
  }

  protected override vaultRow(vault: VaultId): VaultRow | null {
    return this.reads.vault(vault);
  }
}

const busyTimeoutMs = 10_000;

/** As in write-connection.ts, with a smaller cache: there are as many readers as threads. */
const settings = `
PRAGMA query_only = ON;
PRAGMA cache_size = -4096;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF;
`;

const readActions: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
]);

/**
 * `beside`: the journal may be open, in this process or another. `alone`: the folder's lock is held and nobody writes;
 * then reading leaves nothing in the folder. (But for `journal.db-shm`, which is made anew from a log that a crash left.)
 */
export type ReaderUse = 'beside' | 'alone';

/** @throws Fault `missing`, `newer-format`, `damaged`, `io`. */
export function openJournalReader(folder: string, use: ReaderUse = 'beside'): JournalReader {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(readerAddress(folder, use), {
      readOnly: true,
      timeout: busyTimeoutMs,
      allowExtension: false,
    });
    database.exec(settings);
    if (!hasSchema(database)) throw missingJournal();
    formatOf(database);
    database.setAuthorizer((action) => (readActions.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
    return new SqliteJournalReader(database);
  } catch (error) {
    database?.close();
    const fault = sqliteFault(error, 'reading', 'the journal');
    // What is not there can not be opened, and SQLite says no more than that.
    throw isFault(fault, 'io') && database === undefined ? missingJournal() : fault;
  }
}

function readerAddress(folder: string, use: ReaderUse): string | URL {
  const path = join(folder, journalFile);
  if (use === 'beside' || logSizeBytes(path) > 0) return path;
  // Without it SQLite makes the files of the log, also to read. With a log it would not see what that holds.
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  return address;
}

function logSizeBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
