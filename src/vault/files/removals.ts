import { equalBytes } from '../../base/bytes.ts';
import type { CredentialId, NodeId, VersionId } from '../../base/ids.ts';
import { type FileOperation, fileOperationFromCbor } from '../../format/file-operations.ts';
import { applyPlainly, type PlainNode, type PlainTree, type PlainVersion, type ReadEntry } from './second-reader.ts';
import { seenFiles } from './seen.ts';
import type { Path } from './types.ts';

/** What a node itself says; whether it is seen depends on the folders above it too. */
export type OwnState = Pick<PlainNode, 'parent' | 'name' | 'state' | 'version'>;

/** A file that an operation took out of sight, or gave other content. */
export interface HitFile {
  readonly node: NodeId;
  /** What was there before. */
  readonly version: VersionId;
  readonly path: Path;
  readonly sizeBytes: number;
  readonly how: 'gone' | 'overwritten';
}

/** One operation that hit files, or moved something; moves hit nothing. */
export interface Removal {
  readonly sequence: number;
  readonly timeMs: number;
  readonly by: CredentialId | undefined;
  readonly node: NodeId;
  readonly before: OwnState;
  readonly after: OwnState;
  readonly files: readonly HitFile[];
}

interface Seen {
  readonly path: Path;
  readonly version: VersionId;
}

/**
 * Looks at a vault entry by entry and notes what took files away from where the owner saw them. Trashing, ending and
 * overwriting count, also below a folder; moving inside the vault, an earlier version that becomes current again, and
 * overwriting what was empty do not.
 */
export class RemovalWatch {
  readonly removals: Removal[] = [];
  /** Files that are seen, after each entry that hit some: by sequence. */
  readonly filesBefore: Map<number, number> = new Map();
  readonly #accepted: Extract<FileOperation, { o: 'accept' }>[] = [];
  readonly #earlier = new Map<NodeId, Set<VersionId>>();
  #files = 0;

  /** What the owner accepted, in order. */
  get accepted(): readonly Extract<FileOperation, { o: 'accept' }>[] {
    return this.#accepted;
  }

  /** Applies an entry to the tree, looking before and after each operation. */
  readonly apply = (tree: PlainTree, entry: ReadEntry): void => {
    const { sequence, timeMs } = entry.header;
    // The save pattern of editors: what a temporary file held goes on as a version of the target.
    const carried = new Set(entry.operations.flatMap((value) => pickedBy(fileOperationFromCbor(value))));
    const filesBefore = this.#files;
    const known = this.removals.length;
    applyPlainly(tree, entry, (operation, apply) => {
      if (operation.o === 'accept') this.#accepted.push(operation);
      const node = nodeOf(operation);
      if (node === undefined) {
        apply();
        return;
      }
      const before = seenBelow(tree, node);
      const own = ownState(tree, node);
      apply();
      const after = seenBelow(tree, node);
      this.#files += after.size - before.size;
      if (own === undefined) return;
      const files = this.#hits(tree, operation, before, after, carried);
      const now = ownState(tree, node) ?? own;
      if (files.length > 0 || operation.o === 'place')
        this.removals.push({ sequence, timeMs, by: entry.by, node, before: own, after: now, files });
    });
    if (this.removals.length > known) this.filesBefore.set(sequence, filesBefore);
  };

  #hits(
    tree: PlainTree,
    operation: FileOperation,
    before: ReadonlyMap<NodeId, Seen>,
    after: ReadonlyMap<NodeId, Seen>,
    carried: ReadonlySet<VersionId>,
  ): readonly HitFile[] {
    const files: HitFile[] = [];
    for (const [node, { path, version }] of before) {
      const now = after.get(node)?.version;
      if (now === version) continue;
      const old = tree.versions.get(version);
      if (old === undefined) continue;
      const hit = { node, version, path, sizeBytes: old.sizeBytes };
      if (now === undefined) {
        if (!carried.has(version)) files.push({ ...hit, how: 'gone' });
        continue;
      }
      const isReturn = operation.o === 'pick' && this.#earlier.get(node)?.has(operation.of) === true;
      this.#remember(node, version);
      if (!isReturn && old.sizeBytes > 0 && !sameContent(old, tree.versions.get(now)))
        files.push({ ...hit, how: 'overwritten' });
    }
    return files;
  }

  #remember(node: NodeId, version: VersionId): void {
    const versions = this.#earlier.get(node) ?? new Set();
    this.#earlier.set(node, versions.add(version));
  }
}

function sameContent(one: PlainVersion, other: PlainVersion | undefined): boolean {
  return other !== undefined && equalBytes(one.sha256, other.sha256);
}

function pickedBy(operation: FileOperation | undefined): readonly VersionId[] {
  return operation?.o === 'pick' ? [operation.of] : [];
}

/** The node that an operation may take out of sight, bring into it, or give other content. */
function nodeOf(operation: FileOperation): NodeId | undefined {
  switch (operation.o) {
    case 'stage':
    case 'props':
    case 'drop':
    case 'horizon':
    case 'accept':
    case 'media':
    case 'take':
    case 'deposit':
      return undefined;
    default:
      return operation.node;
  }
}

function ownState(tree: PlainTree, id: NodeId): OwnState | undefined {
  const node = tree.nodes.get(id);
  if (node === undefined) return undefined;
  const { parent, name, state, version } = node;
  return { parent, name, state, version };
}

function seenBelow(tree: PlainTree, id: NodeId): ReadonlyMap<NodeId, Seen> {
  const seen = new Map<NodeId, Seen>();
  for (const { path, node } of seenFiles(tree, id)) {
    if (node.version !== null) seen.set(node.id, { path, version: node.version });
  }
  return seen;
}
