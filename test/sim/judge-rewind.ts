import type { NodeId } from '#base/ids.ts';
import type { Path } from '#vault/files/types.ts';
import { changed, freeName, type Past, type Place, refuse, type Verdict } from './judge.ts';
import type { Tree, TreeNode } from './tree.ts';

/**
 * What a rewind must do: everything below a folder is as it was when the entry `sequence` was the last. What came since is
 * in the trash, what left or moved is back where it was with the content that it had. The folder itself keeps its place,
 * or comes back to the one it had when it is gone, beside what has its name now.
 */
export function judgeRewind(past: Past, place: Place, path: Path, sequence: number): Verdict {
  const now = past.treeAt(place.sequence - 1);
  if (sequence < 0 || sequence > place.sequence - 1) return refuse('beyond-history');
  const then = past.treeAt(sequence);
  const top = now.lookUp(path);
  const old = top === undefined ? then.lookUp(path, true) : then.node(top.id);
  const id = (top ?? old)?.id;
  if (id === undefined) return refuse('no-such-path');
  if (top === undefined && old !== undefined && !now.isReachable(old.parent)) return refuse('no-parent');
  const wanted = wantedBelow(then, id);
  const above = old !== undefined && !now.isReachable(id) ? old.parent : now.must(id).parent;
  if ([...wanted.keys()].some((each) => now.isAtOrBelow(above, each))) return refuse('under-itself');
  const edit = new Edit(now);
  if (old !== undefined && !now.isReachable(id)) {
    edit.putBack(id, { state: 'here', parent: old.parent, name: freeName(now, old.parent, old.name) });
  }
  if (old !== undefined) edit.putBack(old.id, { version: old.version });
  for (const newcomer of newcomers(now, id, wanted)) edit.putBack(newcomer, { state: 'trashed' });
  for (const node of wanted.values()) edit.bring(node);
  const nodes = edit.changes();
  return nodes.length === 0 ? { kind: 'unchanged', node: id } : changed(now, nodes, false, id);
}

function wantedBelow(then: Tree, top: NodeId): Map<NodeId, TreeNode> {
  const wanted = new Map<NodeId, TreeNode>();
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const child of then.children(folder)) {
      wanted.set(child.id, child);
      if (child.version === null) folders.push(child.id);
    }
  }
  return wanted;
}

/** What stands now in the top or in a folder that comes back, and did not stand anywhere below the top then. */
function newcomers(now: Tree, top: NodeId, wanted: ReadonlyMap<NodeId, TreeNode>): NodeId[] {
  const folders = [top, ...[...wanted.values()].filter((node) => node.version === null).map((node) => node.id)];
  return folders.flatMap((folder) => now.children(folder).flatMap((child) => (wanted.has(child.id) ? [] : [child.id])));
}

class Edit {
  readonly #before: Tree;
  readonly #changed = new Map<NodeId, TreeNode>();

  constructor(before: Tree) {
    this.#before = before;
  }

  putBack(id: NodeId, change: Partial<Pick<TreeNode, 'state' | 'parent' | 'name' | 'version'>>): void {
    const node = this.#changed.get(id) ?? this.#before.must(id);
    this.#changed.set(id, { ...node, ...change });
  }

  bring(node: TreeNode): void {
    this.putBack(node.id, { state: 'here', parent: node.parent, name: node.name, version: node.version });
  }

  /** Properties are not part of history. */
  changes(): TreeNode[] {
    return [...this.#changed.values()].filter((node) => {
      const old = this.#before.must(node.id);
      return (
        old.state !== node.state || old.parent !== node.parent || old.name !== node.name || old.version !== node.version
      );
    });
  }
}
