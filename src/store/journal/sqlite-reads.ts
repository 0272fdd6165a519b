import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { equalBytes } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import { type ChunkId, chunkIdOf, idBytes, type VaultId, vaultIdOf } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { decodeHeader } from '#format/entry.ts';
import { emptyHead } from './append-check.ts';
import { type ChunkRecord, stateOf } from './chunk-rules.ts';
import type { ChunkRow, EphemeralRow, Head, PublicHeaderRow, StoredEntry } from './journal.ts';

export type Prepare = (sql: string) => StatementSync;

type Row = Record<string, SQLOutputValue>;

export interface VaultRow {
  readonly no: number;
  readonly head: Head;
}

/** Entries of one fork number that are on the chain. */
interface Stretch {
  readonly fork: number;
  readonly first: number;
  readonly last: number;
}

const chunkColumns = 'vault.id AS vault_id, state, size, data';
const entryColumns = 'fork, sequence, header, body_hash, body';

/** The statements that read, for any connection. They throw what SQLite throws, and Fault `damaged`. */
export class SqliteReads {
  readonly #vault: StatementSync;
  readonly #vaults: StatementSync;
  readonly #entry: StatementSync;
  readonly #firstOfFork: StatementSync;
  readonly #forksAt: StatementSync;
  readonly #entries: StatementSync;
  readonly #sequenceAt: StatementSync;
  readonly #chunk: StatementSync;
  readonly #chunkRecord: StatementSync;
  readonly #chunkData: StatementSync;
  readonly #chunks: StatementSync;
  readonly #publicHeader: StatementSync;
  readonly #publicHeaders: StatementSync;
  readonly #ephemeral: StatementSync;
  readonly #meta: StatementSync;

