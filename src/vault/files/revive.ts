import { type ChunkId, type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { CborValue } from '../../format/cbor.ts';
import { maxChunkIdsPerEntry } from '../../format/entry.ts';
import { type FileOperation, fileOperationFromCbor } from '../../format/file-operations.ts';
import type { Decided } from './commands.ts';
import type { FilesView } from './files-view.ts';
import { refused } from './guards.ts';
import { ended } from './view-schema.ts';

/**
 * A change that brings earlier content back adds its chunks again where a sweep has dropped them: as long as the reaper
 * has not come they are live again with the entry, and otherwise the journal refuses all of it.
 */
export function reviving(view: FilesView, decision: Decided): Decided {
  if (decision.kind === 'none' || decision.drop !== undefined || !view.anyGone()) return decision;
  const back = broughtBack(view, decision.operations);
  if (back.size === 0) return decision;
  const added = [...new Set([...decision.added, ...back])];
  return added.length > maxChunkIdsPerEntry ? { kind: 'none', result: refused('too-large') } : { ...decision, added };
}

/** Chunks that were dropped and that these operations make content of again. */
function broughtBack(view: FilesView, operations: readonly CborValue[]): ReadonlySet<ChunkId> {
  const chunks = new Set<ChunkId>();
  for (const value of operations) {
    const operation = fileOperationFromCbor(value);
    if (operation === undefined) continue;
    for (const version of versionsIn(view, operation)) {
      for (const { chunk } of view.gonePieces(version)) chunks.add(chunk);
    }
  }
  return chunks;
}

function* versionsIn(view: FilesView, operation: FileOperation): Generator<VersionId> {
  if (operation.o === 'pick') yield operation.of;
  // What is here, or in the trash, was never dropped; what had ended comes with all that was below it.
  if (operation.o === 'place' && view.node(operation.node)?.state === ended) yield* versionsBelow(view, operation.node);
}

function* versionsBelow(view: FilesView, top: NodeId): Generator<VersionId> {
  const waiting = [top];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = view.node(id);
    if (node === undefined || node.id === rootNode) continue;
    if (node.version !== null) yield node.version;
    if (node.isFolder) waiting.push(...view.children(node.id).map((child) => child.id));
  }
}
