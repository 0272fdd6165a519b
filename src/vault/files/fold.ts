import { present } from '../../base/assert.ts';
import {
  limits,
  mintNodeId,
  mintVersionId,
  type NodeId,
  rootNode,
  sequenceOfId,
  type VersionId,
} from '../../base/ids.ts';
import type { CborValue } from '../../format/cbor.ts';
import {
  countsInDrops,
  type FileOperation,
  fileOperationFromCbor,
  type MediaOperation,
  type Placement,
  type WriteOperation,
} from '../../format/file-operations.ts';
import type { EntryChunks } from '../open-vault.ts';
import type { FilesView, NodeRow } from './files-view.ts';
import { ended, here, trashed } from './view-schema.ts';

export interface FoldContext {
  readonly fork: number;
  readonly sequence: number;
  readonly timeMs: number;
}

/**
 * Folds operations into a view (docs/format.md §7). Total: an operation that cannot be applied changes nothing, is noted in
 * `skipped`, and the rest goes on.
 */
export function applyOperations(
  view: FilesView,
  operations: readonly CborValue[],
  context: FoldContext,
  chunks: EntryChunks = noChunks,
): void {
  view.moveChunks('add', chunks.added);
  if (chunks.isInbox) view.sql.run('INSERT INTO inbox VALUES(?)', context.sequence);
  operations.forEach((value, index) => {
    const operation = fileOperationFromCbor(value);
    const why = operation === undefined ? 'unknown' : applyHere(view, operation, context, chunks.isDrop);
    if (why !== undefined) {
      view.sql.run('INSERT INTO skipped VALUES(?, ?, ?)', context.sequence, index, why);
    }
  });
  view.moveChunks('drop', chunks.dropped);
  view.setPosition(context.fork, context.sequence);
}

const noChunks: EntryChunks = { isDrop: false, isInbox: false, added: [], dropped: [] };

function applyHere(
  view: FilesView,
  operation: FileOperation,
  context: FoldContext,
  isDrop: boolean,
): string | undefined {
  if (countsInDrops(operation) !== isDrop) return 'not in an entry of this type';
  return applyOperation(view, operation, context);
}

/** Undefined when applied, otherwise why not; then the view is as it was. */
function applyOperation(view: FilesView, operation: FileOperation, context: FoldContext): string | undefined {
  switch (operation.o) {
    case 'folder':
      return applyFolder(view, operation.node, operation.place, context);
    case 'stage': {
      const numbers = numbersOf(operation.pieces.map((piece) => view.internPiece(piece)));
      const at = view.sql.get('SELECT count(*) AS n FROM staged WHERE content = ?', operation.content);
      view.sql.run(
        'INSERT INTO staged VALUES(?, ?, ?)',
        operation.content,
        present(at, 'count')['n'] as bigint,
        numbers,
      );
      return undefined;
    }
    case 'write':
      return applyWrite(view, operation, context);
    case 'place':
      return applyPlace(view, operation.node, operation.place, context);
    case 'trash':
      return applyLeave(view, operation.node, trashed, context);
    case 'end':
      return applyLeave(view, operation.node, ended, context);
    case 'copy':
      return applyCopy(view, operation.source, operation.node, operation.place, context);
    case 'pick':
      return applyPick(view, operation, context);
    case 'props':
      return applyProps(view, operation, context);
    case 'drop':
      return undefined;
    case 'horizon':
      view.setHorizonDays(operation.days);
      return undefined;
    case 'accept':
      return undefined;
    case 'media':
      return applyMedia(view, operation);
    case 'take':
      return view.takeIn(operation.entry) ? undefined : 'no such deposit';
    case 'deposit':
      return 'not in an entry of this type';
  }
}

function placeProblem(view: FilesView, place: Placement): string | undefined {
  const parent = view.node(place.parent);
  if (parent === undefined || !parent.isFolder || parent.state !== here) return 'no such folder';
  if (view.child(place.parent, place.name) !== undefined) return 'name taken';
  return undefined;
}

