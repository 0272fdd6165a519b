import { join } from 'node:path';
import { assert } from '#base/assert.ts';
import { equalBytes } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import { limits, type VaultId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';
import { lockAgainstReaper, reaperLockPath } from '../lock.ts';
import { sqliteFault } from '../sqlite-fault.ts';
import { type CheckedAppend, checkAppend, emptyHead, sameHead } from './append-check.ts';
import { planAppend, planLease } from './chunk-rules.ts';
import { type Group, GroupQueue, type Planned } from './group-queue.ts';
import {
  type AppendRequest,
  type AppendResult,
  type EphemeralRow,
  type ForkableJournal,
  type Head,
  type LeaseRequest,
  type LeaseState,
  maxChunksPerLease,
  type PublicHeaderRow,
} from './journal.ts';
import { closedJournal, missingJournal } from './journal-faults.ts';
import { rewriteLog } from './recover-log.ts';
import { checkEphemeral, checkMetaKey, checkPublicHeader } from './row-checks.ts';
import { journalFile } from './schema.ts';
import { SqliteReadHalf } from './sqlite-reader.ts';
import { SqliteReads, type VaultRow } from './sqlite-reads.ts';
import { SqliteWrites } from './sqlite-writes.ts';
import { WriteConnection, type WriteConnectionOptions } from './write-connection.ts';

/** From here on the log is moved into the database when nobody waits: 8 MiB. */
const idleCheckpointPages = 1000;
/** And from here on even when somebody does: 32 MiB, before the index of the log needs a second page of memory. */
const forcedCheckpointPages = 4000;
/** Heads beyond this many are forgotten and read again. */
const maxKnownVaults = 100_000;
/** What a small row costs in memory while it waits. */
const smallRequestBytes = 256;

/**
 * Opens the journal of a data folder for the one process that holds its lock, and recovers what a crash left.
 * @param disk of the same folder; used once, to make the log of an earlier run durable.
 * @throws Fault `missing`, `newer-format`, `damaged`, `io`, `sync-failed`.
 */
export async function openJournal(
  folder: string,
  disk: Pick<Disk, 'read' | 'size' | 'writeInPlace'>,
  options: WriteConnectionOptions,
): Promise<ForkableJournal> {
  if (!options.create && (await disk.size(journalFile)) === null) throw missingJournal();
  const reaperWaits = (await disk.size(reaperLockPath)) === null ? undefined : lockAgainstReaper(folder);
  let connection: WriteConnection | undefined;
  try {
    await rewriteLog(disk);
    connection = WriteConnection.open(join(folder, journalFile), options);
    return new SqliteJournal(connection);
  } catch (error) {
    connection?.close();
    throw sqliteFault(error, 'writing', 'the journal');
  } finally {
    reaperWaits?.release();
  }
}

class SqliteJournal extends SqliteReadHalf implements ForkableJournal {
  readonly #connection: WriteConnection;
  readonly #writes: SqliteWrites;
  readonly #queue: GroupQueue;
  /** Of committed transactions. */
  readonly #vaults: Map<VaultId, VaultRow> = new Map();
  /** Of the transaction that is open; they count once it is committed. */
  readonly #movedVaults: Map<VaultId, VaultRow> = new Map();
  /** The number of this start; null until it is stored, which a full disk may put off until the first write. */
  #run: number | null = null;
  #failed: Fault | null = null;
  #isClosed = false;
  #checkpointIsDue = false;

  constructor(connection: WriteConnection) {
    super(new SqliteReads((sql) => connection.prepare(sql)));
    this.#connection = connection;
    this.#writes = new SqliteWrites((sql) => connection.prepare(sql));
    connection.seal();
    this.#queue = new GroupQueue(setImmediate, (group) => this.#commitGroup(group));
    this.#countRun();
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    this.assertUsable();
    const checked = checkAppend(request);
    return await this.#queue.submit(checked.sizeBytes, () => this.#planAppend(checked));
  }

  async lease(request: LeaseRequest): Promise<readonly LeaseState[]> {
    this.assertUsable();
    assert(request.chunks.length <= maxChunksPerLease, 'too many chunks in one lease');
    const sizeBytes = smallRequestBytes * (request.chunks.length + 1);
    return await this.#queue.submit(sizeBytes, () => this.#planLease(request));
  }

  async startFork(vault: VaultId, expected: Head, fork: number): Promise<'forked' | 'conflict'> {
    this.assertUsable();
    assert(fork > expected.fork && fork <= limits.maxFork, 'a fork number that does not rise');
    return await this.#queue.submit(smallRequestBytes, () => {
      if (!sameHead(this.#vaultNow(vault)?.head ?? emptyHead, expected)) return { result: 'conflict', write: null };
      const write = (): void => {
        const { no } = this.#vaultForWriting(vault);
        const head = { ...expected, fork };
        this.#writes.moveHead(no, head);
        this.#movedVaults.set(vault, { no, head });
      };
      return { result: 'forked', write };
    });
  }

  async putPublicHeader(vault: VaultId, row: PublicHeaderRow): Promise<void> {
    this.assertUsable();
    checkPublicHeader(row);
    await this.#queue.submit(row.bytes.length + smallRequestBytes, () => {
      const known = this.#vaultNow(vault);
      const stored = known === null ? null : this.reads.publicHeader(known.no, row.number);
      assert(stored === null || equalBytes(stored, row.bytes), 'a public header never changes');
      const write = (): void => this.#writes.addPublicHeader(this.#vaultForWriting(vault).no, row);
      return { result: undefined, write: stored === null ? write : null };
    });
  }

  async putEphemeral(row: EphemeralRow): Promise<void> {
    this.assertUsable();
    checkEphemeral(row);
    await this.#queue.submit(row.sealed.length + smallRequestBytes, () => ({
      result: undefined,
      write: () => this.#writes.putEphemeral(this.#vaultForWriting(row.vault).no, row),
    }));
  }

  async removeEphemeral(vault: VaultId, kind: number, id: Uint8Array): Promise<void> {
    this.assertUsable();
    await this.#queue.submit(smallRequestBytes, () => {
      const known = this.#vaultNow(vault);
      const write = known === null ? null : (): void => this.#writes.removeEphemeral(known.no, kind, id);
      return { result: undefined, write };
    });
  }

  async setMeta(key: string, value: string): Promise<void> {
    this.assertUsable();
    checkMetaKey(key);
    await this.#queue.submit(value.length + smallRequestBytes, () => ({
      result: undefined,
      write: () => this.#writes.setMeta(key, value),
    }));
  }

  override async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#queue.drain();
    this.#isClosed = true;
    // After a failed fsync nothing touches the files any more: the next start recovers.
    if (this.#failed !== null) return;
    this.#checkpoint();
    if (this.#failed === null) this.#connection.close();
  }

  protected override assertUsable(): void {
    if (this.#failed !== null) throw this.#failed;
    if (this.#isClosed) throw closedJournal();
  }

  protected override vaultRow(vault: VaultId): VaultRow | null {
    const known = this.#vaults.get(vault);
    if (known !== undefined) return known;
    const row = this.reads.vault(vault);
    if (row !== null) this.#remember(vault, row);
    return row;
  }

  #planAppend(checked: CheckedAppend): Planned<AppendResult> {
    const known = this.#vaultNow(checked.vault);
    const head = known?.head ?? emptyHead;
    if (!sameHead(head, checked.expected)) return { result: { kind: 'conflict', head }, write: null };
    const plan = planAppend(checked, this.#thisRun(), (id) => this.reads.chunkRecord(id, known?.no ?? null));
    if (plan.kind === 'given-up') return { result: { kind: 'chunks-given-up', ids: plan.ids }, write: null };
    const write = (): void => {
      const { no } = this.#vaultForWriting(checked.vault);
      for (const entry of checked.entries) this.#writes.addEntry(no, entry);
      for (const change of plan.changes) this.#writes.changeChunk(no, change);
      this.#writes.moveHead(no, checked.head);
      this.#movedVaults.set(checked.vault, { no, head: checked.head });
    };
    return { result: { kind: 'appended', head: checked.head }, write };
  }

  #planLease(request: LeaseRequest): Planned<readonly LeaseState[]> {
    const known = this.#vaultNow(request.vault);
    const plan = planLease(request, this.#thisRun(), (id) => this.reads.chunkRecord(id, known?.no ?? null));
    if (plan.changes.length === 0) return { result: plan.answers, write: null };
    const write = (): void => {
      const { no } = this.#vaultForWriting(request.vault);
      for (const change of plan.changes) this.#writes.changeChunk(no, change);
    };
    return { result: plan.answers, write };
  }

  /** As the open transaction sees it. */
  #vaultNow(vault: VaultId): VaultRow | null {
    return this.#movedVaults.get(vault) ?? this.vaultRow(vault);
  }

  #vaultForWriting(vault: VaultId): VaultRow {
    const known = this.#vaultNow(vault);
    if (known !== null) return known;
    const row = { no: this.#writes.addVault(vault, emptyHead), head: emptyHead };
    this.#movedVaults.set(vault, row);
    return row;
  }

  #remember(vault: VaultId, row: VaultRow): void {
    if (this.#vaults.size >= maxKnownVaults) this.#vaults.clear();
    this.#vaults.set(vault, row);
  }

  #thisRun(): number {
    assert(this.#run !== null, 'a lease outside of a run');
    return this.#run;
  }

  #countRun(): void {
    try {
      this.#transact(() => undefined);
    } catch (error) {
      // On a full disk reading goes on; the first write that succeeds counts the run.
      if (!isFault(error, 'disk-full')) throw error;
    }
  }

  #commitGroup(group: Group): void {
    if (this.#failed !== null) {
      group.fail(this.#failed);
      return;
    }
    try {
      this.#transact(() => group.perform());
    } catch (error) {
      group.fail(error);
      return;
    }
    group.settle();
    this.#askForCheckpoint();
  }

  /** Either all that `work` writes is durable when this returns, or it throws and nothing of it counts. */
  #transact(work: () => void): void {
    const runBefore = this.#run;
    try {
      this.#connection.writing(() => {
        this.#writes.begin();
        this.#run ??= this.#writes.startRun();
        work();
        // A crash in here leaves the whole group or nothing of it: the log's last frame decides.
        this.#writes.commit();
      });
    } catch (cause) {
      this.#run = runBefore;
      this.#movedVaults.clear();
      throw this.#rollBack(cause);
    }
    for (const [vault, row] of this.#movedVaults) this.#remember(vault, row);
    this.#movedVaults.clear();
  }

  /** Returns what the callers are told. */
  #rollBack(cause: unknown): unknown {
    const fault = sqliteFault(cause, 'writing', 'the journal');
    try {
      // SQLite rolls back by itself after some errors.
      if (this.#connection.isTransaction) this.#connection.writing(() => this.#writes.rollback());
    } catch (error) {
      this.#failed = new Fault(
        'sync-failed',
        'The journal could not take back a failed write. Start the program again.',
        {
          cause: error,
        },
      );
    }
    if (isFault(fault, 'sync-failed')) this.#failed = fault;
    return this.#failed ?? fault;
  }

  /** In a turn of its own, so that those who wait for the last group are answered before. */
  #askForCheckpoint(): void {
    if (this.#checkpointIsDue || this.#logPages() < idleCheckpointPages) return;
    this.#checkpointIsDue = true;
    setImmediate(() => {
      this.#checkpointIsDue = false;
      if (this.#isClosed || this.#failed !== null) return;
      if (this.#queue.isEmpty || this.#logPages() >= forcedCheckpointPages) this.#checkpoint();
    });
  }

  #logPages(): number {
    let pages = 0;
    this.#maintain(() => {
      pages = this.#writes.logPages();
    });
    return pages;
  }

  #checkpoint(): void {
    this.#maintain(() => this.#writes.checkpoint());
  }

  /** What was acknowledged is durable already: only a failed fsync stops the journal, the rest is tried again later. */
  #maintain(work: () => void): void {
    try {
      this.#connection.writing(work);
    } catch (error) {
      const fault = sqliteFault(error, 'writing', 'the journal');
      if (!isFault(fault)) throw error;
      if (fault.code === 'sync-failed') this.#failed = fault;
    }
  }
}
