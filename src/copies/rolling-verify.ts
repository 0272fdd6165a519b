import { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { type ChunkId, parseChunkId, parseVaultId, type VaultId } from '#base/ids.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { Disk } from '#store/disk.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import type { KeptLines } from './kept-lines.ts';

/** How far one reading of everything has come; kept, so that a restart goes on. */
interface Round {
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

const roundFile: z.ZodType<Round> = z.object({
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
  readonly lines: KeptLines;
  readonly clock: Clock;
  /** In which everything is read once. */
  readonly periodMs: number;
  /** Puts a chunk back that was found damaged or missing; whether it could. */
  readonly repair: (chunk: ChunkId) => Promise<boolean>;
}

const path = 'copies/verify.json';
const rowsPerRead = 50;
/** However far behind: so much at one step at most, so that who waits for an answer does not notice. */
const maxStepBytes: number = 64 * 1024 * 1024;

/** Reads every stored chunk of the data folder back over a period, a little at each step, and has damage repaired. */
export class RollingVerify {
  readonly #parts: RollingVerifyParts;
  #round: Round | undefined;
  #isBusy = false;

  constructor(parts: RollingVerifyParts) {
    this.#parts = parts;
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
    const round = this.#round ?? (await this.#kept()) ?? (await this.#begin());
    this.#round = round;
    const passedMs = Math.max(0, this.#parts.clock.nowMs() - round.startedMs);
    const dueBytes = Math.min(1, passedMs / this.#parts.periodMs) * round.totalBytes - round.sizeBytes;
    const budget = { left: Math.min(dueBytes, maxStepBytes) };
    const isOver = passedMs >= this.#parts.periodMs && dueBytes <= maxStepBytes;
    const wasLast = await this.#read(round, budget, isOver);
    if (!wasLast) return this.#keep(round);
    const now = this.#parts.clock.nowMs();
    const { startedMs, chunks, sizeBytes, found, repaired } = round;
    const line = { kind: 'verify', where: 'primary', fromMs: startedMs, toMs: now, chunks, sizeBytes, found, repaired };
    await this.#parts.lines.append('results', now, [line]);
    this.#round = await this.#begin();
    await this.#keep(this.#round);
  }

  /** True when the last chunk was read. */
  async #read(round: Round, budget: { left: number }, toTheEnd: boolean): Promise<boolean> {
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

  async #check(round: Round, id: ChunkId, sizeBytes: number): Promise<void> {
    round.chunks += 1;
    round.sizeBytes += sizeBytes;
    if ((await storedBytes(this.#parts.journal, this.#parts.chunks, id)).kind === 'whole') return;
    const row = await this.#parts.journal.chunk(id);
    if (row?.state !== 'live' && row?.state !== 'dropped') return;
    round.found += 1;
    if (await this.#parts.repair(id)) round.repaired += 1;
  }

  async #begin(): Promise<Round> {
    let totalBytes = 0;
    for (const vault of await this.#parts.journal.vaults()) {
      for (let after: ChunkId | null = null; ; ) {
        const rows = await this.#parts.journal.chunks(vault, after, 500);
        const last = rows.at(-1);
        if (last === undefined) break;
        for (const { sizeBytes } of rows) totalBytes += sizeBytes;
        after = last.id;
      }
    }
    const startedMs = this.#parts.clock.nowMs();
    const none = { chunks: 0, sizeBytes: 0, found: 0, repaired: 0 };
    return { startedMs, totalBytes, vault: undefined, after: undefined, ...none };
  }

  async #keep(round: Round): Promise<void> {
    await this.#parts.disk.makeFolder('copies');
    await this.#parts.disk.replace(path, utf8(JSON.stringify(round)));
  }

  /** What cannot be read is begun anew: it decides nothing. */
  async #kept(): Promise<Round | undefined> {
    const bytes = await this.#parts.disk.read(path);
    if (bytes === null) return undefined;
    try {
      return roundFile.parse(JSON.parse(fromUtf8(bytes)));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }
}