function applyFolder(view: FilesView, id: NodeId, place: Placement, context: FoldContext): string | undefined {
  const problem = view.node(id) === undefined ? placeProblem(view, place) : 'id taken';
  if (problem !== undefined) return problem;
  insertNode(view, id, true, place, null, 0, context);
  touchUp(view, place.parent, 0, 0, context);
  return undefined;
}

function insertNode(
  view: FilesView,
  id: NodeId,
  isFolder: boolean,
  place: Placement,
  version: VersionId | null,
  sizeBytes: number,
  context: FoldContext,
): void {
  view.sql.run(
    'INSERT INTO node VALUES(?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)',
    id,
    isFolder ? 1 : 0,
    place.parent,
    place.name,
    context.sequence,
    version,
    changeMark(context),
    sizeBytes,
    isFolder ? 0 : 1,
    context.timeMs,
  );
}

function changeMark(context: FoldContext): number {
  return context.fork * 2 ** 32 + context.sequence;
}

/** Everything above changes with what is below it: sync clients skip a folder whose ETag they know. */
function touchUp(view: FilesView, from: NodeId, sizeDelta: number, filesDelta: number, context: FoldContext): void {
  const mark = changeMark(context);
  for (let at = from; ; ) {
    // Only the folder itself has a new member; those above keep their time.
    const timeMs = at === from ? context.timeMs : null;
    view.sql.run(
      'UPDATE node SET changed = ?, size = size + ?, files = files + ?, time_ms = coalesce(?, time_ms) WHERE id = ?',
      mark,
      sizeDelta,
      filesDelta,
      timeMs,
      at,
    );
    if (at === rootNode) return;
    const row = view.sql.get('SELECT parent, state FROM node WHERE id = ?', at);
    // Sums above a folder that left stop at it: it was taken out of them when it left.
    if (row === undefined || Number(row['state']) !== here) return;
    at = row['parent'] as NodeId;
  }
}

/** Closes the interval of what the node was; the caller writes what it is from now on. */
function keepPast(view: FilesView, node: NodeRow, context: FoldContext): void {
  // Two changes by one entry leave no instant between them.
  if (node.fromSequence === context.sequence) return;
  view.sql.run(
    'INSERT INTO past VALUES(?, ?, ?, ?, ?, ?, ?, ?)',
    node.id,
    node.fromSequence,
    context.sequence,
    node.isFolder ? 1 : 0,
    node.parent,
    node.name,
    node.state,
    node.version,
  );
}

function applyWrite(view: FilesView, operation: WriteOperation, context: FoldContext): string | undefined {
  const node = view.node(operation.node);
  if (operation.place === undefined) {
    if (node === undefined || node.isFolder || node.state === ended) return 'no such file';
  } else {
    const problem = node === undefined ? placeProblem(view, operation.place) : 'id taken';
    if (problem !== undefined) return problem;
  }
  if (view.version(operation.version) !== undefined) return 'version taken';
  const numbers = contentNumbers(view, operation);
  if (numbers === undefined) return 'content does not add up';
  view.sql.run(
    'INSERT INTO version VALUES(?, ?, ?, ?, ?, ?, ?, ?)',
    operation.version,
    operation.sizeBytes,
    operation.mtimeMs ?? context.timeMs,
    context.timeMs,
    operation.sha256,
    operation.sums.size === 0 ? null : JSON.stringify([...operation.sums]),
    operation.type ?? null,
    numbers,
  );
  if (operation.place !== undefined) {
    insertNode(view, operation.node, false, operation.place, operation.version, operation.sizeBytes, context);
    touchUp(view, operation.place.parent, operation.sizeBytes, 1, context);
  } else {
    setVersion(view, present(node, 'file'), operation.version, operation.sizeBytes, context);
  }
  return undefined;
}

