import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import { type CopyId, parseVaultId, type VaultId } from '#base/ids.ts';
import { segmentsPrefix, segmentsUpTo } from '#format/copy-names.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Disk } from '#store/disk.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import { GoodBytes, type GoodSource, primarySource } from './good-bytes.ts';
import { dueOf, KeptState } from './kept-state.ts';
import { type Losses, primary } from './losses.ts';
import { noteGone, repairChunk } from './repair.ts';
import type { Results } from './results.ts';
import { totalChunkBytes } from './rolling-verify.ts';
import { beginningOf, type CopyCursor, type CopyDamage, CopyVerify } from './verify-copy.ts';

interface Counts {
  readonly startedMs: number;
  objects: number;
  sizeBytes: number;
  found: number;
  repaired: number;
}

/** A vault of the copy up to where it was read back after it had arrived. */
interface Seen {
  readonly fork: number;
  readonly cursor: CopyCursor;
}

/** How far the reading back of one copy has come; kept, so that a restart goes on. */
export interface CopyProofState {
  seen: Seen[];
  /** What of the new was read since the last result about it. */
  fresh: Counts;
  round: Counts & { readonly totalBytes: number; cursor: CopyCursor | null };
}

const counts = {
  startedMs: z.number(),
  objects: z.number(),
  sizeBytes: z.number(),
  found: z.number(),
  repaired: z.number(),
};
const vaultId: z.ZodType<VaultId> = z.string().transform((text, context) => {
  const id = parseVaultId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'not an id' });
  return z.NEVER;
});
const cursor: z.ZodType<CopyCursor> = z.object({
  vault: vaultId,
  after: z.string(),
  covered: z.number(),
  chunks: z.number(),
});
const stateFile: z.ZodType<CopyProofState> = z.object({
  seen: z.array(z.object({ fork: z.number(), cursor })),
  fresh: z.object(counts),
  round: z.object({ ...counts, totalBytes: z.number(), cursor: cursor.nullable() }),
});

export function copyProofState(
  disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>,
  copy: CopyId,
): KeptState<CopyProofState> {
  return new KeptState(disk, `verify-${copy}`, stateFile);
}

/** A place of a copy that is there now, and others that may have what it lacks. */
export interface OpenedCopy {
  readonly place: Pick<Place, 'title' | 'get' | 'put' | 'list'>;
  readonly others: readonly GoodSource[];
  close(): Promise<void>;
}

export interface CopyProofParts {
  readonly copy: CopyId;
  readonly journal: JournalReader;
  readonly chunks: Pick<ChunkStore, 'get' | 'put'>;
  readonly disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>;
  readonly results: Pick<Results, 'note'>;
  readonly losses: Losses;
  readonly clock: Clock;
  /** In which everything is read once. */
  readonly periodMs: number;
  /** @throws Fault when it does not answer, or another copy is there. */
  readonly open: () => Promise<OpenedCopy>;
  readonly pace: () => Promise<void>;
  readonly stopping: AbortSignal;
}

const dayMs: number = 24 * 60 * 60_000;
/** Of what is new, in one step: then the rest of the work has its turn. */
const freshStepBytes: number = 256 * 1024 * 1024;
/** A step of the round is worth opening the place from here on, or from a hundredth of everything. */
const worthBytes: number = 16 * 1024 * 1024;

/**
 * Reads a copy back: what is new soon after it arrived, and everything over a period, a little at each step. What is damaged
 * or missing is put again from the primary or another copy; a chunk that the primary lost as well comes back there too.
 */
export class CopyProof {
  readonly #parts: CopyProofParts;
  readonly #kept: KeptState<CopyProofState>;
  #state: CopyProofState | undefined;

  constructor(parts: CopyProofParts) {
    this.#parts = parts;
    this.#kept = copyProofState(parts.disk, parts.copy);
  }

