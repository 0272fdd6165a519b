import type { StatementSync } from 'node:sqlite';
import { idBytes, type VaultId } from '#base/ids.ts';
import type { CheckedEntry } from './append-check.ts';
import { type ChunkChange, stateNumber } from './chunk-rules.ts';
import type { EphemeralRow, Head, PublicHeaderRow } from './journal.ts';
import type { Prepare } from './sqlite-reads.ts';

/** The statements that write. They add; what they change is heads, states, settings and short-lived rows. */
export class SqliteWrites {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #checkpoint: StatementSync;
  readonly #measureLog: StatementSync;
  readonly #startRun: StatementSync;
  readonly #addVault: StatementSync;
  readonly #moveHead: StatementSync;
  readonly #addEntry: StatementSync;
  readonly #addChunk: StatementSync;
  readonly #changeChunk: StatementSync;
  readonly #addChunkData: StatementSync;
  readonly #addPublicHeader: StatementSync;
  readonly #putEphemeral: StatementSync;
  readonly #removeEphemeral: StatementSync;
  readonly #setMeta: StatementSync;

  constructor(prepare: Prepare) {
    this.#begin = prepare('BEGIN IMMEDIATE');
    this.#commit = prepare('COMMIT');
    this.#rollback = prepare('ROLLBACK');
    this.#checkpoint = prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#measureLog = prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#startRun = prepare("UPDATE meta SET value = value + 1 WHERE key = 'run' RETURNING value");
    this.#addVault = prepare('INSERT INTO vault(id, fork, sequence, hash) VALUES (?, ?, ?, ?)');
    this.#moveHead = prepare('UPDATE vault SET fork = ?, sequence = ?, hash = ? WHERE no = ?');
    this.#addEntry = prepare(
      'INSERT INTO entry(vault, fork, sequence, time, header, body_hash, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#addChunk = prepare('INSERT INTO chunk(id, vault, state, size, lease, data) VALUES (?, ?, ?, ?, ?, ?)');
    this.#changeChunk = prepare('UPDATE chunk SET state = ?, lease = ?, data = coalesce(?, data) WHERE id = ?');
    this.#addChunkData = prepare('INSERT INTO chunk_data(bytes) VALUES (?)');
    this.#addPublicHeader = prepare('INSERT INTO public_header(vault, number, bytes) VALUES (?, ?, ?)');
    this.#putEphemeral = prepare(
      'INSERT INTO ephemeral(vault, kind, id, expires, sealed) VALUES (?, ?, ?, ?, ?) ' +
        'ON CONFLICT (vault, kind, id) DO UPDATE SET expires = excluded.expires, sealed = excluded.sealed',
    );
    this.#removeEphemeral = prepare('DELETE FROM ephemeral WHERE vault = ? AND kind = ? AND id = ?');
    this.#setMeta = prepare(
      'INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
  }

  begin(): void {
    this.#begin.run();
  }

  /** Returns when what was written since `begin` would survive a power cut. */
  commit(): void {
    this.#commit.run();
  }

  rollback(): void {
    this.#rollback.run();
  }

  /** Moves what the log holds into the database, as far as no reader is in the way. */
  checkpoint(): void {
    this.#checkpoint.get();
  }

  /** Pages in the log that are not in the database yet. (Older engines take NOOP for PASSIVE: also right.) */
  logPages(): number {
    const row = this.#measureLog.get();
    return Number(row?.['log'] ?? 0) - Number(row?.['checkpointed'] ?? 0);
  }

  /** Counts a start of the program and returns its number. */
  startRun(): number {
    return Number(this.#startRun.get()?.['value']);
  }

  addVault(id: VaultId, head: Head): number {
    return Number(this.#addVault.run(idBytes(id), head.fork, head.sequence, head.hash).lastInsertRowid);
  }

  moveHead(vaultNo: number, head: Head): void {
    this.#moveHead.run(head.fork, head.sequence, head.hash, vaultNo);
  }

  addEntry(vaultNo: number, entry: CheckedEntry): void {
    const { fork, sequence, timeMs } = entry.header;
    this.#addEntry.run(vaultNo, fork, sequence, timeMs, entry.headerBytes, entry.bodyHash, entry.body);
  }

  changeChunk(vaultNo: number, change: ChunkChange): void {
    const { state, sizeBytes, lease } = change.after;
    const data = change.bytes === null ? null : this.#addChunkData.run(change.bytes).lastInsertRowid;
    if (change.before === null) {
      this.#addChunk.run(idBytes(change.id), vaultNo, stateNumber(state), sizeBytes, lease, data);
    } else {
      this.#changeChunk.run(stateNumber(state), lease, data, idBytes(change.id));
    }
  }

  addPublicHeader(vaultNo: number, row: PublicHeaderRow): void {
    this.#addPublicHeader.run(vaultNo, row.number, row.bytes);
  }

  putEphemeral(vaultNo: number, row: EphemeralRow): void {
    this.#putEphemeral.run(vaultNo, row.kind, row.id, row.expiresMs, row.sealed);
  }

  removeEphemeral(vaultNo: number, kind: number, id: Uint8Array): void {
    this.#removeEphemeral.run(vaultNo, kind, id);
  }

  setMeta(key: string, value: string): void {
    this.#setMeta.run(key, value);
  }
}
