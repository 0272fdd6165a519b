import { type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { FileOperation, Placement } from '../../format/file-operations.ts';
import { type Caller, change, type Decided, none } from './commands.ts';
import type { FilesView } from './files-view.ts';
import { freeName } from './free-name.ts';
import { type Guarding, lockedAgainst, refused, treeLocked } from './guards.ts';
import { childrenAt, type Instant, nodeAt, pathAt, pathOf, resolve, resolveAt } from './queries.ts';
import type { Path, Refusal, Refused } from './types.ts';
import { here } from './view-schema.ts';

type RewindOperation = Extract<FileOperation, { o: 'place' | 'trash' | 'pick' }>;

interface RewindPlan {
  readonly operations: readonly RewindOperation[];
  readonly steps: readonly RewindStep[];
}

/** What happens to one file or folder; a folder goes and comes with what is in it. */
interface RewindStep {
  readonly how: 'brought' | 'trashed' | 'moved' | 'changed';
  readonly node: NodeId;
}

export interface RewindPreview {
  /** Why it cannot be done. */
  readonly why: Refusal | undefined;
  readonly counts: Readonly<Record<RewindStep['how'], number>>;
  /** The first of each. */
  readonly examples: readonly { readonly how: RewindStep['how']; readonly path: Path; readonly isFolder: boolean }[];
}

/**
 * Everything below a folder as it was when the entry `sequence` was the last. What came since goes to the trash, what left
 * comes back, what moved or changed is undone; nothing is forgotten, so a rewind can be rewound.
 */
export function decideRewind(guarding: Guarding, caller: Caller, path: Path, sequence: number): Decided {
  const planned = planFor(guarding, caller, path, sequence);
  if ('why' in planned) return none(planned);
  const { plan, top } = planned;
  if (plan.operations.length === 0) return { kind: 'none', result: { kind: 'changed', created: false, node: top } };
  return change(plan.operations, { kind: 'changed', created: false, node: top });
}

const examplesOfEach = 20;

/** What a rewind would do now; nothing is changed. */
export function previewRewind(guarding: Guarding, caller: Caller, path: Path, sequence: number): RewindPreview {
  const planned = planFor(guarding, caller, path, sequence);
  const counts = { brought: 0, trashed: 0, moved: 0, changed: 0 };
  if ('why' in planned) return { why: planned.why, counts, examples: [] };
  const { view } = guarding;
  const examples: RewindPreview['examples'][number][] = [];
  for (const { how, node } of planned.plan.steps) {
    counts[how] += 1;
    if (counts[how] > examplesOfEach) continue;
    const where = how === 'trashed' ? pathOf(view, node) : pathAt(view, node, sequence);
    if (where !== undefined) examples.push({ how, path: where, isFolder: view.node(node)?.isFolder === true });
  }
  return { why: undefined, counts, examples };
}

function planFor(
  guarding: Guarding,
  caller: Caller,
  path: Path,
  sequence: number,
): Refused | { readonly plan: RewindPlan; readonly top: NodeId } {
  const { view } = guarding;
  if (sequence < 0 || sequence > view.position().sequence) return refused('beyond-history');
  const now = resolve(view, path);
  const then = now === undefined ? resolveAt(view, path, sequence) : nodeAt(view, now.id, sequence);
  if (now === undefined && then === undefined) return refused('no-such-path');
  const top = (now ?? then)?.id ?? rootNode;
  // Also when it was moved away: then it is rewound where it is.
  const row = view.node(top);
  if (row !== undefined && treeLocked(guarding, row, caller.conditions, caller.by)) return refused('locked');
  if (now === undefined && then !== undefined && pathOf(view, then.parent) === undefined) return refused('no-parent');
  const plan = planRewind(view, top, sequence);
  if (plan === undefined) return refused('under-itself');
  if (plan.operations.some((each) => isLocked(guarding, caller, each))) return refused('locked');
  return { plan, top };
}

/** What comes back may be elsewhere now, and leave a folder there that is locked, or come into one. */
function isLocked(guarding: Guarding, { by, conditions }: Caller, operation: RewindOperation): boolean {
  const { view } = guarding;
  const isHeld = (id: NodeId): boolean => {
    const row = view.node(id);
    return row !== undefined && lockedAgainst(guarding, row, conditions, by);
  };
  if (operation.o === 'pick') return isHeld(operation.node);
  const row = view.node(operation.node);
  const leaves = row?.state === here && (treeLocked(guarding, row, conditions, by) || isHeld(row.parent));
  return leaves || (operation.o === 'place' && isHeld(operation.place.parent));
}

/** Undefined when something that was below the folder has it below itself now: it can not come back without a choice. */
function planRewind(view: FilesView, top: NodeId, sequence: number): RewindPlan | undefined {
  return new Planner(view, top, sequence).plan();
}

class Planner {
  readonly #view: FilesView;
  readonly #top: NodeId;
  readonly #sequence: number;
  readonly #wanted = new Map<NodeId, Instant>();
  readonly #operations: RewindOperation[] = [];
  /** Where nodes stand after the operations planned so far, where that differs from the view. */
  readonly #placed = new Map<NodeId, Placement>();
  readonly #left = new Set<NodeId>();
  readonly #steps: RewindStep[] = [];

  constructor(view: FilesView, top: NodeId, sequence: number) {
    this.#view = view;
    this.#top = top;
    this.#sequence = sequence;
  }

  plan(): RewindPlan | undefined {
    const top = nodeAt(this.#view, this.#top, this.#sequence);
    this.#collect(this.#top);
    const isHere = pathOf(this.#view, this.#top) !== undefined;
    const above = isHere ? this.#top : top?.parent;
    if (above !== undefined && this.#wantedAbove(above)) return undefined;
    // The top keeps the place that it has now; when it is gone it comes back to the one it had.
    if (top !== undefined && !isHere) this.#bringBack(top);
    this.#trashNewcomers();
    if (top !== undefined) this.#restoreVersion(top);
    for (const instant of this.#wanted.values()) {
      this.#restorePlace(instant);
      this.#restoreVersion(instant);
    }
    return { operations: this.#operations, steps: this.#steps };
  }

  /** Parents before children: when a node is placed, everything above it already stands where it stood. */
  #collect(from: NodeId): void {
    const folders = [from];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const child of childrenAt(this.#view, folder, this.#sequence)) {
        this.#wanted.set(child.id, child);
        if (child.isFolder) folders.push(child.id);
      }
    }
  }

  #wantedAbove(id: NodeId): boolean {
    for (let at = this.#view.node(id); at !== undefined && at.id !== rootNode; at = this.#view.node(at.parent)) {
      if (this.#wanted.has(at.id)) return true;
    }
    return false;
  }

  #bringBack(top: Instant): void {
    const name = freeName(this.#view, top.parent, top.name);
    this.#operations.push({ o: 'place', node: top.id, place: { parent: top.parent, name } });
    this.#steps.push({ how: 'brought', node: top.id });
  }

  /**
   * What is in a folder now and was not then, also in folders that were elsewhere meanwhile and come back with what they
   * hold. Only the topmost go, the rest goes with them or is moved out.
   */
  #trashNewcomers(): void {
    const folders = [this.#top, ...[...this.#wanted.values()].filter((each) => each.isFolder).map((each) => each.id)];
    for (const folder of folders) {
      for (const child of this.#view.children(folder)) {
        if (this.#wanted.has(child.id)) continue;
        this.#operations.push({ o: 'trash', node: child.id });
        this.#left.add(child.id);
        this.#steps.push({ how: 'trashed', node: child.id });
      }
    }
  }

  #restorePlace(instant: Instant): void {
    const row = this.#view.node(instant.id);
    if (row === undefined) return;
    const at = this.#placed.get(row.id);
    const isThere =
      at === undefined
        ? row.state === here && row.parent === instant.parent && row.name === instant.name
        : at.parent === instant.parent && at.name === instant.name;
    if (isThere) return;
    this.#makeRoom(instant);
    this.#operations.push({ o: 'place', node: instant.id, place: { parent: instant.parent, name: instant.name } });
    this.#placed.set(instant.id, { parent: instant.parent, name: instant.name });
    this.#steps.push({ how: row.state === here ? 'moved' : 'brought', node: instant.id });
  }

  /** Another wanted node may still stand where this one belongs (two names swapped): it steps aside first. */
  #makeRoom(instant: Instant): void {
    const occupant = this.#view.child(instant.parent, instant.name);
    if (
      occupant === undefined ||
      occupant.id === instant.id ||
      this.#left.has(occupant.id) ||
      this.#placed.has(occupant.id)
    )
      return;
    const name = freeName(this.#view, instant.parent, `.rewind-${occupant.id.toString(16)}`);
    const place = { parent: instant.parent, name };
    this.#operations.push({ o: 'place', node: occupant.id, place });
    this.#placed.set(occupant.id, place);
  }

  #restoreVersion(instant: Instant): void {
    const row = this.#view.node(instant.id);
    const version: VersionId | null = instant.version;
    if (row === undefined || version === null || row.version === version) return;
    this.#operations.push({ o: 'pick', node: instant.id, version, of: version });
    this.#steps.push({ how: 'changed', node: instant.id });
  }
}
