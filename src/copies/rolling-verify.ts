import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import { type ChunkId, parseChunkId, parseVaultId, type VaultId } from '#base/ids.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { Disk } from '#store/disk.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { dueOf, KeptState } from './kept-state.ts';
import { primary } from './losses.ts';
import type { Results } from './results.ts';

/** How far one reading of everything has come; kept, so that a restart goes on. */
export interface PrimaryRound {
  readonly startedMs: number;
  /** Of all chunks when it began; what came since is read as well. */
  readonly totalBytes: number;
  vault?: VaultId | undefined;
  after?: ChunkId | undefined;
  chunks: number;
  sizeBytes: number;
  found: number;
  repaired: number;
}

const roundFile: z.ZodType<PrimaryRound> = z.object({
  startedMs: z.number(),
  totalBytes: z.number(),
  vault: z.string().transform(parseVaultId).optional(),
  after: z.string().transform(parseChunkId).optional(),
  chunks: z.number(),
  sizeBytes: z.number(),
  found: z.number(),
  repaired: z.number(),
});

export interface RollingVerifyParts {
  readonly journal: Pick<JournalReader, 'vaults' | 'chunks' | 'chunk' | 'chunkData'>;
  readonly chunks: Pick<ChunkStore, 'get'>;
  readonly disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>;
  readonly results: Pick<Results, 'note'>;
  readonly clock: Clock;
  /** In which everything is read once. */
  readonly periodMs: number;
  /** Puts a chunk back that was found damaged or missing; whether it could. */
  readonly repair: (chunk: ChunkId) => Promise<boolean>;
  /** Called after each chunk: waits while others need the machine. */
  readonly pace: () => Promise<void>;
}

const rowsPerRead = 50;

/** How far the present round of the primary has come. */
export function primaryRound(disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>): KeptState<PrimaryRound> {
  return new KeptState(disk, 'verify', roundFile);
}

/** Reads every stored chunk of the data folder back over a period, a little at each step, and has damage repaired. */
export class RollingVerify {
  readonly #parts: RollingVerifyParts;
  readonly #kept: KeptState<PrimaryRound>;
  #round: PrimaryRound | undefined;
  #isBusy = false;

  constructor(parts: RollingVerifyParts) {
    this.#parts = parts;
    this.#kept = primaryRound(parts.disk);
  }

  /** Called once a minute or so. @throws Fault. */
  async step(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#step();
    } finally {
      this.#isBusy = false;
    }
  }

  async #step(): Promise<void> {
    const round = this.#round ?? (await this.#kept.read()) ?? (await this.#begin());
    this.#round = round;
    const { bytes, toTheEnd } = dueOf(round, this.#parts.clock.nowMs(), this.#parts.periodMs);
    if (!(await this.#read(round, { left: bytes }, toTheEnd))) return this.#kept.write(round);
    const toMs = this.#parts.clock.nowMs();
    const { startedMs: fromMs, chunks, sizeBytes, found, repaired } = round;
    await this.#parts.results.note({
      kind: 'verify',
      where: primary,
      fromMs,
      toMs,
      chunks,
      sizeBytes,
      found,
      repaired,
    });
    this.#round = await this.#begin();
    await this.#kept.write(this.#round);
  }

  /** True when the last chunk was read. */
  async #read(round: PrimaryRound, budget: { left: number }, toTheEnd: boolean): Promise<boolean> {
    for (const vault of await this.#parts.journal.vaults()) {
      if (round.vault !== undefined && vault < round.vault) continue;
      if (vault !== round.vault) round.after = undefined;
      round.vault = vault;
      for (;;) {
        if (budget.left <= 0 && !toTheEnd) return false;
        const rows = await this.#parts.journal.chunks(vault, round.after ?? null, rowsPerRead);
        if (rows.length === 0) break;
        for (const { id, state, sizeBytes } of rows) {
          round.after = id;
          budget.left -= sizeBytes;
          if (state === 'live' || state === 'dropped') await this.#check(round, id, sizeBytes);
          if (budget.left <= 0 && !toTheEnd) return false;
        }
      }
    }
    return round.totalBytes === 0 ? toTheEnd : true;
  }

  async #check(round: PrimaryRound, id: ChunkId, sizeBytes: number): Promise<void> {
    round.chunks += 1;
    round.sizeBytes += sizeBytes;
    await this.#parts.pace();
    if ((await storedBytes(this.#parts.journal, this.#parts.chunks, id)).kind === 'whole') return;
    const row = await this.#parts.journal.chunk(id);
    if (row?.state !== 'live' && row?.state !== 'dropped') return;
    round.found += 1;
    if (await this.#parts.repair(id)) round.repaired += 1;
  }

  async #begin(): Promise<PrimaryRound> {
    const totalBytes = await totalChunkBytes(this.#parts.journal);
    const startedMs = this.#parts.clock.nowMs();
    const none = { chunks: 0, sizeBytes: 0, found: 0, repaired: 0 };
    return { startedMs, totalBytes, vault: undefined, after: undefined, ...none };
  }
}

/** Of all chunk rows of all vaults. */
export async function totalChunkBytes(journal: Pick<JournalReader, 'vaults' | 'chunks'>): Promise<number> {
  let totalBytes = 0;
  for (const vault of await journal.vaults()) {
    for (let after: ChunkId | null = null; ; ) {
      const rows = await journal.chunks(vault, after, 500);
      const last = rows.at(-1);
      if (last === undefined) break;
      for (const { sizeBytes } of rows) totalBytes += sizeBytes;
      after = last.id;
    }
  }
  return totalBytes;
}
