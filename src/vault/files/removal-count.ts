import { present } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { type CredentialId, type NodeId, rootNode, type VaultId } from '../../base/ids.ts';
import type { CborValue } from '../../format/cbor.ts';
import { fileOperationFromCbor } from '../../format/file-operations.ts';
import type { Decide } from '../open-vault.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { massDeletion, mayBeRemoved } from './deletions.ts';
import type { FilesView } from './files-view.ts';
import { here } from './view-schema.ts';

/** For the operator: ids and a count, no names. */
export interface MassDeletionNotice {
  readonly vault: VaultId;
  readonly by: CredentialId | undefined;
  readonly files: number;
}

interface Removed {
  readonly node: NodeId;
  readonly files: number;
}

/** What operations are about to take away, seen on the view before they are applied; a look-up each, and none for what is new. */
function removedBy(view: FilesView, operations: readonly CborValue[]): readonly Removed[] {
  const removed: Removed[] = [];
  for (const value of operations) {
    const operation = fileOperationFromCbor(value);
    if (operation?.o !== 'trash' && operation?.o !== 'end' && operation?.o !== 'write') continue;
    if (operation.o === 'write' && operation.place !== undefined) continue;
    const row = view.node(operation.node);
    if (row?.state !== here) continue;
    const files = row.isFolder ? row.files : Number(row.sizeBytes > 0 || operation.o !== 'write');
    if (files > 0) removed.push({ node: row.id, files });
  }
  return removed;
}

interface Counted {
  readonly nodes: Map<NodeId, { readonly timeMs: number; readonly files: number }>;
  files: number;
}

interface RemovalCountParts {
  readonly keys: VaultKeys;
  readonly clock: Clock;
  readonly onMassDeletion?: (notice: MassDeletionNotice) => void;
}

/**
 * Counts what each credential takes away while a vault is open, so that a mass deletion is noticed while it happens. It only
 * rings a bell: which deletions there were is read from the journal (deletions.ts), and is not forgotten with this. It holds
 * at most as many nodes as make a mass deletion.
 */
export class RemovalCount {
  readonly #parts: RemovalCountParts;
  readonly #view: FilesView;
  readonly #byCredential = new Map<CredentialId | undefined, Counted>();
  readonly #announcedMs = new Map<CredentialId | undefined, number>();

  constructor(parts: RemovalCountParts, view: FilesView) {
    this.#parts = parts;
    this.#view = view;
  }

  /** A decision that is looked at before it is applied; `done` when it was. */
  watching<Result>(decide: Decide<Result>): {
    readonly decide: Decide<Result>;
    done(by: CredentialId | undefined): void;
  } {
    const view = this.#view;
    const { keys, clock, onMassDeletion } = this.#parts;
    let removed: readonly Removed[] = [];
    return {
      decide: (position) => {
        const decision = decide(position);
        removed = decision.kind === 'change' ? removedBy(view, decision.operations) : [];
        return decision;
      },
      done: (by) => {
        if (removed.length === 0) return;
        const filesNow = present(view.node(rootNode), 'root').files;
        const files = this.#note(by, removed, filesNow, clock.nowMs());
        if (files !== undefined) onMassDeletion?.({ vault: keys.vault, by, files });
      },
    };
  }

  /** How many files it is by now, when that is too many and was not said within the time. */
  #note(
    by: CredentialId | undefined,
    removed: readonly Removed[],
    filesNow: number,
    nowMs: number,
  ): number | undefined {
    const announcedMs = this.#announcedMs.get(by) ?? Number.NEGATIVE_INFINITY;
    if (removed.length === 0 || nowMs - announcedMs < massDeletion.withinMs) return undefined;
    const counted = this.#byCredential.get(by) ?? { nodes: new Map(), files: 0 };
    this.#byCredential.set(by, counted);
    for (const { node, files } of removed) add(counted, node, files, nowMs);
    if (!isTooMany(counted, filesNow)) return undefined;
    forgetBefore(counted, nowMs - massDeletion.withinMs);
    if (!isTooMany(counted, filesNow)) return undefined;
    this.#announcedMs.set(by, nowMs);
    this.#byCredential.delete(by);
    return counted.files;
  }
}

function add(counted: Counted, node: NodeId, files: number, timeMs: number): void {
  // A file that is saved again and again is one.
  const before = counted.nodes.get(node)?.files ?? 0;
  counted.nodes.set(node, { timeMs, files: Math.max(files, before) });
  counted.files += Math.max(files, before) - before;
}

function forgetBefore(counted: Counted, timeMs: number): void {
  for (const [node, each] of counted.nodes) {
    if (each.timeMs >= timeMs) continue;
    counted.nodes.delete(node);
    counted.files -= each.files;
  }
}

function isTooMany({ files }: Counted, filesNow: number): boolean {
  return files > mayBeRemoved(filesNow + files);
}
