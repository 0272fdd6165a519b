import { randomBytes } from 'node:crypto';
import { mintNodeId, mintVersionId, type NodeId, rootNode } from '#base/ids.ts';
import { type FileOperation, fileOperationToCbor } from '#format/file-operations.ts';
import { Content, type StoredPiece } from '#vault/content.ts';
import { FilesView } from '#vault/files/files-view.ts';
import { applyOperations } from '#vault/files/fold.ts';
import type { Path } from '#vault/files/types.ts';
import { OpenVault, type Position } from '#vault/open-vault.ts';
import { type GrowthVault, placeOf } from './growth-vault.ts';

/** Many files by one entry: what an import does, and the reason why filling takes minutes instead of an hour. */
const filesPerEntry = 500;
const noise: Buffer = randomBytes(16 * 1024 * 1024);
const smallestBytes = 100;
const largestBytes = 4000;

/** Random bytes, each content another one; sizes from 100 to 4,000 bytes, small ones more often (1 KiB in the mean). */
function contentOf(index: number): Buffer {
  const spread = ((index * 7919) % 1000) / 1000;
  const sizeBytes = Math.round(smallestBytes * (largestBytes / smallestBytes) ** spread);
  const at = (index * 131) % (noise.length - largestBytes);
  const content = Buffer.from(noise.subarray(at, at + sizeBytes));
  content.writeUInt32LE(index, 0);
  return content;
}

/** Puts files number `from` to `to` into an empty vault, through its journal, and gives the view back. */
export async function fill(growth: GrowthVault, files: number, onProgress: (done: number) => void): Promise<void> {
  const view = FilesView.empty();
  const fold = {
    begin: () => view.db.exec('BEGIN'),
    commit: () => view.db.exec('COMMIT'),
    rollback: () => view.db.exec('ROLLBACK'),
    apply: applyOperations.bind(undefined, view),
  };
  const content = new Content(growth.parts.keys, growth.parts.journal, growth.parts.chunks);
  const vault = new OpenVault({ ...growth.parts, fold }, { fork: 1, sequence: 0, hash: new Uint8Array(32) });
  const folders = new Map<string, NodeId>();
  for (let from = 0; from < files; from += filesPerEntry) {
    const to = Math.min(from + filesPerEntry, files);
    const stored: StoredPiece[] = [];
    for (let index = from; index < to; index += 1) stored.push(await content.store(contentOf(index), view));
    const outcome = await vault.execute(
      undefined,
      (position) => ({
        kind: 'change',
        operations: operationsOf(position, from, stored, folders).map(fileOperationToCbor),
        added: stored.map((each) => each.piece.chunk),
        data: stored.flatMap((each) => each.data ?? []),
        result: null,
      }),
      () => null,
    );
    if (outcome.kind !== 'done') throw new Error(`filling stopped: ${outcome.kind}`);
    onProgress(to);
  }
  const skipped = view.skipped();
  if (skipped.length > 0) throw new Error(`${skipped.length} operations were skipped`);
  view.close();
}

function operationsOf(
  position: Position,
  from: number,
  stored: readonly StoredPiece[],
  folders: Map<string, NodeId>,
): FileOperation[] {
  const { fork, sequence } = position;
  const operations: FileOperation[] = [];
  let index = 0;
  const folderOf = (path: Path): NodeId => {
    const name = path.at(-1);
    if (name === undefined) return rootNode;
    const key = path.join('/');
    const known = folders.get(key);
    if (known !== undefined) return known;
    const parent = folderOf(path.slice(0, -1));
    const node = mintNodeId(fork, sequence, index);
    index += 1;
    folders.set(key, node);
    operations.push({ o: 'folder', node, place: { parent, name } });
    return node;
  };
  for (const [at, each] of stored.entries()) {
    const { folder, name } = placeOf(from + at);
    const parent = folderOf(folder);
    operations.push({
      o: 'write',
      node: mintNodeId(fork, sequence, index),
      version: mintVersionId(fork, sequence, index),
      sizeBytes: each.piece.sizeBytes,
      sha256: each.piece.sum,
      pieces: [each.piece],
      mtimeMs: 1_600_000_000_000 + (from + at) * 60_000,
      sums: new Map(),
      type: 'image/jpeg',
      content: undefined,
      place: { parent, name },
    });
    index += 1;
  }
  return operations;
}
