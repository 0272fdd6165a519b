import { assert } from '../../base/assert.ts';
import type { CredentialId, NodeId, VersionId } from '../../base/ids.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { Wish } from './bring-back.ts';
import { type HitFile, type Removal, RemovalWatch } from './removals.ts';
import { type PlainTree, readPlainly } from './second-reader.ts';

/** What makes a deletion a mass deletion: more than this many files, and more than this part of the vault, within the time. */
export const massDeletion: { readonly files: number; readonly part: number; readonly withinMs: number } = {
  files: 50,
  part: 0.1,
  withinMs: 60 * 60_000,
};

/** How many files one credential may take away within the time before the owner hears of it. */
export function mayBeRemoved(filesBefore: number): number {
  return Math.max(massDeletion.files, Math.floor(filesBefore * massDeletion.part));
}

/** What one credential took away in one go; named by the sequence of its first entry. */
export interface Deletion {
  readonly id: number;
  readonly last: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: CredentialId | undefined;
  /** Each file once, as it was before. */
  readonly files: readonly HitFile[];
  readonly filesBefore: number;
  readonly isAccepted: boolean;
  /** In order, with the moves that the same credential made meanwhile. */
  readonly removals: readonly Removal[];
}

export interface DeletionReading {
  readonly deletions: readonly Deletion[];
  readonly tree: PlainTree;
}

/**
 * The mass deletions in the history of a vault, oldest first, from the journal alone: nothing that is remembered elsewhere
 * decides. @throws Fault `damaged`, `newer-format`, `missing`.
 */
export async function readDeletions(
  journal: Pick<Journal, 'head' | 'entries'>,
  keys: VaultKeys,
): Promise<DeletionReading> {
  const watch = new RemovalWatch();
  const { tree } = await readPlainly(journal, keys, Number.POSITIVE_INFINITY, watch.apply);
  return { deletions: findDeletions(watch), tree };
}

/** What a sweep must keep, whatever the history horizon: what was removed and the owner has not seen yet. */
export function versionsOfUnaccepted(deletions: readonly Deletion[]): readonly VersionId[] {
  return deletions.filter((each) => !each.isAccepted).flatMap((each) => each.files.map((file) => file.version));
}

export function findDeletions(watch: RemovalWatch): readonly Deletion[] {
  const byCredential = Map.groupBy(watch.removals, (each) => each.by);
  const found = [...byCredential.values()].flatMap((removals) =>
    runsOf(removals, watch).map((run) => deletionOf(run, watch)),
  );
  return found.toSorted((a, b) => a.id - b.id);
}

/** The stretches of one credential's removals in which some hour took too much; those that overlap are one. */
function runsOf(removals: readonly Removal[], watch: RemovalWatch): readonly (readonly Removal[])[] {
  const runs: { first: number; last: number }[] = [];
  const window = new FileCount();
  let first = 0;
  for (const [last, removal] of removals.entries()) {
    window.add(removal);
    // A clock that was set back makes a window longer, never shorter.
    for (let at = removals[first]; at !== undefined && removal.timeMs - at.timeMs > massDeletion.withinMs; ) {
      window.take(at);
      first += 1;
      at = removals[first];
    }
    const filesBefore = watch.filesBefore.get(removals[first]?.sequence ?? 0) ?? 0;
    if (removal.files.length === 0 || window.size <= mayBeRemoved(filesBefore)) continue;
    const before = runs.at(-1);
    if (before !== undefined && before.last >= first) before.last = last;
    else runs.push({ first, last });
  }
  return runs.map((run) => withMoves(removals, run));
}

/** With the moves of what was hit, also those that came soon after: files are renamed once they were overwritten. */
function withMoves(
  removals: readonly Removal[],
  run: { readonly first: number; readonly last: number },
): readonly Removal[] {
  const inside = removals.slice(run.first, run.last + 1);
  const hit = new Set(
    inside.flatMap((each) => (each.files.length === 0 ? [] : [each.node, ...each.files.map((file) => file.node)])),
  );
  const endMs = (inside.at(-1)?.timeMs ?? 0) + massDeletion.withinMs;
  const later = removals.slice(run.last + 1).filter((each) => each.files.length === 0 && each.timeMs <= endMs);
  return [...inside, ...later].filter((each) => each.files.length > 0 || hit.has(each.node));
}

/** Distinct files in a window that moves on. */
class FileCount {
  readonly #times = new Map<NodeId, number>();

  get size(): number {
    return this.#times.size;
  }

  add({ files }: Removal): void {
    for (const { node } of files) this.#times.set(node, (this.#times.get(node) ?? 0) + 1);
  }

  take({ files }: Removal): void {
    for (const { node } of files) {
      const left = (this.#times.get(node) ?? 0) - 1;
      if (left > 0) this.#times.set(node, left);
      else this.#times.delete(node);
    }
  }
}

function deletionOf(removals: readonly Removal[], watch: RemovalWatch): Deletion {
  const hits = removals.filter((each) => each.files.length > 0);
  const [first, last] = [hits[0], hits.at(-1)];
  assert(first !== undefined && last !== undefined, 'a deletion hit something');
  const files = new Map<NodeId, HitFile>();
  for (const { files: hit } of hits) for (const file of hit) if (!files.has(file.node)) files.set(file.node, file);
  return {
    id: first.sequence,
    last: last.sequence,
    fromMs: first.timeMs,
    toMs: last.timeMs,
    by: first.by,
    files: [...files.values()],
    filesBefore: watch.filesBefore.get(first.sequence) ?? 0,
    isAccepted: watch.accepted.some((each) => each.deletion === first.sequence && each.upTo >= last.sequence),
    removals,
  };
}

/**
 * What takes a deletion back: each node that it touched stands again as it stood before, in so far as nobody has touched it
 * since.
 */
export function wishesOf(deletion: Deletion): readonly Wish[] {
  const touched = new Map<NodeId, Removal>();
  for (const removal of deletion.removals) {
    const earlier = touched.get(removal.node);
    touched.set(removal.node, earlier === undefined ? removal : { ...earlier, after: removal.after });
  }
  return [...touched.values()].map(({ node, before, after }) => ({
    node,
    parent: before.parent,
    name: before.name,
    version: before.version,
    ifStill: after,
  }));
}
