import { join } from 'node:path';
import { assert, present } from '#base/assert.ts';
import { equalBytes } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { checkAppend, emptyHead } from './append-check.ts';
import { type ChunkState, type Head, maxDataBytes, type NewEntry, type PublicHeaderRow } from './journal.ts';
import { rewriteLog } from './recover-log.ts';
import { checkPublicHeader } from './row-checks.ts';
import { journalFile } from './schema.ts';
import { SqliteReads } from './sqlite-reads.ts';
import { SqliteWrites } from './sqlite-writes.ts';
import { WriteConnection } from './write-connection.ts';

/** A chunk in the state that its chain leaves it in. */
export interface RestoredChunk {
  readonly id: ChunkId;
  readonly state: Extract<ChunkState, 'live' | 'dropped' | 'erased'>;
  /** 1 for an erased one whose size nobody knows any more. */
  readonly sizeBytes: number;
  /** Of a small one. Without them the chunk is erased, or its file is durable already. */
  readonly bytes: Uint8Array | null;
}

/** While a restore is unfinished: of which instance. `instance` is set last, so that no program takes the half for the whole. */
const restoringKey = 'restoring';
const instanceKey = 'instance';

/**
 * The journal of an instance that is brought back from copies, before any program serves it. Entries are checked as any
 * append; states of chunks come from the whole chain, not from the entry at hand. Each call is durable when it returns, so
 * a restore that was killed goes on at the head.
 */
export class RestoreJournal {
  readonly #connection: WriteConnection;
  readonly #reads: SqliteReads;
  readonly #writes: SqliteWrites;

  private constructor(connection: WriteConnection) {
    this.#connection = connection;
    this.#reads = new SqliteReads((sql) => connection.prepare(sql));
    this.#writes = new SqliteWrites((sql) => connection.prepare(sql));
    connection.seal();
  }

  /** @throws Fault `damaged`, `newer-format`, `io`. The caller holds the lock of the folder. */
  static async open(folder: string, disk: Pick<Disk, 'read' | 'size' | 'writeInPlace'>): Promise<RestoreJournal> {
    await rewriteLog(disk);
    let connection: WriteConnection | undefined;
    try {
      connection = WriteConnection.open(join(folder, journalFile), { create: true });
      return new RestoreJournal(connection);
    } catch (error) {
      connection?.close();
      throw sqliteFault(error, 'writing', 'the journal');
    }
  }

  /** @throws Fault `read-only` when another instance, or one that nobody began to restore, is in the folder. */
  begin(instance: VaultId): void {
    const known = this.#reads.meta(instanceKey) ?? this.#reads.meta(restoringKey);
    if (known !== null && known !== instance)
      throw new Fault(
        'read-only',
        `Another instance (${known}) is in this folder. Nothing was changed; name an empty one.`,
      );
    if (known === null && this.#reads.vaults().length > 0)
      throw new Fault('read-only', 'Something else is in this folder. Nothing was changed; name an empty one.');
    this.#transact(() => this.#writes.setMeta(restoringKey, instance));
  }

  /** From here on the folder can be served. */
  finish(instance: VaultId): void {
    this.#transact(() => this.#writes.setMeta(instanceKey, instance));
  }

  head(vault: VaultId): Head {
    return this.#reads.vault(vault)?.head ?? emptyHead;
  }

  hasChunk(id: ChunkId): boolean {
    return this.#reads.chunk(id) !== null;
  }

  putPublicHeader(vault: VaultId, row: PublicHeaderRow): void {
    checkPublicHeader(row);
    this.#transact(() => {
      const { no } = this.#vault(vault);
      const stored = this.#reads.publicHeader(no, row.number);
      assert(stored === null || equalBytes(stored, row.bytes), 'a public header never changes');
      if (stored === null) this.#writes.addPublicHeader(no, row);
    });
  }

  /** Entries that follow the head, with the chunks that they add; those that have a row keep it. */
  append(vault: VaultId, entries: readonly NewEntry[], chunks: readonly RestoredChunk[]): Head {
    const checked = checkAppend({ vault, expected: this.head(vault), entries, data: [] });
    this.#transact(() => {
      const { no } = this.#vault(vault);
      for (const entry of checked.entries) this.#writes.addEntry(no, entry);
      this.#addChunks(no, chunks);
      this.#writes.moveHead(no, checked.head);
    });
    return checked.head;
  }

  /** Chunks of entries that are there, which could not be had before. */
  putBack(vault: VaultId, chunks: readonly RestoredChunk[]): void {
    if (chunks.length > 0) this.#transact(() => this.#addChunks(this.#vault(vault).no, chunks));
  }

  close(): void {
    this.#connection.writing(() => this.#writes.checkpoint());
    this.#connection.close();
  }

  #addChunks(vaultNo: number, chunks: readonly RestoredChunk[]): void {
    for (const { id, state, sizeBytes, bytes } of chunks) {
      assert(bytes === null || (bytes.length === sizeBytes && sizeBytes <= maxDataBytes), 'bytes for the database');
      if (this.#reads.chunk(id) !== null) continue;
      const place = bytes === null ? 'file' : 'database';
      const after = { own: true, state, sizeBytes, lease: null, place } as const;
      this.#writes.changeChunk(vaultNo, { id, before: null, after, bytes });
    }
  }

  #vault(vault: VaultId): { readonly no: number } {
    if (this.#reads.vault(vault) === null) this.#writes.addVault(vault, emptyHead);
    return present(this.#reads.vault(vault), 'vault');
  }

  #transact(work: () => void): void {
    try {
      this.#connection.writing(() => {
        this.#writes.begin();
        work();
        this.#writes.commit();
      });
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.writing(() => this.#writes.rollback());
      throw sqliteFault(error, 'writing', 'the journal');
    }
  }
}