/** Numbers of all pieces in order; undefined when their sizes are not those of a file of this size. */
function contentNumbers(view: FilesView, operation: WriteOperation): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let sizeBytes = operation.pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  if (operation.content !== undefined) {
    for (const row of view.sql.all('SELECT pieces FROM staged WHERE content = ? ORDER BY at', operation.content)) {
      const numbers = row['pieces'] as Uint8Array;
      parts.push(numbers);
      sizeBytes += view.piecesOf(numbers).reduce((sum, piece) => sum + piece.sizeBytes, 0);
    }
  }
  if (sizeBytes !== operation.sizeBytes) return undefined;
  parts.push(numbersOf(operation.pieces.map((piece) => view.internPiece(piece))));
  if (operation.content !== undefined) view.sql.run('DELETE FROM staged WHERE content = ?', operation.content);
  return Buffer.concat(parts);
}

function numbersOf(numbers: readonly number[]): Uint8Array {
  const out = new Uint8Array(numbers.length * 4);
  const data = new DataView(out.buffer);
  numbers.forEach((number, i) => {
    data.setUint32(i * 4, number);
  });
  return out;
}

function setVersion(view: FilesView, node: NodeRow, version: VersionId, sizeBytes: number, context: FoldContext): void {
  keepPast(view, node, context);
  view.sql.run(
    'UPDATE node SET version = ?, size = ?, from_seq = ?, changed = ? WHERE id = ?',
    version,
    sizeBytes,
    context.sequence,
    changeMark(context),
    node.id,
  );
  if (node.state === here) touchUp(view, node.parent, sizeBytes - node.sizeBytes, 0, context);
}

function applyPlace(view: FilesView, id: NodeId, place: Placement, context: FoldContext): string | undefined {
  const node = view.node(id);
  if (node === undefined || id === rootNode) return 'no such node';
  const parent = view.node(place.parent);
  if (parent === undefined || !parent.isFolder || parent.state !== here) return 'no such folder';
  const occupant = view.child(place.parent, place.name);
  if (occupant !== undefined && occupant.id !== id) return 'name taken';
  if (node.isFolder && isWithin(view, place.parent, id)) return 'a folder cannot move under itself';
  keepPast(view, node, context);
  if (node.state === here) touchUp(view, node.parent, -node.sizeBytes, -node.files, context);
  view.sql.run(
    'UPDATE node SET parent = ?, name = ?, state = 0, from_seq = ? WHERE id = ?',
    place.parent,
    place.name,
    context.sequence,
    id,
  );
  touchUp(view, place.parent, node.sizeBytes, node.files, context);
  return undefined;
}

/** Whether `id` is `folder` or lies below it. */
export function isWithin(view: FilesView, id: NodeId, folder: NodeId): boolean {
  for (let at = view.node(id); at !== undefined; at = view.node(at.parent)) {
    if (at.id === folder) return true;
    if (at.id === rootNode) return false;
  }
  return false;
}

function applyLeave(
  view: FilesView,
  id: NodeId,
  state: typeof trashed | typeof ended,
  context: FoldContext,
): string | undefined {
  const node = view.node(id);
  if (node === undefined || id === rootNode || node.state >= state) return 'no such node';
  keepPast(view, node, context);
  view.sql.run('UPDATE node SET state = ?, from_seq = ? WHERE id = ?', state, context.sequence, id);
  if (node.state === here) touchUp(view, node.parent, -node.sizeBytes, -node.files, context);
  return undefined;
}

function applyCopy(
  view: FilesView,
  source: NodeId,
  first: NodeId,
  place: Placement,
  context: FoldContext,
): string | undefined {
  const root = view.node(source);
  if (root === undefined || root.state !== here || source === rootNode) return 'no such node';
  const problem = placeProblem(view, place);
  if (problem !== undefined) return problem;
  const visits = copyVisits(view, root);
  const { fork, sequence } = sequenceOfId(first);
  const base = Number(first & BigInt(limits.maxIndex));
  if (fork < 1 || sequence < 1 || base + visits.length - 1 > limits.maxIndex) return 'id out of range';
  const newIds = new Map<NodeId, NodeId>();
  for (const [index, visit] of visits.entries()) {
    const id = mintNodeId(fork, sequence, base + index);
    if (view.node(id) !== undefined) return 'id taken';
    const needsVersion = visit.node.version !== null;
    if (needsVersion && view.version(mintVersionId(fork, sequence, base + index)) !== undefined) return 'version taken';
    newIds.set(visit.node.id, id);
  }
  for (const { node } of visits) {
    const id = present(newIds.get(node.id), 'new id');
    const parent = node.id === source ? place.parent : present(newIds.get(node.parent), 'new parent');
    copyNode(view, node, id, { parent, name: node.id === source ? place.name : node.name }, context);
  }
  touchUp(view, place.parent, root.sizeBytes, root.files, context);
  return undefined;
}

