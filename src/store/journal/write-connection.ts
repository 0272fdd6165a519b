import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import { assert } from '#base/assert.ts';
import { Fault, isFault } from '#base/fault.ts';
import { shareDatabase } from '../shared-folder.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { missingJournal } from './journal-faults.ts';
import { checkWritable, createSchema, hasSchema } from './schema.ts';

export interface WriteConnectionOptions {
  /** Whether a journal that is not there is made; otherwise that is `missing`. */
  readonly create: boolean;
  /** For tests: SQLite answers SQLITE_FULL beyond this many pages. */
  readonly maxPages?: number;
}

/** Twice SQLite's default: bodies of some KiB are the rule, and fewer of them spill into further pages. */
const pageBytes = 8192;

/**
 * The engine checkpoints when it is told to (sqlite-journal.ts): its own checkpoints hide failed fsyncs. Memory-mapped
 * reading is off, because there a read error is a signal that ends the process.
 */
const settings = `
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -16384;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF;
PRAGMA recursive_triggers = ON;
`;

/** How long a commit waits for the reaper, the one other program that writes. */
const busyTimeoutMs = 10_000;

/**
 * The connection that the journal writes through. It can not erase: an authorizer allows the statements of the journal
 * to be prepared while it opens and, after `seal()`, nothing but SELECT. It is set before they are prepared, because
 * setting it makes SQLite prepare anew whatever was prepared before.
 */
export class WriteConnection {
  readonly #database: DatabaseSync;
  #sealed = false;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws Fault `missing`, `newer-format`, `damaged`; errors of SQLite as they are. */
  static open(path: string, options: WriteConnectionOptions): WriteConnection {
    if (options.create) shareDatabase(path);
    const database = new DatabaseSync(path, {
      timeout: busyTimeoutMs,
      enableForeignKeyConstraints: false,
      allowExtension: false,
      defensive: true,
    });
    try {
      prepareDatabase(database, options);
      const connection = new WriteConnection(database);
      database.setAuthorizer((action, first, second) => connection.#authorize(action, first, second));
      return connection;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction;
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** From here on only SELECT can be prepared. */
  seal(): void {
    this.#sealed = true;
  }

  /**
   * Runs prepared statements that write. When another connection has changed the schema SQLite prepares them anew, which
   * the authorizer allows in here only.
   */
  writing(work: () => void): void {
    assert(this.#sealed, 'the connection is not open yet');
    this.#sealed = false;
    try {
      work();
    } finally {
      this.#sealed = true;
    }
  }

  close(): void {
    this.#database.close();
  }

  #authorize(action: number, first: string | null, second: string | null): number {
    if (readActions.has(action)) return constants.SQLITE_OK;
    if (this.#sealed) return constants.SQLITE_DENY;
    const name = action === constants.SQLITE_UPDATE ? `${first}.${second}` : first;
    return name !== null && writeActions.get(action)?.has(name) === true ? constants.SQLITE_OK : constants.SQLITE_DENY;
  }
}

const readActions: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
]);

/** All that the journal's own statements do. Nothing here removes or changes an entry or the bytes of a chunk. */
const writeActions: ReadonlyMap<number, ReadonlySet<string>> = new Map([
  [constants.SQLITE_INSERT, new Set(['meta', 'vault', 'entry', 'chunk', 'chunk_data', 'public_header', 'ephemeral'])],
  [
    constants.SQLITE_UPDATE,
    new Set([
      'meta.value',
      'vault.fork',
      'vault.sequence',
      'vault.hash',
      'chunk.state',
      'chunk.lease',
      'chunk.data',
      'ephemeral.expires',
      'ephemeral.sealed',
    ]),
  ],
  [constants.SQLITE_DELETE, new Set(['ephemeral'])],
  [constants.SQLITE_TRANSACTION, new Set(['BEGIN', 'COMMIT', 'ROLLBACK'])],
  [constants.SQLITE_PRAGMA, new Set(['wal_checkpoint'])],
]);

function prepareDatabase(database: DatabaseSync, options: WriteConnectionOptions): void {
  const isNew = !hasSchema(database);
  if (isNew && !options.create) throw missingJournal();
  if (isNew) database.exec(`PRAGMA page_size = ${pageBytes}`);
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal')
    throw new Fault('io', 'The file system of the data folder has no room for the log of the journal.');
  database.exec(settings);
  if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  if (isNew) createSchema(database);
  checkWritable(database);
  truncateLog(database);
}

/**
 * Before the first write: what the log holds goes into the database with an fsync, and the log starts empty. So nothing
 * that is appended from now on stands behind frames of an earlier run. (recover-log.ts has made those durable before.)
 */
function truncateLog(database: DatabaseSync): void {
  try {
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch (error) {
    const fault = sqliteFault(error, 'writing', 'the journal');
    // The log can stay, for it is durable: on a full disk reading goes on.
    if (!isFault(fault, 'disk-full')) throw error;
  }
}