  /** @param heads how far the copy is, by its follower. Whether there was something to do. @throws Fault. */
  async step(heads: readonly (readonly [VaultId, Head])[]): Promise<boolean> {
    const state = this.#state ?? (await this.#kept.read()) ?? (await this.#begin());
    this.#state = state;
    const fresh = heads.filter(([vault, head]) => isNew(seenOf(state, vault), head));
    const due = dueOf(state.round, this.#parts.clock.nowMs(), this.#parts.periodMs);
    const isRoundDue = due.toTheEnd || due.bytes >= Math.min(worthBytes, state.round.totalBytes / 100 + 1);
    if (fresh.length === 0 && !isRoundDue) return false;
    const opened = await this.#parts.open();
    try {
      await this.#readFresh(opened, state, fresh);
      if (isRoundDue) await this.#readRound(opened, state, due);
    } finally {
      await opened.close();
      await this.#kept.write(state);
    }
    return true;
  }

  /** After a drill: what it could not have, each once. */
  async mend(names: Iterable<string>, vaults: Iterable<VaultId>): Promise<void> {
    const state = this.#state ?? (await this.#begin());
    const opened = await this.#parts.open();
    try {
      const verify = this.#verify(opened, state.fresh);
      for (const name of names) await verify.object(name);
      for (const vault of vaults) await verify.chain(vault);
    } finally {
      await opened.close();
    }
  }

  async #readFresh(
    opened: OpenedCopy,
    state: CopyProofState,
    fresh: readonly (readonly [VaultId, Head])[],
  ): Promise<void> {
    for (const [vault, head] of fresh) {
      const seen = seenOf(state, vault);
      // Behind a deliberate fork the new segments may end before the old ones: all of the vault is read.
      const from = seen?.fork === head.fork ? seen.cursor : beginningOf(vault);
      const verify = this.#verify(opened, state.fresh);
      const goesOn = (): boolean => !this.#parts.stopping.aborted && verify.counts.sizeBytes < freshStepBytes;
      const stopped = await verify.walk(from, goesOn);
      add(state.fresh, verify);
      const whole = { vault, after: segmentsUpTo(vault, head.sequence), covered: head.sequence, chunks: 0 };
      const seenNow = { fork: head.fork, cursor: stopped ?? whole };
      state.seen = [...state.seen.filter((each) => each.cursor.vault !== vault), seenNow];
      if (this.#parts.stopping.aborted) return;
    }
    const { startedMs, objects, sizeBytes, found, repaired } = state.fresh;
    const toMs = this.#parts.clock.nowMs();
    if (objects === 0 || (found === 0 && toMs - startedMs < dayMs)) return;
    const common = { copy: this.#parts.copy, where: opened.place.title, fromMs: startedMs, toMs };
    await this.#parts.results.note({ kind: 'verify', part: 'new', ...common, objects, sizeBytes, found, repaired });
    state.fresh = none(toMs);
  }

  async #readRound(opened: OpenedCopy, state: CopyProofState, due: ReturnType<typeof dueOf>): Promise<void> {
    const { round } = state;
    const verify = this.#verify(opened, round);
    const goesOn = (): boolean =>
      !this.#parts.stopping.aborted && (due.toTheEnd || verify.counts.sizeBytes < due.bytes);
    let isOver = true;
    for (const vault of await this.#parts.journal.vaults()) {
      if (round.cursor !== null && (vault < round.cursor.vault || round.cursor.after === endOf(vault))) continue;
      const from = round.cursor?.vault === vault ? round.cursor : beginningOf(vault);
      const stopped = await verify.walk(from, goesOn);
      round.cursor = stopped ?? { ...beginningOf(vault), after: endOf(vault) };
      isOver = stopped === undefined;
      if (!isOver) break;
    }
    add(round, verify);
    // Everything was read early only when there is less than was thought.
    if (!isOver || (round.totalBytes === 0 && !due.toTheEnd)) return;
    const { startedMs: fromMs, objects, sizeBytes, found, repaired } = round;
    const toMs = this.#parts.clock.nowMs();
    const common = { copy: this.#parts.copy, where: opened.place.title, fromMs, toMs };
    await this.#parts.results.note({ kind: 'verify', ...common, objects, sizeBytes, found, repaired });
    state.round = await this.#beginRound(sizeBytes);
  }

  #verify(opened: OpenedCopy, into: Counts): CopyVerify {
    const { journal, chunks, pace } = this.#parts;
    const good = new GoodBytes([primarySource(journal, chunks), ...opened.others]);
    return new CopyVerify({
      place: opened.place,
      journal,
      good,
      repair: true,
      onDamage: (damage) => this.#found(opened.place.title, good, damage, into),
      pace,
    });
  }

  async #found(where: string, good: GoodBytes, damage: CopyDamage, into: Counts): Promise<void> {
    const { object, chunk, vault, sizeBytes, state, outcome, from } = damage;
    into.found += 1;
    if (outcome === 'repaired') into.repaired += 1;
    const common = { object, ...(chunk === undefined ? {} : { chunk }), vault, sizeBytes, where };
    const last = outcome === 'repaired' ? { ...common, what: outcome, from } : { ...common, what: 'gone' as const };
    await this.#parts.losses.note({ ...common, what: state }, last);
    if (chunk === undefined || from === primary) return;
    // The primary was asked first, and does not have it.
    const bytes = await good.chunk(chunk);
    if (bytes === undefined) await noteGone(this.#parts, chunk);
    else await repairChunk(this.#parts, chunk, bytes.value.bytes, bytes.from);
  }

  async #begin(): Promise<CopyProofState> {
    return { seen: [], fresh: none(this.#parts.clock.nowMs()), round: await this.#beginRound(0) };
  }

  /** @param lastBytes of the round before. */
  async #beginRound(lastBytes: number): Promise<CopyProofState['round']> {
    const totalBytes = Math.max(lastBytes, await totalChunkBytes(this.#parts.journal));
    return { ...none(this.#parts.clock.nowMs()), totalBytes, cursor: null };
  }
}

function none(startedMs: number): Counts {
  return { startedMs, objects: 0, sizeBytes: 0, found: 0, repaired: 0 };
}

function add(into: Counts, { counts: { objects, sizeBytes } }: CopyVerify): void {
  into.objects += objects;
  into.sizeBytes += sizeBytes;
}

/** Behind all segments: the vault was read to its end. */
function endOf(vault: VaultId): string {
  return `${segmentsPrefix(vault)}~`;
}

function seenOf({ seen }: CopyProofState, vault: VaultId): Seen | undefined {
  return seen.find((each) => each.cursor.vault === vault);
}

function isNew(seen: Seen | undefined, head: Head): boolean {
  if (head.sequence === 0) return false;
  return seen === undefined || seen.fork !== head.fork || seen.cursor.covered < head.sequence || seen.cursor.chunks > 0;
}