/** Depth first, a node before its children, children by ascending id: every reader must number alike. */
function copyVisits(view: FilesView, root: NodeRow): { readonly node: NodeRow }[] {
  const visits: { node: NodeRow }[] = [];
  const stack: NodeRow[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    visits.push({ node });
    if (!node.isFolder) continue;
    const children = view.children(node.id).sort((a, b) => (a.id < b.id ? 1 : -1));
    stack.push(...children);
  }
  return visits;
}

function copyNode(view: FilesView, node: NodeRow, id: NodeId, place: Placement, context: FoldContext): void {
  let version: VersionId | null = null;
  if (node.version !== null) {
    const { fork, sequence } = sequenceOfId(id);
    version = mintVersionId(fork, sequence, Number(id & BigInt(limits.maxIndex)));
    copyVersion(view, version, node.version, context);
  }
  insertNode(view, id, node.isFolder, place, version, node.sizeBytes, context);
  if (node.isFolder) view.sql.run('UPDATE node SET files = ? WHERE id = ?', node.files, id);
  view.sql.run('INSERT INTO property SELECT ?, namespace, name, xml FROM property WHERE node = ?', id, node.id);
}

function copyVersion(view: FilesView, version: VersionId, of: VersionId, context: FoldContext): void {
  view.sql.run(
    'INSERT INTO version SELECT ?, size, mtime_ms, ?, sha256, sums, type, pieces FROM version WHERE id = ?',
    version,
    context.timeMs,
    of,
  );
}

function applyPick(
  view: FilesView,
  operation: Extract<FileOperation, { o: 'pick' }>,
  context: FoldContext,
): string | undefined {
  const node = view.node(operation.node);
  const of = view.version(operation.of);
  if (node === undefined || node.isFolder || node.state === ended) return 'no such file';
  if (of === undefined) return 'no such version';
  if (operation.version !== operation.of) {
    if (view.version(operation.version) !== undefined) return 'version taken';
    copyVersion(view, operation.version, operation.of, context);
  }
  setVersion(view, node, operation.version, of.sizeBytes, context);
  return undefined;
}

function applyProps(
  view: FilesView,
  operation: Extract<FileOperation, { o: 'props' }>,
  context: FoldContext,
): string | undefined {
  const node = view.node(operation.node);
  if (node === undefined || node.state === ended) return 'no such node';
  for (const each of operation.set) {
    view.sql.run('INSERT OR REPLACE INTO property VALUES(?, ?, ?, ?)', node.id, each.namespace, each.name, each.xml);
  }
  for (const each of operation.remove) {
    view.sql.run(
      'DELETE FROM property WHERE node = ? AND namespace = ? AND name = ?',
      node.id,
      each.namespace,
      each.name,
    );
  }
  if (node.state === here && node.id !== rootNode) touchUp(view, node.parent, 0, 0, context);
  return undefined;
}

/** A content that no version has yet, or any more, may have facts: they say nothing then. */
function applyMedia(view: FilesView, { sha256, facts, small, large }: MediaOperation): undefined {
  view.sql.run(
    'INSERT OR REPLACE INTO media VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    sha256,
    facts.pass,
    facts.kind ?? null,
    facts.takenMs ?? null,
    facts.width ?? null,
    facts.height ?? null,
    facts.durationMs ?? null,
    facts.camera ?? null,
    facts.place?.latitudeE7 ?? null,
    facts.place?.longitudeE7 ?? null,
    small === undefined ? null : view.internPiece(small),
    large === undefined ? null : view.internPiece(large),
  );
}
