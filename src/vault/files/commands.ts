import { present } from '../../base/assert.ts';
import { type CredentialId, mintNodeId, mintVersionId, type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import {
  type FileOperation,
  fileOperationToCbor,
  type Property,
  type WriteOperation,
} from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import { chunksOf, type StoredPiece } from '../content.ts';
import type { Decision, Position } from '../open-vault.ts';
import { mayCopy } from './copy-limits.ts';
import type { NodeRow } from './files-view.ts';
import { isWithin } from './fold.ts';
import { freeName } from './free-name.ts';
import {
  checkConditions,
  type Guarding,
  lockedAgainst,
  membersLocked,
  parentFor,
  refused,
  treeLocked,
} from './guards.ts';
import { pathOf, propertiesOf, resolve } from './queries.ts';
import type { Conditions, Path, Refused } from './types.ts';

/** What a change did, so that the caller can describe the node once the change is in the view. */
export interface Changed {
  readonly kind: 'changed';
  readonly created: boolean;
  readonly node: NodeId;
}

export type Decided = Decision<Changed | Refused>;

export interface Caller {
  /** Undefined when the program itself acts; a lock belongs to the credential that took it. */
  readonly by: CredentialId | undefined;
  readonly conditions: Conditions;
}

export function change(
  operations: readonly FileOperation[],
  result: Changed,
  pieces: readonly StoredPiece[] = [],
): Decided {
  return {
    kind: 'change',
    operations: operations.map(fileOperationToCbor),
    added: chunksOf(pieces),
    data: pieces.flatMap((each) => each.data ?? []),
    result,
  };
}

export function none(result: Refused): Decided {
  return { kind: 'none', result };
}

export interface FileContent {
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly StoredPiece[];
  readonly staged: VersionId | undefined;
  readonly mtimeMs: number | undefined;
  readonly sums: ReadonlyMap<string, string>;
  readonly type: string | undefined;
}

/** For asking whether something could be written, before there is anything to write. */
export const emptyContent: FileContent = {
  sizeBytes: 0,
  sha256: new Uint8Array(32),
  pieces: [],
  staged: undefined,
  mtimeMs: undefined,
  sums: new Map(),
  type: undefined,
};

export function decideWrite(
  guarding: Guarding,
  position: Position,
  caller: Caller,
  path: Path,
  content: FileContent,
): Decided {
  const target = parentFor(guarding.view, path);
  if ('kind' in target) return none(target);
  const existing = guarding.view.child(target.parent.id, target.name);
  const problem = checkConditions(guarding, path, existing, caller.conditions);
  if (problem !== undefined) return none(problem);
  if (existing?.isFolder === true) return none(refused('is-a-folder'));
  if (
    existing === undefined
      ? membersLocked(guarding, target.parent, caller.conditions, caller.by)
      : lockedAgainst(guarding, existing, caller.conditions, caller.by)
  ) {
    return none(refused('locked'));
  }
  const { fork, sequence } = position;
  const write: WriteOperation = {
    o: 'write',
    node: existing?.id ?? mintNodeId(fork, sequence, 0),
    version: mintVersionId(fork, sequence, 0),
    sizeBytes: content.sizeBytes,
    sha256: content.sha256,
    pieces: content.pieces.map((each): Piece => each.piece),
    mtimeMs: content.mtimeMs,
    sums: content.sums,
    type: content.type,
    content: content.staged,
    place: existing === undefined ? { parent: target.parent.id, name: target.name } : undefined,
  };
  return change([write], { kind: 'changed', created: existing === undefined, node: write.node }, content.pieces);
}

export function decideFolder(guarding: Guarding, position: Position, caller: Caller, path: Path): Decided {
  const target = parentFor(guarding.view, path);
  if ('kind' in target) return none(target.why === 'is-root' ? refused('name-taken') : target);
  const existing = guarding.view.child(target.parent.id, target.name);
  if (existing !== undefined) return none(refused('name-taken'));
  const problem = checkConditions(guarding, path, undefined, caller.conditions);
  if (problem !== undefined) return none(problem);
  if (membersLocked(guarding, target.parent, caller.conditions, caller.by)) return none(refused('locked'));
  const node = mintNodeId(position.fork, position.sequence, 0);
  return change([{ o: 'folder', node, place: { parent: target.parent.id, name: target.name } }], {
    kind: 'changed',
    created: true,
    node,
  });
}

/** Into the trash; a folder goes whole. */
export function decideTrash(guarding: Guarding, caller: Caller, path: Path): Decided {
  const row = resolve(guarding.view, path);
  const problem = checkConditions(guarding, path, row, caller.conditions);
  if (problem !== undefined) return none(problem);
  if (row === undefined) return none(refused('no-such-path'));
  if (row.id === rootNode) return none(refused('is-root'));
  const parent = present(guarding.view.node(row.parent), 'parent');
  if (
    treeLocked(guarding, row, caller.conditions, caller.by) ||
    membersLocked(guarding, parent, caller.conditions, caller.by)
  ) {
    return none(refused('locked', lockedPath(guarding, row, caller)));
  }
  return change([{ o: 'trash', node: row.id }], { kind: 'changed', created: false, node: row.id });
}

/** Where below a folder the lock is that stopped its removal (RFC 4918 §9.6.1 wants it named). */
function lockedPath(guarding: Guarding, row: NodeRow, caller: Caller): Path | undefined {
  const lock = guarding.locks
    .below(guarding.view, row)
    .find((each) => each.by !== (caller.by ?? '') || !(caller.conditions.tokens ?? []).includes(each.token));
  return lock === undefined ? undefined : pathOf(guarding.view, lock.node);
}

export interface Transfer {
  readonly from: Path;
  readonly to: Path;
  readonly overwrite: boolean;
  /** A name that is taken gets a number. */
  readonly numbered?: boolean;
  /** RFC 4918 §9.8.3: a copy of a folder with depth 0 is the folder without its members. */
  readonly shallow?: boolean;
}

interface TransferEnds {
  readonly source: NodeRow;
  readonly parent: NodeRow;
  readonly name: string;
  readonly existing: NodeRow | undefined;
}

function transferEnds(guarding: Guarding, caller: Caller, transfer: Transfer): TransferEnds | Refused {
  const { view } = guarding;
  const source = resolve(view, transfer.from);
  const problem = checkConditions(guarding, transfer.from, source, caller.conditions);
  if (problem !== undefined) return problem;
  if (source === undefined) return refused('no-such-path');
  const target = parentFor(view, transfer.to);
  if ('kind' in target) return target;
  const wanted = view.child(target.parent.id, target.name);
  if (wanted?.id === source.id && transfer.numbered !== true) return refused('same-place');
  const name = transfer.numbered === true ? freeName(view, target.parent.id, target.name) : target.name;
  const existing = transfer.numbered === true ? undefined : wanted;
  if (existing !== undefined && !transfer.overwrite) return refused('name-taken');
  if (source.isFolder && isWithin(view, target.parent.id, source.id)) return refused('under-itself');
  if (existing !== undefined && isWithin(view, source.id, existing.id)) return refused('under-itself');
  if (membersLocked(guarding, target.parent, caller.conditions, caller.by)) return refused('locked', transfer.to);
  if (existing !== undefined && treeLocked(guarding, existing, caller.conditions, caller.by))
    return refused('locked', transfer.to);
  return { source, parent: target.parent, name, existing };
}

/** One entry, whatever the size; content is not touched. */
export function decideMove(guarding: Guarding, caller: Caller, transfer: Transfer): Decided {
  const ends = transferEnds(guarding, caller, transfer);
  if ('kind' in ends) return none(ends);
  const { source, parent, name, existing } = ends;
  if (source.id === rootNode) return none(refused('is-root'));
  const sourceParent = present(guarding.view.node(source.parent), 'parent');
  if (
    treeLocked(guarding, source, caller.conditions, caller.by) ||
    membersLocked(guarding, sourceParent, caller.conditions, caller.by)
  ) {
    return none(refused('locked', transfer.from));
  }
  if (existing === undefined) {
    return change([{ o: 'place', node: source.id, place: { parent: parent.id, name } }], {
      kind: 'changed',
      created: true,
      node: source.id,
    });
  }
  if (source.version !== null && existing.version !== null) {
    // The save pattern of editors: a temporary file moved over the target is a version of the target.
    const { version } = source;
    return change(
      [
        { o: 'pick', node: existing.id, version, of: version },
        ...carriedProperties(guarding, source.id, existing.id),
        { o: 'end', node: source.id },
      ],
      { kind: 'changed', created: false, node: existing.id },
    );
  }
  return change(
    [
      { o: 'trash', node: existing.id },
      { o: 'place', node: source.id, place: { parent: parent.id, name } },
    ],
    { kind: 'changed', created: false, node: source.id },
  );
}

/** RFC 4918 §9.8.2, §9.9.1: dead properties go with the resource and replace those of the target. */
function carriedProperties(guarding: Guarding, source: NodeId, target: NodeId): FileOperation[] {
  const set = propertiesOf(guarding.view, source);
  const remove = propertiesOf(guarding.view, target).filter(
    (old) => !set.some((each) => each.namespace === old.namespace && each.name === old.name),
  );
  return set.length + remove.length === 0 ? [] : [{ o: 'props', node: target, set, remove }];
}

export function decideCopy(guarding: Guarding, position: Position, caller: Caller, transfer: Transfer): Decided {
  const ends = transferEnds(guarding, caller, transfer);
  if ('kind' in ends) return none(ends);
  const { source, parent, name, existing } = ends;
  if (source.id === rootNode) return none(refused('is-root'));
  const { fork, sequence } = position;
  if (source.version !== null && existing?.version !== undefined && existing.version !== null) {
    const pick = {
      o: 'pick',
      node: existing.id,
      version: mintVersionId(fork, sequence, 0),
      of: source.version,
    } as const;
    return change([pick, ...carriedProperties(guarding, source.id, existing.id)], {
      kind: 'changed',
      created: false,
      node: existing.id,
    });
  }
  const isWhole = source.isFolder && transfer.shallow !== true;
  const may = isWhole ? mayCopy(guarding.view, source.id) : 'yes';
  if (may !== 'yes') return none(refused(may));
  const node = mintNodeId(fork, sequence, 0);
  const place = { parent: parent.id, name };
  const make: FileOperation =
    source.isFolder && transfer.shallow === true
      ? { o: 'folder', node, place }
      : { o: 'copy', source: source.id, node, place };
  const operations: FileOperation[] = existing === undefined ? [make] : [{ o: 'trash', node: existing.id }, make];
  // RFC 4918 §9.8.3: depth 0 leaves out the members, not the properties.
  const set = make.o === 'folder' ? propertiesOf(guarding.view, source.id) : [];
  if (set.length > 0) operations.push({ o: 'props', node, set, remove: [] });
  return change(operations, { kind: 'changed', created: existing === undefined, node });
}

export interface PropertyChange {
  readonly set: readonly Property[];
  readonly remove: readonly Pick<Property, 'namespace' | 'name'>[];
}

export function decideProperties(guarding: Guarding, caller: Caller, path: Path, properties: PropertyChange): Decided {
  const row = resolve(guarding.view, path);
  const problem = checkConditions(guarding, path, row, caller.conditions);
  if (problem !== undefined) return none(problem);
  if (row === undefined) return none(refused('no-such-path'));
  if (lockedAgainst(guarding, row, caller.conditions, caller.by)) return none(refused('locked'));
  return change([{ o: 'props', node: row.id, ...properties }], { kind: 'changed', created: false, node: row.id });
}

/** Back from the trash, to where it was, or to `to`. A name that was taken meanwhile gets a number. */
export function decideRestore(guarding: Guarding, caller: Caller, node: NodeId, to: Path | undefined): Decided {
  const { view } = guarding;
  const row = view.node(node);
  if (row === undefined || row.state !== 1) return none(refused('no-such-path'));
  const place = to === undefined ? { parent: view.node(row.parent), name: row.name } : parentFor(view, to);
  if ('kind' in place) return none(place);
  const parent = place.parent;
  if (parent === undefined || pathOf(view, parent.id) === undefined) return none(refused('no-parent'));
  if (membersLocked(guarding, parent, caller.conditions, caller.by)) return none(refused('locked'));
  if (to !== undefined && view.child(parent.id, place.name) !== undefined) return none(refused('name-taken'));
  const name = freeName(guarding.view, parent.id, place.name);
  return change([{ o: 'place', node, place: { parent: parent.id, name } }], { kind: 'changed', created: true, node });
}

/** Out of the trash for good; within the history horizon a rewind still brings it back. */
export function decideEnd(guarding: Guarding, nodes: readonly NodeId[]): Decided {
  const rows = nodes.map((id) => guarding.view.node(id));
  const gone = rows.find((row) => row === undefined || row.state !== 1);
  const [first] = nodes;
  if (first === undefined || rows.length === 0 || gone !== undefined) return none(refused('no-such-path'));
  return change(
    [...new Set(nodes)].map((node) => ({ o: 'end', node })),
    { kind: 'changed', created: false, node: first },
  );
}

/** An earlier version becomes the current one, as a new version. */
export function decidePick(guarding: Guarding, position: Position, caller: Caller, path: Path, of: VersionId): Decided {
  const row = resolve(guarding.view, path);
  if (row === undefined) return none(refused('no-such-path'));
  if (row.isFolder) return none(refused('is-a-folder'));
  if (lockedAgainst(guarding, row, caller.conditions, caller.by)) return none(refused('locked'));
  const known = guarding.view.sql.get(
    'SELECT 1 AS x FROM past WHERE id = ? AND version = ? UNION SELECT 1 FROM node WHERE id = ? AND version = ?',
    row.id,
    of,
    row.id,
    of,
  );
  if (known === undefined) return none(refused('no-such-version'));
  const version = mintVersionId(position.fork, position.sequence, 0);
  return change([{ o: 'pick', node: row.id, version, of }], { kind: 'changed', created: false, node: row.id });
}
