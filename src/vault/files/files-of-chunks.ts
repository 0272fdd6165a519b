import { type ChunkId, type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { applyPlainly, type PlainTree, type ReadEntry, readPlainly } from './second-reader.ts';
import type { Path } from './types.ts';

/** A file that needs stored bytes. */
export interface FileOfChunks {
  readonly node: NodeId;
  readonly version: VersionId;
  /** Where it is, or was when it left. */
  readonly path: Path;
  readonly sizeBytes: number;
  readonly type: string | undefined;
  /** What of the file needs them: what it holds now, an earlier version, or something in the trash or gone from the present. */
  readonly as: 'current' | 'old' | 'trash' | 'ended';
  readonly chunks: readonly ChunkId[];
}

/** Which files any of these chunks belong to, by the second reader. @throws Fault `damaged`, `newer-format`, `missing`. */
export async function filesOfChunks(
  journal: Pick<Journal, 'head' | 'entries'>,
  keys: VaultKeys,
  wanted: ReadonlySet<ChunkId>,
): Promise<readonly FileOfChunks[]> {
  const nodeOf = new Map<VersionId, NodeId>();
  const apply = (tree: PlainTree, entry: ReadEntry): void => {
    applyPlainly(tree, entry, (operation, run) => {
      if (operation.o === 'write' || operation.o === 'pick') nodeOf.set(operation.version, operation.node);
      run();
    });
  };
  const { tree } = await readPlainly(journal, keys, Number.POSITIVE_INFINITY, apply);
  // What a copy made has no operation that names its version: the node that holds it does.
  for (const { id, version } of tree.nodes.values()) if (version !== null) nodeOf.set(version, id);
  const files: FileOfChunks[] = [];
  for (const [version, { pieces, sizeBytes, type }] of tree.versions) {
    const chunks = [...new Set(pieces.map((piece) => piece.chunk))].filter((chunk) => wanted.has(chunk));
    const node = nodeOf.get(version);
    if (chunks.length === 0 || node === undefined) continue;
    files.push({ node, version, ...placeOf(tree, node, version), sizeBytes, type, chunks });
  }
  return files;
}

function placeOf(tree: PlainTree, id: NodeId, version: VersionId): Pick<FileOfChunks, 'path' | 'as'> {
  const path: string[] = [];
  let as: FileOfChunks['as'] = tree.nodes.get(id)?.version === version ? 'current' : 'old';
  for (let node = tree.nodes.get(id); node !== undefined && node.id !== rootNode; node = tree.nodes.get(node.parent)) {
    path.unshift(node.name);
    if (node.state === 'ended') as = 'ended';
    else if (node.state === 'trashed' && as !== 'ended') as = 'trash';
  }
  return { path, as };
}
