import { present } from '../../base/assert.ts';
import { type NodeId, rootNode, type VaultId, type VersionId } from '../../base/ids.ts';
import type { Property } from '../../format/file-operations.ts';
import { type FilesView, mustNode, type NodeRow } from './files-view.ts';
import type { NodeInfo, Path } from './types.ts';
import { here, trashed } from './view-schema.ts';

/** Exact names first; a name that is not there falls back to its NFC- or NFD-equal twin when only one exists. */
function childLike(view: FilesView, parent: NodeId, name: string): NodeRow | undefined {
  const exact = view.child(parent, name);
  if (exact !== undefined) return exact;
  const twins = [...new Set([name.normalize('NFC'), name.normalize('NFD')])]
    .filter((form) => form !== name)
    .flatMap((form) => view.child(parent, form) ?? []);
  return twins.length === 1 ? twins[0] : undefined;
}

export function resolve(view: FilesView, path: Path): NodeRow | undefined {
  return resolveBelow(view, rootNode, path);
}

/** From a node down that is here itself, with everything above it. */
export function resolveBelow(view: FilesView, base: NodeId, path: Path): NodeRow | undefined {
  let at = pathOf(view, base) === undefined ? undefined : view.node(base);
  for (const name of path) {
    if (at === undefined || !at.isFolder) return undefined;
    at = childLike(view, at.id, name);
  }
  return at;
}

/** From the root down; undefined when the node or something above it is not here. */
export function pathOf(view: FilesView, id: NodeId): Path | undefined {
  const names: string[] = [];
  for (let at = view.node(id); at !== undefined && at.state === here; at = view.node(at.parent)) {
    if (at.id === rootNode) return names;
    names.unshift(at.name);
  }
  return undefined;
}

function fileEtag(vault: VaultId, version: VersionId): string {
  return `${vault.slice(0, 8)}-${version.toString(16)}`;
}

function folderEtag(vault: VaultId, changed: number): string {
  return `${vault.slice(0, 8)}-f${changed.toString(16)}`;
}

export function describe(vault: VaultId, view: FilesView, row: NodeRow): NodeInfo {
  const version = row.version === null ? undefined : present(view.version(row.version), 'version');
  return {
    id: row.id,
    isFolder: row.isFolder,
    name: row.name,
    sizeBytes: row.sizeBytes,
    etag: row.version === null ? folderEtag(vault, row.changed) : fileEtag(vault, row.version),
    mtimeMs: version?.mtimeMs ?? row.timeMs,
    version: row.version,
    type: version?.type,
    sums: version?.sums ?? noSums,
  };
}

const noSums: ReadonlyMap<string, string> = new Map();

interface Page {
  /** A name, whether something has it or not. */
  readonly after: string;
  readonly limit: number;
}

const everything: Page = { after: '', limit: -1 };

/** Children with what faces show of them, in one statement: folders of 100,000 entries are listed this way. */
export function listChildren(
  vault: VaultId,
  view: FilesView,
  parent: NodeId,
  { after, limit }: Page = everything,
): NodeInfo[] {
  const rows = view.sql.arrays(
    `SELECT node.id, folder, name, node.size, changed, coalesce(mtime_ms, node.time_ms), version, type, sums
     FROM node LEFT JOIN version ON version.id = node.version WHERE parent = ? AND state = ${here} AND name > ?
     ORDER BY name LIMIT ?`,
    parent,
    after,
    limit,
  );
  return rows.map(([id, folder, name, size, changed, timeMs, version, type, sums]) => {
    const ofFile = version as VersionId | null;
    return {
      id: id as NodeId,
      isFolder: folder === 1n,
      name: name as string,
      sizeBytes: Number(size),
      etag: ofFile === null ? folderEtag(vault, Number(changed)) : fileEtag(vault, ofFile),
      mtimeMs: Number(timeMs),
      version: ofFile,
      type: (type as string | null) ?? undefined,
      sums: typeof sums === 'string' ? new Map(JSON.parse(sums) as [string, string][]) : noSums,
    };
  });
}

export function propertiesOf(view: FilesView, node: NodeId): Property[] {
  return view.sql.all('SELECT namespace, name, xml FROM property WHERE node = ?', node).map((row) => ({
    namespace: String(row['namespace']),
    name: String(row['name']),
    xml: String(row['xml']),
  }));
}

export function propertiesOfChildren(view: FilesView, path: Path): ReadonlyMap<NodeId, readonly Property[]> {
  const row = resolve(view, path);
  if (row === undefined) return new Map();
  const having =
    'SELECT id FROM node WHERE parent = ? AND state = 0 AND EXISTS (SELECT 1 FROM property WHERE property.node = node.id)';
  return new Map(
    view.sql.all(having, row.id).map((each) => [each['id'] as NodeId, propertiesOf(view, each['id'] as NodeId)]),
  );
}

