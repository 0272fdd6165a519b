import { type NodeId, rootNode } from '../../base/ids.ts';
import type { PlainNode, PlainTree } from './second-reader.ts';
import type { Path } from './types.ts';

/** Names from the root down; undefined when it, or a folder above it, is not here. */
export function seenPath(tree: PlainTree, id: NodeId): Path | undefined {
  const names: string[] = [];
  for (let node = tree.nodes.get(id); node?.state === 'here'; node = tree.nodes.get(node.parent)) {
    if (node.id === rootNode) return names.reverse();
    names.push(node.name);
  }
  return undefined;
}

/** The files that are seen at or below a node. */
export function* seenFiles(tree: PlainTree, id: NodeId): Generator<{ readonly path: Path; readonly node: PlainNode }> {
  const top = tree.nodes.get(id);
  const above = seenPath(tree, id);
  if (top === undefined || above === undefined) return;
  const paths = new Map<NodeId, Path>([[id, above]]);
  for (const node of tree.visit(top)) {
    const path = paths.get(node.id) ?? [...(paths.get(node.parent) ?? []), node.name];
    if (node.version === null) paths.set(node.id, path);
    else yield { path, node };
  }
}
