import { present } from '#base/assert.ts';
import { equalBytes, toHex } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { Head, PublicHeaderRow, StoredEntry } from '#store/journal/journal.ts';
import { checkLink } from '#vault/chain.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import type { Source, SourceHead } from './source.ts';

/** Entries that are linked to each other, at least one. */
export interface Run {
  readonly entries: readonly StoredEntry[];
  readonly end: Head;
}

/** Whether a branch leads to the head that is wanted, breaks off, or ends at another head. */
type Outcome = 'there' | 'gap' | 'elsewhere';

export const noHead: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

export function isSameHead(a: Head, b: Head): boolean {
  return a.sequence === b.sequence && a.fork === b.fork && equalBytes(a.hash, b.hash);
}

/** The head after an entry. */
export function headAfter(entry: StoredEntry): Head {
  return { fork: entry.fork, sequence: entry.sequence, hash: entryHash(entry.header, entry.bodyHash) };
}

/** Highest fork number first, then highest sequence (docs/format.md §13). Each head once. */
export function inOrder(heads: readonly SourceHead[]): readonly SourceHead[] {
  const once = heads.filter((head, index) => heads.findIndex((other) => isSameHead(other, head)) === index);
  return once.sort((a, b) => b.fork - a.fork || b.sequence - a.sequence);
}

/**
 * The entries at the front of `entries` that follow `after` and each other. A body that is not what was written is left out
 * of its entry and told.
 */
export function linkedRun(
  vault: VaultId,
  after: Head,
  entries: readonly StoredEntry[],
  onDamagedBody: (sequence: number) => void,
): Run | undefined {
  const linked: StoredEntry[] = [];
  let end = after;
  for (const entry of entries) {
    const isWhole = entry.body === null || equalBytes(sha256(entry.body), entry.bodyHash);
    const stored = isWhole ? entry : { ...entry, body: null };
    const next = tryLink(vault, end, stored);
    if (next === undefined) break;
    if (!isWhole) onDamagedBody(entry.sequence);
    linked.push(stored);
    end = next;
  }
  return linked.length === 0 ? undefined : { entries: linked, end };
}

