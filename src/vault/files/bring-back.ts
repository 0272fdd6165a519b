import { type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { FileOperation } from '../../format/file-operations.ts';
import { type Caller, change, type Decided } from './commands.ts';
import type { FilesView, NodeRow } from './files-view.ts';
import { isWithin } from './fold.ts';
import { freeName } from './free-name.ts';
import { type Guarding, treeLocked } from './guards.ts';
import type { OwnState } from './removals.ts';
import { ended, here, trashed } from './view-schema.ts';

/** Where a node should stand again, and with which content. */
export interface Wish {
  readonly node: NodeId;
  readonly parent: NodeId;
  readonly name: string;
  /** Null for a folder, and for a file whose content stays. */
  readonly version: VersionId | null;
  /** Only what is still as this says is changed; undefined: whatever it is now. */
  readonly ifStill: OwnState | undefined;
}

export interface BringBack {
  readonly wishes: readonly Wish[];
  /** The mass deletion that is taken back or was seen: from its first entry, up to its last. */
  readonly accept: { readonly deletion: number; readonly upTo: number } | undefined;
}

/**
 * Brings back what was removed, as new operations; nothing else is touched. A name that was taken meanwhile gets a number; a
 * folder that is not there any more is replaced by the nearest one above it. What is locked against the caller stays.
 */
export function decideBringBack(guarding: Guarding, caller: Caller, { wishes, accept }: BringBack): Decided {
  const planner = new Planner(guarding, caller, wishes);
  const operations = planner.plan();
  if (accept !== undefined) operations.push({ o: 'accept', ...accept });
  const result = { kind: 'changed', created: false, node: rootNode } as const;
  return operations.length === 0 ? { kind: 'none', result } : change(operations, result);
}

const stateNames = { [here]: 'here', [trashed]: 'trashed', [ended]: 'ended' } as const;

class Planner {
  readonly #guarding: Guarding;
  readonly #caller: Caller;
  readonly #wishes: ReadonlyMap<NodeId, Wish>;
  readonly #operations: FileOperation[] = [];
  readonly #done = new Set<NodeId>();
  /** Folders that are seen once what is planned is applied. */
  readonly #back = new Set<NodeId>();
  readonly #taken = new Set<string>();

  constructor(guarding: Guarding, caller: Caller, wishes: readonly Wish[]) {
    this.#guarding = guarding;
    this.#caller = caller;
    this.#wishes = new Map(wishes.map((wish) => [wish.node, wish]));
  }

  get #view(): FilesView {
    return this.#guarding.view;
  }

  plan(): FileOperation[] {
    for (const wish of this.#wishes.values()) this.#fulfilAbove(wish);
    return this.#operations;
  }

  /** Folders first: what is in them needs them. A loop, because folders may be nested deeper than calls can be. */
  #fulfilAbove(wish: Wish): void {
    const waiting: Wish[] = [];
    const met = new Set<NodeId>();
    for (let at: NodeId | undefined = wish.node; at !== undefined && at !== rootNode && !met.has(at); ) {
      met.add(at);
      const own = this.#wishes.get(at);
      if (own !== undefined && !this.#done.has(at)) waiting.push(own);
      if (own !== undefined) this.#done.add(at);
      at = own?.parent ?? this.#view.node(at)?.parent;
    }
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) this.#fulfil(at);
  }

  #fulfil(wish: Wish): void {
    const row = this.#view.node(wish.node);
    if (row === undefined || treeLocked(this.#guarding, row, this.#caller.conditions, this.#caller.by)) return;
    this.#placeAgain(wish, row);
    const isStill = wish.ifStill === undefined || wish.ifStill.version === row.version;
    if (wish.version !== null && isStill && row.version !== wish.version)
      this.#operations.push({ o: 'pick', node: row.id, version: wish.version, of: wish.version });
  }

  #placeAgain({ parent: wanted, name: wantedName, ifStill }: Wish, row: NodeRow): void {
    const isStill =
      ifStill === undefined ||
      (stateNames[row.state as keyof typeof stateNames] === ifStill.state &&
        row.parent === ifStill.parent &&
        row.name === ifStill.name);
    if (!isStill || (row.state === here && row.parent === wanted && row.name === wantedName)) return;
    const parent = this.#seenFolder(wanted, row);
    const name = this.#freeName(parent, wantedName);
    this.#taken.add(`${parent}/${name}`);
    if (row.isFolder) this.#back.add(row.id);
    this.#operations.push({ o: 'place', node: row.id, place: { parent, name } });
  }

  /** The folder itself, or the nearest one above it that is seen and does not lie below the node. */
  #seenFolder(wanted: NodeId, row: NodeRow): NodeId {
    for (let at = this.#view.node(wanted); at !== undefined && at.id !== rootNode; at = this.#view.node(at.parent)) {
      const isUnder = row.isFolder && isWithin(this.#view, at.id, row.id);
      if (at.isFolder && !isUnder && this.#willBeSeen(at)) return at.id;
    }
    return rootNode;
  }

  #willBeSeen(folder: NodeRow): boolean {
    for (let at: NodeRow | undefined = folder; at !== undefined; at = this.#view.node(at.parent)) {
      if (at.id === rootNode || this.#back.has(at.id)) return true;
      if (at.state !== here) return false;
    }
    return false;
  }

  #freeName(parent: NodeId, wanted: string): string {
    let name = freeName(this.#view, parent, wanted);
    for (let n = 2; this.#taken.has(`${parent}/${name}`); n += 1)
      name = freeName(this.#view, parent, `${wanted} (${n})`);
    return name;
  }
}
