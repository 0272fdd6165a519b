import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { Fault, isFault } from '#base/fault.ts';
import { type ChunkId, idBytes, type VaultId, vaultIdOf } from '#base/ids.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { stateOf } from './chunk-rules.ts';
import type { ChunkState, PublicHeaderRow, StoredEntry } from './journal.ts';
import { formatOf, hasSchema, journalFile } from './schema.ts';

/** Entries of one fork number, as the rows say. */
export interface Branch {
  readonly fork: number;
  readonly first: number;
  readonly last: number;
}

type Row = Record<string, SQLOutputValue>;

/**
 * What is left in the journal of a data folder that may be damaged anywhere: every row that the engine still gives out,
 * whether or not heads and neighbours fit. The caller believes nothing that it has not checked. What cannot be read is
 * told, and counts as not there.
 */
export class SalvageReader {
  readonly #database: DatabaseSync;
  readonly #numbers: ReadonlyMap<VaultId, number>;
  readonly #onUnreadable: (what: string) => void;
  /** By their text: there are as many as methods. */
  readonly #statements: Map<string, StatementSync> = new Map();

  private constructor(database: DatabaseSync, onUnreadable: (what: string) => void) {
    this.#database = database;
    this.#onUnreadable = onUnreadable;
    this.#numbers = new Map(
      this.#rows('the list of vaults', 'SELECT no, id FROM vault ORDER BY id').flatMap((row) => {
        const { no, id } = row;
        return typeof no === 'number' && id instanceof Uint8Array && id.length === 16
          ? [[vaultIdOf(id), no] as const]
          : [];
      }),
    );
  }

  /**
   * Undefined when there is no journal, or none that the engine can open, which is told.
   * @throws Fault `newer-format`, `unavailable`, `io`.
   */
  static open(folder: string, onUnreadable: (what: string) => void): SalvageReader | undefined {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(join(folder, journalFile), {
        readOnly: true,
        timeout: 10_000,
        allowExtension: false,
      });
      database.exec(
        'PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF',
      );
      if (!hasSchema(database)) throw new Fault('damaged', 'There are no tables in the journal.');
      formatOf(database);
      return new SalvageReader(database, onUnreadable);
    } catch (error) {
      database?.close();
      const fault = sqliteFault(error, 'reading', 'the journal');
      if (isFault(fault, 'damaged')) onUnreadable(journalFile);
      else if (database !== undefined || !isFault(fault, 'io')) throw fault;
      return undefined;
    }
  }

  meta(key: string): string | undefined {
    const [row] = this.#rows(`the setting ${key}`, 'SELECT value FROM meta WHERE key = ?', key);
    return row === undefined ? undefined : String(row['value']);
  }

  vaults(): readonly VaultId[] {
    return [...this.#numbers.keys()];
  }

  publicHeaders(vault: VaultId): readonly PublicHeaderRow[] {
    const sql = 'SELECT number, bytes FROM public_header WHERE vault = ? ORDER BY number';
    return this.#rows(`public headers of ${vault}`, sql, this.#number(vault)).flatMap(({ number, bytes }) =>
      typeof number === 'number' && bytes instanceof Uint8Array ? [{ number, bytes }] : [],
    );
  }

  /** Highest fork number first. */
  branches(vault: VaultId): readonly Branch[] {
    const sql =
      'SELECT fork, min(sequence) AS first, max(sequence) AS last FROM entry WHERE vault = ? GROUP BY fork ORDER BY fork DESC';
    return this.#rows(`entries of ${vault}`, sql, this.#number(vault)).flatMap(({ fork, first, last }) =>
      typeof fork === 'number' && typeof first === 'number' && typeof last === 'number' ? [{ fork, first, last }] : [],
    );
  }

  /** Of every branch. */
  entriesAt(vault: VaultId, sequence: number): readonly StoredEntry[] {
    return this.branches(vault).flatMap(({ fork, first, last }) =>
      sequence < first || sequence > last ? [] : this.entriesOf(vault, fork, sequence, 1),
    );
  }

  /** From this sequence on, ascending; those that are missing are skipped. */
  entriesOf(vault: VaultId, fork: number, from: number, limit: number): readonly StoredEntry[] {
    const sql =
      'SELECT fork, sequence, header, body_hash, body FROM entry WHERE vault = ? AND fork = ? AND sequence >= ? ' +
      'ORDER BY sequence LIMIT ?';
    const rows = this.#tryRows(sql, this.#number(vault), fork, from, limit);
    if (rows !== undefined) return rows.flatMap(storedEntry);
    if (limit === 1) this.#onUnreadable(`entry ${from} of ${vault}`);
    // One of them cannot be read: the others can.
    return limit === 1
      ? []
      : Array.from({ length: limit }, (_, index) => this.entriesOf(vault, fork, from + index, 1))
          .flat()
          .filter((entry, index, all) => all.findIndex((other) => other.sequence === entry.sequence) === index);
  }

  chunkState(id: ChunkId): ChunkState | undefined {
    const [row] = this.#rows(`the row of chunk ${id}`, 'SELECT state FROM chunk WHERE id = ?', idBytes(id));
    return typeof row?.['state'] === 'number' ? stateOf(row['state']) : undefined;
  }

  /** Bytes of a chunk that lives in the database, as they are. */
  chunkData(id: ChunkId): Uint8Array | undefined {
    const sql = 'SELECT bytes FROM chunk JOIN chunk_data ON no = data WHERE id = ?';
    const [row] = this.#rows(`chunk ${id}`, sql, idBytes(id));
    return row?.['bytes'] instanceof Uint8Array ? row['bytes'] : undefined;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #number(vault: VaultId): number {
    return this.#numbers.get(vault) ?? -1;
  }

  #rows(what: string, sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    const rows = this.#tryRows(sql, ...values);
    if (rows === undefined) this.#onUnreadable(what);
    return rows ?? [];
  }

  /** Undefined when the engine meets damage. */
  #tryRows(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] | undefined {
    try {
      const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
      this.#statements.set(sql, statement);
      return statement.all(...values);
    } catch (error) {
      const fault = sqliteFault(error, 'reading', 'the journal');
      if (isFault(fault, 'damaged') || isFault(fault, 'io')) return undefined;
      throw fault;
    }
  }
}

function storedEntry(row: Row): readonly StoredEntry[] {
  const { fork, sequence, header, body_hash: bodyHash, body } = row;
  if (typeof fork !== 'number' || typeof sequence !== 'number') return [];
  if (!(header instanceof Uint8Array) || !(bodyHash instanceof Uint8Array) || bodyHash.length !== 32) return [];
  return [{ fork, sequence, header, bodyHash, body: body instanceof Uint8Array ? body : null }];
}