export function tryLink(vault: VaultId, after: Head, entry: StoredEntry): Head | undefined {
  try {
    return checkLink(vault, after, entry).head;
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}

/**
 * Of two runs that begin with the same entry what both have, each body from the first that has it. Where they part, one of
 * them is damaged or another branch: the run ends there, so that the way is chosen once more.
 */
export function commonRun(one: Run, other: Run): Run {
  const entries: StoredEntry[] = [];
  for (const [index, entry] of one.entries.entries()) {
    const twin = other.entries[index];
    if (twin === undefined || !isSameHead(headAfter(twin), headAfter(entry))) break;
    entries.push(entry.body === null ? twin : entry);
  }
  return { entries, end: headAfter(present(entries.at(-1), 'first entry of both')) };
}

/** The run as far as this sequence: another branch may begin behind it. */
export function cutRun(run: Run, last: number): Run {
  const entries = run.entries.filter(({ sequence }) => sequence <= last);
  return { entries, end: headAfter(present(entries.at(-1), 'entry of a run')) };
}

/** Public headers that verify and are this vault's under this number; each once, ascending. */
export function goodHeaders(
  vault: VaultId,
  rows: readonly PublicHeaderRow[],
  onDamaged: (number: number) => void,
): readonly PublicHeaderRow[] {
  const byNumber = new Map<number, PublicHeaderRow>();
  for (const row of rows) {
    if (isGoodHeader(vault, row)) byNumber.set(row.number, byNumber.get(row.number) ?? row);
    else onDamaged(row.number);
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

function isGoodHeader(vault: VaultId, row: PublicHeaderRow): boolean {
  try {
    const header = openPublicHeader(row.bytes);
    return header.vault === vault && header.number === row.number;
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return false;
  }
}

/** Whether these are the bytes of a chunk: by the caller's own proof, else by their hash. */
export function isChunk(
  id: ChunkId,
  stored: Uint8Array,
  proves: ((stored: Uint8Array) => boolean) | undefined,
): boolean {
  return proves?.(stored) === true || Chunk.of(stored).id === id;
}

/** The part that every source has in common: finding the way through branches. */
export abstract class ChainSource implements Source {
  abstract readonly title: string;
  /** By head that is wanted and end of a run: a run is looked at once, however long the chain. */
  readonly #outcomes: Map<string, Outcome> = new Map();

  abstract instance(): Promise<VaultId | undefined>;
  abstract vaults(): Promise<readonly VaultId[]>;
  abstract publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]>;
  abstract heads(vault: VaultId): Promise<readonly SourceHead[]>;
  abstract behindGap(vault: VaultId, sequence: number, to: Head): Promise<Head | undefined>;
  abstract chunk(id: ChunkId, proves?: (stored: Uint8Array) => boolean): Promise<Uint8Array | null>;
  abstract isErased(id: ChunkId): Promise<boolean>;
  abstract close(): Promise<void>;

  /** What follows `after`, one run for each branch that begins there. */
  abstract runs(vault: VaultId, after: Head): Promise<readonly Run[]>;

  async entries(vault: VaultId, after: Head, to: Head): Promise<readonly StoredEntry[]> {
    if (after.sequence >= to.sequence) return [];
    const runs = await this.runs(vault, after);
    const others = (await this.heads(vault)).filter((head) => !isSameHead(head, to));
    const run = runs.length === 1 && others.length === 0 ? runs[0] : await this.#bestOf(vault, runs, to, others);
    return run?.entries.filter((entry) => entry.sequence <= to.sequence) ?? [];
  }

  /** Where nothing leads there, the better guess is the branch that breaks off: damage may be all that is in the way. */
  async #bestOf(
    vault: VaultId,
    runs: readonly Run[],
    to: Head,
    others: readonly SourceHead[],
  ): Promise<Run | undefined> {
    let best: Run | undefined;
    let bestOutcome: Outcome | undefined;
    for (const run of runs) {
      const outcome = await this.#outcome(vault, run, to, others);
      if (outcome === 'there') return run;
      if (bestOutcome === undefined || (outcome === 'gap' && bestOutcome === 'elsewhere')) {
        best = run;
        bestOutcome = outcome;
      }
    }
    return best;
  }

  async #outcome(vault: VaultId, first: Run, to: Head, others: readonly SourceHead[]): Promise<Outcome> {
    const passed: string[] = [];
    let outcome: Outcome | undefined;
    for (let run = first; outcome === undefined; ) {
      const key = `${toHex(to.hash)} ${toHex(run.end.hash)}`;
      outcome = this.#outcomes.get(key) ?? outcomeAt(run, to);
      passed.push(key);
      if (outcome !== undefined) break;
      const next = await this.runs(vault, run.end);
      const [only] = next;
      if (only === undefined) outcome = others.some((head) => isSameHead(head, run.end)) ? 'elsewhere' : 'gap';
      else if (next.length === 1) run = only;
      else outcome = await this.#bestOutcome(vault, next, to, others);
    }
    for (const key of passed) this.#outcomes.set(key, outcome);
    return outcome;
  }

  async #bestOutcome(vault: VaultId, runs: readonly Run[], to: Head, others: readonly SourceHead[]): Promise<Outcome> {
    const outcomes: Outcome[] = [];
    for (const run of runs) outcomes.push(await this.#outcome(vault, run, to, others));
    return outcomes.find((each) => each === 'there') ?? outcomes.find((each) => each === 'gap') ?? 'elsewhere';
  }
}

function outcomeAt(run: Run, to: Head): Outcome | undefined {
  if (to.sequence > run.end.sequence) return undefined;
  const entry = run.entries.find((each) => each.sequence === to.sequence);
  return entry !== undefined && isSameHead(headAfter(entry), to) ? 'there' : 'elsewhere';
}
