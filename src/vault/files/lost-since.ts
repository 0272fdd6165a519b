import { equalBytes } from '../../base/bytes.ts';
import { type CredentialId, type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { Wish } from './bring-back.ts';
import { type Removal, RemovalWatch } from './removals.ts';
import { type PlainTree, type PlainVersion, type ReadEntry, readPlainly } from './second-reader.ts';
import { seenPath } from './seen.ts';
import type { Path } from './types.ts';

/** A file that was seen at an instant, and is not, or not with that content, now. */
export interface LostFile {
  readonly node: NodeId;
  readonly version: VersionId;
  /** At that instant. */
  readonly path: Path;
  readonly sizeBytes: number;
  readonly type: string | undefined;
  readonly how: 'gone' | 'changed';
  /** The last operation that did it. */
  readonly did:
    | { readonly sequence: number; readonly timeMs: number; readonly by: CredentialId | undefined }
    | undefined;
}

export interface LostSince {
  readonly lost: readonly LostFile[];
  /** What brings back those that are gone, and with `changed` also makes the earlier content of the others current. */
  wishes(changed: boolean): readonly Wish[];
}

interface Then {
  readonly path: Path;
  readonly version: VersionId;
  readonly content: PlainVersion;
}

/**
 * Compares what a vault shows now with what it showed after the entry `sequence`, both by the second reader: valid
 * operations of a faulty component or of a client gone mad leave no damage that a verification could find.
 * @throws Fault `damaged`, `newer-format`, `missing`.
 */
export async function readLostSince(
  journal: Pick<Journal, 'head' | 'entries'>,
  keys: VaultKeys,
  sequence: number,
): Promise<LostSince> {
  const removals = new RemovalWatch();
  const then = new Instant();
  const apply = (tree: PlainTree, entry: ReadEntry): void => {
    if (entry.header.sequence === sequence + 1) then.take(tree);
    removals.apply(tree, entry);
  };
  const { tree } = await readPlainly(journal, keys, Number.POSITIVE_INFINITY, apply);
  const lost = compare(then, tree, didLast(removals.removals, sequence));
  return { lost, wishes: (changed) => wishesFor(lost, then, tree, changed) };
}

/** What was seen at one instant. */
class Instant {
  readonly files = new Map<NodeId, Then>();
  /** Folders and files: where each stood. */
  readonly places = new Map<NodeId, { readonly parent: NodeId; readonly name: string }>();

  take(tree: PlainTree): void {
    for (const { path, node } of tree.walk()) {
      this.places.set(node.id, { parent: node.parent, name: node.name });
      const content = node.version === null ? undefined : tree.versions.get(node.version);
      if (node.version !== null && content !== undefined)
        this.files.set(node.id, { path, version: node.version, content });
    }
  }
}

type Did = NonNullable<LostFile['did']>;

function didLast(removals: readonly Removal[], after: number): ReadonlyMap<NodeId, Did> {
  const did = new Map<NodeId, Did>();
  for (const { sequence, timeMs, by, files } of removals) {
    if (sequence > after) for (const { node } of files) did.set(node, { sequence, timeMs, by });
  }
  return did;
}

function compare(then: Instant, tree: PlainTree, did: ReadonlyMap<NodeId, Did>): readonly LostFile[] {
  const now = new Map([...tree.files()].map((file) => [file.node, file]));
  const current = new Set([...now.values()].map((file) => file.version));
  const byPath = new Map([...now.values()].map((file) => [JSON.stringify(file.path), file]));
  const lost: LostFile[] = [];
  for (const [node, { path, version, content }] of then.files) {
    // Renamed, moved, or taken over by another file of the same entry: still there.
    if (current.has(version)) continue;
    const same = now.get(node);
    if (same !== undefined && equalBytes(same.sha256, content.sha256)) continue;
    // Removed and stored again by a client: the owner misses nothing.
    const there = byPath.get(JSON.stringify(path));
    if (there !== undefined && equalBytes(there.sha256, content.sha256)) continue;
    const { sizeBytes, type } = content;
    const how = same === undefined ? 'gone' : 'changed';
    lost.push({ node, version, path, sizeBytes, type, how, did: did.get(node) });
  }
  return lost;
}

function wishesFor(lost: readonly LostFile[], then: Instant, tree: PlainTree, changed: boolean): readonly Wish[] {
  const wishes = new Map<NodeId, Wish>();
  for (const { node, version, how } of lost) {
    const place = (how === 'gone' ? then.places : tree.nodes).get(node);
    if (place === undefined || (how === 'changed' && !changed)) continue;
    wishes.set(node, { node, parent: place.parent, name: place.name, version, ifStill: undefined });
    if (how === 'gone') addFolders(wishes, place.parent, then, tree);
  }
  return [...wishes.values()];
}

/** The folders above come back only when they are not seen now; one that was moved stays where it is. */
function addFolders(wishes: Map<NodeId, Wish>, folder: NodeId, then: Instant, tree: PlainTree): void {
  for (let at = folder; at !== rootNode && !wishes.has(at) && seenPath(tree, at) === undefined; ) {
    const place = then.places.get(at);
    if (place === undefined) return;
    wishes.set(at, { node: at, ...place, version: null, ifStill: undefined });
    at = place.parent;
  }
}