/** A node as it was when the entry `sequence` was the last. */
export interface Instant {
  readonly id: NodeId;
  readonly isFolder: boolean;
  readonly parent: NodeId;
  readonly name: string;
  readonly state: number;
  readonly version: VersionId | null;
}

const instantColumns = 'id, folder, parent, name, state, version';

function instantRow(row: Record<string, unknown>): Instant {
  return {
    id: row['id'] as NodeId,
    isFolder: row['folder'] === 1n,
    parent: row['parent'] as NodeId,
    name: row['name'] as string,
    state: Number(row['state']),
    version: row['version'] as VersionId | null,
  };
}

export function nodeAt(view: FilesView, id: NodeId, sequence: number): Instant | undefined {
  const now = view.sql.get(`SELECT ${instantColumns} FROM node WHERE id = ? AND from_seq <= ?`, id, sequence);
  const row =
    now ??
    view.sql.get(
      `SELECT ${instantColumns} FROM past WHERE id = ? AND to_seq > ? AND from_seq <= ? ORDER BY to_seq LIMIT 1`,
      id,
      sequence,
      sequence,
    );
  return row === undefined ? undefined : instantRow(row);
}

/** Names from the root down as they were when the entry `sequence` was the last. */
export function pathAt(view: FilesView, node: NodeId, sequence: number): Path | undefined {
  const names: string[] = [];
  for (let at = nodeAt(view, node, sequence); at !== undefined; at = nodeAt(view, at.parent, sequence)) {
    if (at.id === rootNode) return names;
    names.unshift(at.name);
  }
  return undefined;
}

export function childrenAt(view: FilesView, parent: NodeId, sequence: number): Instant[] {
  const sql = `SELECT ${instantColumns} FROM node WHERE parent = ? AND from_seq <= ? AND state = ${here}
    UNION ALL SELECT ${instantColumns} FROM past WHERE parent = ? AND to_seq > ? AND from_seq <= ? AND state = ${here} ORDER BY name`;
  return view.sql.all(sql, parent, sequence, parent, sequence, sequence).map(instantRow);
}

export function resolveAt(view: FilesView, path: Path, sequence: number): Instant | undefined {
  let at = nodeAt(view, rootNode, sequence);
  for (const name of path) {
    if (at === undefined || !at.isFolder) return undefined;
    at = childrenAt(view, at.id, sequence).find((child) => child.name === name);
  }
  return at;
}

export interface VersionInfo {
  readonly version: VersionId;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly timeMs: number;
  readonly sha256: Uint8Array;
  readonly isCurrent: boolean;
  /** A sweep has let its content go; until the reaper comes it can still be brought back. */
  readonly isGone: boolean;
}

/** Newest first. An empty version that another one followed is a save pattern (0-byte PUT, LOCK, PUT), not a version. */
export function versionsOf(view: FilesView, node: NodeRow): VersionInfo[] {
  const ids = new Set<VersionId>();
  if (node.version !== null) ids.add(node.version);
  const rows = view.sql.all(
    'SELECT version FROM past WHERE id = ? AND version IS NOT NULL ORDER BY to_seq DESC',
    node.id,
  );
  for (const row of rows) ids.add(row['version'] as VersionId);
  return [...ids]
    .map((id) => present(view.version(id), 'version'))
    .filter((each) => each.sizeBytes > 0 || each.id === node.version)
    .map((each) => ({
      version: each.id,
      sizeBytes: each.sizeBytes,
      mtimeMs: each.mtimeMs,
      timeMs: each.timeMs,
      sha256: each.sha256,
      isCurrent: each.id === node.version,
      isGone: view.gonePieces(each.id).length > 0,
    }));
}

export interface TrashInfo {
  readonly id: NodeId;
  readonly isFolder: boolean;
  readonly name: string;
  /** Where it was; undefined when that folder is gone as well. */
  readonly from: Path | undefined;
  readonly sizeBytes: number;
  readonly sequence: number;
}

export function trash(view: FilesView): TrashInfo[] {
  return view.inState(trashed).map((row) => ({
    id: row.id,
    isFolder: row.isFolder,
    name: row.name,
    from: pathOf(view, row.parent),
    sizeBytes: row.sizeBytes,
    sequence: row.fromSequence,
  }));
}

/** Every file that is here, with its path; for import, verify and mirrors. */
export function* walk(
  view: FilesView,
  from: NodeId,
  path: Path,
): Generator<{ readonly path: Path; readonly row: NodeRow }> {
  for (const row of view.sql
    .all(
      'SELECT id, folder, parent, name, state, from_seq, version, changed, size, files, time_ms FROM node WHERE parent = ? AND state = 0 ORDER BY name',
      from,
    )
    .map(mustNode)) {
    const at = [...path, row.name];
    yield { path: at, row };
    if (row.isFolder) yield* walk(view, row.id, at);
  }
}
