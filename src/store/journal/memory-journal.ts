import { assert } from '#base/assert.ts';
import { equalBytes, toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import { type ChunkId, limits, type VaultId } from '#base/ids.ts';
import { PowerCut } from '../disk-memory.ts';
import { checkAppend, emptyHead, sameHead } from './append-check.ts';
import { type ChunkChange, type ChunkRecord, planAppend, planLease } from './chunk-rules.ts';
import { newestFormat } from './formats.ts';
import { type Group, GroupQueue, type Schedule } from './group-queue.ts';
import {
  type AppendRequest,
  type AppendResult,
  type ChunkRow,
  type EphemeralRow,
  type ForkableJournal,
  type Head,
  type LeaseRequest,
  type LeaseState,
  maxChunksPerLease,
  type PublicHeaderRow,
  type StoredEntry,
} from './journal.ts';
import { closedJournal } from './journal-faults.ts';
import { checkEphemeral, checkLimit, checkMetaKey, checkPage, checkPublicHeader } from './row-checks.ts';

/**
 * What can happen to the commit of a group. A failed fsync comes in two kinds that the caller can not tell apart: after
 * the restart the group is gone, or it is there although it was reported lost. So does a power cut.
 */
export type CommitFault = 'disk-full' | 'sync-lost' | 'sync-kept' | 'power-cut-lost' | 'power-cut-kept';

export interface CommitFaultSource {
  decide(): CommitFault | null;
}

interface StoredVault {
  head: Head;
  readonly entries: (StoredEntry & { readonly timeMs: number })[];
  readonly publicHeaders: Map<number, Uint8Array>;
}

interface StoredChunk {
  readonly vault: VaultId;
  readonly record: ChunkRecord;
  readonly bytes: Uint8Array | null;
}

/** What a model journal has on its disk; it outlives the journals that are opened on it. */
export class JournalMemory {
  readonly vaults: Map<VaultId, StoredVault> = new Map();
  readonly chunks: Map<ChunkId, StoredChunk> = new Map();
  readonly ephemeral: Map<string, EphemeralRow> = new Map();
  readonly meta: Map<string, string> = new Map([['format', String(newestFormat)]]);
  readonly #faults: CommitFaultSource;
  #run = 0;
  #boot = 0;

  constructor(faults: CommitFaultSource = { decide: () => null }) {
    this.#faults = faults;
  }

  /** Which journal is the one that lives. */
  get boot(): number {
    return this.#boot;
  }

  /** A start of the program: whatever was opened before is cut off from here on. */
  start(schedule: Schedule = queueMicrotask): ForkableJournal {
    this.#boot += 1;
    this.#run += 1;
    this.meta.set('run', String(this.#run));
    return new MemoryJournal(this, this.#run, schedule);
  }

  /** The power is cut and comes back. What was acknowledged is there; nothing else lives on. */
  crash(): void {
    this.#boot += 1;
  }

  decide(): CommitFault | null {
    return this.#faults.decide();
  }
}

/** A Journal on plain maps, for simulations: the same answers as the real one, and faults on demand. */
class MemoryJournal implements ForkableJournal {
  readonly #memory: JournalMemory;
  readonly #run: number;
  readonly #boot: number;
  readonly #queue: GroupQueue;
  /** What takes the open transaction back, newest last. */
  #undo: (() => void)[] = [];
  #failed: Fault | PowerCut | null = null;
  #isClosed = false;

  constructor(memory: JournalMemory, run: number, schedule: Schedule) {
    this.#memory = memory;
    this.#run = run;
    this.#boot = memory.boot;
    this.#queue = new GroupQueue(schedule, (group) => this.#commitGroup(group));
  }

  async head(vault: VaultId): Promise<Head> {
    this.#assertUsable();
    return this.#headOf(vault);
  }

  async vaults(): Promise<readonly VaultId[]> {
    this.#assertUsable();
    return [...this.#memory.vaults.keys()].sort();
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    this.#assertUsable();
    const checked = checkAppend(request);
    const { vault, expected, entries, head } = checked;
    return await this.#queue.submit<AppendResult>(checked.sizeBytes, () => {
      const now = this.#headOf(vault);
      if (!sameHead(now, expected)) return { result: { kind: 'conflict', head: now }, write: null };
      const plan = planAppend(checked, this.#run, (id) => this.#record(id, vault));
      if (plan.kind === 'given-up') return { result: { kind: 'chunks-given-up', ids: plan.ids }, write: null };
      const write = (): void => {
        const stored = this.#vaultForWriting(vault);
        for (const { header, headerBytes, bodyHash, body } of entries) {
          const { fork, sequence, timeMs } = header;
          stored.entries.push({ fork, sequence, header: headerBytes, bodyHash, body, timeMs });
          this.#undo.push(() => stored.entries.pop());
        }
        for (const change of plan.changes) this.#change(vault, change);
        stored.head = head;
        this.#undo.push(() => {
          stored.head = now;
        });
      };
      return { result: { kind: 'appended', head }, write };
    });
  }

  async lease(request: LeaseRequest): Promise<readonly LeaseState[]> {
    this.#assertUsable();
    assert(request.chunks.length <= maxChunksPerLease, 'too many chunks in one lease');
    return await this.#queue.submit(request.chunks.length, () => {
      const plan = planLease(request, this.#run, (id) => this.#record(id, request.vault));
      const write = (): void => {
        this.#vaultForWriting(request.vault);
        for (const change of plan.changes) this.#change(request.vault, change);
      };
      return { result: plan.answers, write: plan.changes.length === 0 ? null : write };
    });
  }

  async startFork(vault: VaultId, expected: Head, fork: number): Promise<'forked' | 'conflict'> {
    this.#assertUsable();
    assert(fork > expected.fork && fork <= limits.maxFork, 'a fork number that does not rise');
    return await this.#queue.submit(1, () => {
      if (!sameHead(this.#headOf(vault), expected)) return { result: 'conflict', write: null };
      const write = (): void => {
        const stored = this.#vaultForWriting(vault);
        const before = stored.head;
        stored.head = { ...expected, fork };
        this.#undo.push(() => {
          stored.head = before;
        });
      };
      return { result: 'forked', write };
    });
  }

  async entries(vault: VaultId, after: number, limit: number): Promise<readonly StoredEntry[]> {
    this.#assertUsable();
    checkPage(after, limit);
    const stored = this.#memory.vaults.get(vault)?.entries ?? [];
    return stored.slice(after, after + limit).map(({ timeMs: _, ...entry }) => entry);
  }

  async sequenceAt(vault: VaultId, timeMs: number): Promise<number> {
    this.#assertUsable();
    return this.#memory.vaults.get(vault)?.entries.findLast((entry) => entry.timeMs <= timeMs)?.sequence ?? 0;
  }

  async chunk(id: ChunkId): Promise<ChunkRow | null> {
    this.#assertUsable();
    const stored = this.#memory.chunks.get(id);
    return stored === undefined ? null : chunkRow(stored);
  }

  async chunkData(id: ChunkId): Promise<Uint8Array | null> {
    this.#assertUsable();
    return this.#memory.chunks.get(id)?.bytes ?? null;
  }

  async chunks(
    vault: VaultId,
    after: ChunkId | null,
    limit: number,
  ): Promise<readonly (ChunkRow & { readonly id: ChunkId })[]> {
    this.#assertUsable();
    checkLimit(limit);
    const own = [...this.#memory.chunks].filter(([, stored]) => stored.vault === vault);
    const before = own.findIndex(([id]) => id === after);
    if (after !== null && before === -1) return [];
    const from = before + 1;
    return own.slice(from, from + limit).map(([id, stored]) => ({ id, ...chunkRow(stored) }));
  }

  async putPublicHeader(vault: VaultId, row: PublicHeaderRow): Promise<void> {
    this.#assertUsable();
    checkPublicHeader(row);
    await this.#queue.submit(row.bytes.length, () => {
      const stored = this.#memory.vaults.get(vault)?.publicHeaders.get(row.number);
      assert(stored === undefined || equalBytes(stored, row.bytes), 'a public header never changes');
      const write = (): void => this.#set(this.#vaultForWriting(vault).publicHeaders, row.number, row.bytes);
      return { result: undefined, write: stored === undefined ? write : null };
    });
  }

  async publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]> {
    this.#assertUsable();
    const headers = this.#memory.vaults.get(vault)?.publicHeaders ?? new Map<number, Uint8Array>();
    return [...headers].map(([number, bytes]) => ({ number, bytes })).sort((a, b) => a.number - b.number);
  }

  async putEphemeral(row: EphemeralRow): Promise<void> {
    this.#assertUsable();
    checkEphemeral(row);
    await this.#queue.submit(row.sealed.length, () => ({
      result: undefined,
      write: () => {
        this.#vaultForWriting(row.vault);
        this.#set(this.#memory.ephemeral, ephemeralKey(row.vault, row.kind, row.id), row);
      },
    }));
  }

  async removeEphemeral(vault: VaultId, kind: number, id: Uint8Array): Promise<void> {
    this.#assertUsable();
    await this.#queue.submit(1, () => ({
      result: undefined,
      write: () => this.#delete(this.#memory.ephemeral, ephemeralKey(vault, kind, id)),
    }));
  }

  async ephemeral(vault: VaultId, kind: number): Promise<readonly EphemeralRow[]> {
    this.#assertUsable();
    return [...this.#memory.ephemeral.values()]
      .filter((row) => row.vault === vault && row.kind === kind)
      .sort((a, b) => Buffer.compare(a.id, b.id));
  }

  async meta(key: string): Promise<string | null> {
    this.#assertUsable();
    return this.#memory.meta.get(key) ?? null;
  }

  async setMeta(key: string, value: string): Promise<void> {
    this.#assertUsable();
    checkMetaKey(key);
    await this.#queue.submit(value.length, () => ({
      result: undefined,
      write: () => this.#set(this.#memory.meta, key, value),
    }));
  }

  async close(): Promise<void> {
    if (!this.#isClosed) this.#queue.drain();
    this.#isClosed = true;
  }

  #assertUsable(): void {
    if (this.#boot !== this.#memory.boot) throw new PowerCut();
    if (this.#failed !== null) throw this.#failed;
    if (this.#isClosed) throw closedJournal();
  }

  #commitGroup(group: Group): void {
    if (this.#boot !== this.#memory.boot) this.#failed ??= new PowerCut();
    if (this.#failed !== null) {
      group.fail(this.#failed);
      return;
    }
    try {
      group.perform();
    } catch (error) {
      this.#takeBack();
      group.fail(error);
      return;
    }
    // Only what writes is synced, so only that can fail.
    const fault = this.#undo.length === 0 ? null : this.#memory.decide();
    if (fault === null || fault === 'sync-kept' || fault === 'power-cut-kept') this.#undo = [];
    else this.#takeBack();
    if (fault === null) {
      group.settle();
      return;
    }
    const error = errorOf(fault);
    if (fault !== 'disk-full') this.#failed = error;
    group.fail(error);
  }

  #takeBack(): void {
    for (const step of this.#undo.reverse()) step();
    this.#undo = [];
  }

  #headOf(vault: VaultId): Head {
    return this.#memory.vaults.get(vault)?.head ?? emptyHead;
  }

  #vaultForWriting(vault: VaultId): StoredVault {
    const known = this.#memory.vaults.get(vault);
    if (known !== undefined) return known;
    const stored: StoredVault = { head: emptyHead, entries: [], publicHeaders: new Map() };
    this.#set(this.#memory.vaults, vault, stored);
    return stored;
  }

  #record(id: ChunkId, vault: VaultId): ChunkRecord | null {
    const stored = this.#memory.chunks.get(id);
    return stored === undefined ? null : { ...stored.record, own: stored.vault === vault };
  }

  #change(vault: VaultId, change: ChunkChange): void {
    const bytes = change.bytes ?? this.#memory.chunks.get(change.id)?.bytes ?? null;
    this.#set(this.#memory.chunks, change.id, { vault, record: change.after, bytes });
  }

  #set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key);
    map.set(key, value);
    this.#undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
  }

  #delete<K, V>(map: Map<K, V>, key: K): void {
    const before = map.get(key);
    if (before === undefined) return;
    map.delete(key);
    this.#undo.push(() => map.set(key, before));
  }
}

function errorOf(fault: CommitFault): Fault | PowerCut {
  if (fault === 'disk-full') return new Fault('disk-full', 'The disk is full (simulated).');
  if (fault === 'sync-lost' || fault === 'sync-kept') return new Fault('sync-failed', 'An fsync failed (simulated).');
  return new PowerCut();
}

function chunkRow({ vault, record }: StoredChunk): ChunkRow {
  return { vault, state: record.state, sizeBytes: record.sizeBytes, place: record.place };
}

function ephemeralKey(vault: VaultId, kind: number, id: Uint8Array): string {
  return `${vault} ${kind} ${toHex(id)}`;
}