  constructor(prepare: Prepare) {
    this.#vault = prepare('SELECT no, fork, sequence, hash FROM vault WHERE id = ?');
    this.#vaults = prepare('SELECT id FROM vault ORDER BY id');
    this.#entry = prepare(`SELECT ${entryColumns} FROM entry WHERE vault = ? AND fork = ? AND sequence = ?`);
    this.#firstOfFork = prepare('SELECT min(sequence) AS first FROM entry WHERE vault = ? AND fork = ?');
    this.#forksAt = prepare(
      'SELECT fork, header, body_hash FROM entry WHERE vault = ? AND fork < ? AND sequence = ? ORDER BY fork DESC',
    );
    this.#entries = prepare(
      `SELECT ${entryColumns} FROM entry WHERE vault = ? AND fork = ? AND sequence BETWEEN ? AND ? ` +
        'ORDER BY sequence LIMIT ?',
    );
    this.#sequenceAt = prepare(
      'SELECT sequence FROM entry WHERE vault = ? AND fork = ? AND sequence BETWEEN ? AND ? AND time <= ? ' +
        'ORDER BY sequence DESC LIMIT 1',
    );
    this.#chunk = prepare(`SELECT ${chunkColumns} FROM chunk JOIN vault ON no = vault WHERE chunk.id = ?`);
    this.#chunkRecord = prepare('SELECT vault, state, size, lease, data FROM chunk WHERE id = ?');
    this.#chunkData = prepare('SELECT bytes FROM chunk JOIN chunk_data ON no = data WHERE id = ?');
    this.#chunks = prepare(
      `SELECT chunk.id AS chunk_id, ${chunkColumns} FROM chunk JOIN vault ON no = vault ` +
        'WHERE vault = ?1 AND chunk.rowid > iif(?2 IS NULL, 0, (SELECT rowid FROM chunk WHERE id = ?2)) ' +
        'ORDER BY chunk.rowid LIMIT ?3',
    );
    this.#publicHeader = prepare('SELECT bytes FROM public_header WHERE vault = ? AND number = ?');
    this.#publicHeaders = prepare('SELECT number, bytes FROM public_header WHERE vault = ? ORDER BY number');
    this.#ephemeral = prepare('SELECT id, expires, sealed FROM ephemeral WHERE vault = ? AND kind = ? ORDER BY id');
    this.#meta = prepare('SELECT value FROM meta WHERE key = ?');
  }

  /** The head is checked against the entry that it names: it is what everything that is appended builds on. */
  vault(id: VaultId): VaultRow | null {
    const row = this.#vault.get(idBytes(id));
    if (row === undefined) return null;
    const head = { fork: integer(row, 'fork'), sequence: integer(row, 'sequence'), hash: blob(row, 'hash') };
    const no = integer(row, 'no');
    if (head.sequence === 0) {
      if (!equalBytes(head.hash, emptyHead.hash)) throw damaged('the head of an empty vault');
      return { no, head };
    }
    if (this.#forkOfEntry(no, head) === undefined) throw damaged('the head of a vault');
    return { no, head };
  }

  /** That of the entry that a head names: a lower one than the head's between the decision for a fork and its first entry. */
  #forkOfEntry(no: number, head: Head): number | undefined {
    const last = this.#entry.get(no, head.fork, head.sequence);
    if (last !== undefined) return equalBytes(hashOf(last), head.hash) ? head.fork : undefined;
    const before = this.#forksAt.all(no, head.fork, head.sequence).find((row) => equalBytes(hashOf(row), head.hash));
    return before === undefined ? undefined : integer(before, 'fork');
  }

  vaults(): VaultId[] {
    return this.#vaults.all().map((row) => vaultIdOf(blob(row, 'id', 16)));
  }

  entries(vault: VaultRow, after: number, limit: number): StoredEntry[] {
    const entries: StoredEntry[] = [];
    for (const { fork, first, last } of this.#chain(vault)) {
      let next = Math.max(first, after + 1);
      if (next > last || entries.length >= limit) continue;
      for (const row of this.#entries.all(vault.no, fork, next, last, limit - entries.length)) {
        if (integer(row, 'sequence') !== next) throw damaged(`the chain of a vault: entry ${next} is missing`);
        entries.push(storedEntry(row));
        next += 1;
      }
      if (next <= last && entries.length < limit) throw damaged(`the chain of a vault: entry ${next} is missing`);
    }
    return entries;
  }

  /** Walks back from the newest: observed times need not ascend, so nothing shorter is right. */
  sequenceAt(vault: VaultRow, timeMs: number): number {
    for (const { fork, first, last } of this.#chain(vault).reverse()) {
      const row = this.#sequenceAt.get(vault.no, fork, first, last, timeMs);
      if (row !== undefined) return integer(row, 'sequence');
    }
    return 0;
  }

  chunk(id: ChunkId): ChunkRow | null {
    const row = this.#chunk.get(idBytes(id));
    return row === undefined ? null : chunkRow(row);
  }

  /** As the vault with this number sees it; null as a number is a vault that has no row yet. */
  chunkRecord(id: ChunkId, vaultNo: number | null): ChunkRecord | null {
    const row = this.#chunkRecord.get(idBytes(id));
    if (row === undefined) return null;
    const { state, sizeBytes, place } = chunkFields(row);
    const lease = row['lease'] === null ? null : integer(row, 'lease');
    return { own: integer(row, 'vault') === vaultNo, state, sizeBytes, place, lease };
  }

  chunkData(id: ChunkId): Uint8Array | null {
    const row = this.#chunkData.get(idBytes(id));
    return row === undefined ? null : blob(row, 'bytes');
  }

  chunks(vault: VaultRow, after: ChunkId | null, limit: number): (ChunkRow & { readonly id: ChunkId })[] {
    const rows = this.#chunks.all(vault.no, after === null ? null : idBytes(after), limit);
    return rows.map((row) => ({ id: chunkIdOf(blob(row, 'chunk_id', 32)), ...chunkRow(row) }));
  }

  publicHeader(vaultNo: number, number: number): Uint8Array | null {
    const row = this.#publicHeader.get(vaultNo, number);
    return row === undefined ? null : blob(row, 'bytes');
  }

  publicHeaders(vaultNo: number): PublicHeaderRow[] {
    return this.#publicHeaders
      .all(vaultNo)
      .map((row) => ({ number: integer(row, 'number'), bytes: blob(row, 'bytes') }));
  }

  ephemeral(vaultNo: number, vault: VaultId, kind: number): EphemeralRow[] {
    return this.#ephemeral.all(vaultNo, kind).map((row) => ({
      vault,
      kind,
      id: blob(row, 'id'),
      expiresMs: integer(row, 'expires'),
      sealed: blob(row, 'sealed'),
    }));
  }

  meta(key: string): string | null {
    const value = this.#meta.get(key)?.['value'];
    if (value === undefined) return null;
    if (typeof value !== 'string' && typeof value !== 'number') throw damaged('a setting');
    return String(value);
  }

  /**
   * The chain that ends at the head, ascending. A branch that lost against a deliberate fork may be stored beside it, so
   * each stretch is tied to the one before by its hash.
   */
  #chain(vault: VaultRow): Stretch[] {
    const chain: Stretch[] = [];
    let last = vault.head.sequence;
    let fork = last === 0 ? vault.head.fork : this.#forkOfEntry(vault.no, vault.head);
    if (fork === undefined) throw damaged('the head of a vault');
    while (last > 0) {
      const first = this.#firstOfFork.get(vault.no, fork)?.['first'];
      if (typeof first !== 'number' || first > last) throw damaged('the chain of a vault');
      chain.unshift({ fork, first, last });
      if (first === 1) break;
      fork = this.#forkBefore(vault.no, fork, first);
      last = first - 1;
    }
    return chain;
  }

  #forkBefore(vaultNo: number, fork: number, first: number): number {
    const row = this.#entry.get(vaultNo, fork, first);
    if (row === undefined) throw damaged('the chain of a vault');
    const { previousHash } = decodeHeader(blob(row, 'header')).header;
    for (const candidate of this.#forksAt.all(vaultNo, fork, first - 1)) {
      if (equalBytes(hashOf(candidate), previousHash)) return integer(candidate, 'fork');
    }
    throw damaged(`the chain of a vault: what stands before entry ${first} of fork ${fork} is missing`);
  }
}

function hashOf(row: Row): Uint8Array {
  return entryHash(blob(row, 'header'), blob(row, 'body_hash'));
}

function storedEntry(row: Row): StoredEntry {
  return {
    fork: integer(row, 'fork'),
    sequence: integer(row, 'sequence'),
    header: blob(row, 'header'),
    bodyHash: blob(row, 'body_hash'),
    body: row['body'] === null ? null : blob(row, 'body'),
  };
}

function chunkRow(row: Row): ChunkRow {
  return { vault: vaultIdOf(blob(row, 'vault_id', 16)), ...chunkFields(row) };
}

function chunkFields(row: Row): Omit<ChunkRow, 'vault'> {
  const state = stateOf(integer(row, 'state'));
  if (state === undefined) throw damaged('the state of a chunk');
  return { state, sizeBytes: integer(row, 'size'), place: row['data'] === null ? 'file' : 'database' };
}

function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damaged(`the column ${column}`);
  return value;
}

function blob(row: Row, column: string, length?: number): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
    throw damaged(`the column ${column}`);
  }
  return value;
}

function damaged(what: string): Fault {
  return new Fault('damaged', `The journal is damaged: ${what}. Nothing was changed; verify, then repair from a copy.`);
}
