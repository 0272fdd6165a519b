// What must hold of every view of a vault of files, whatever was folded into it.
import assert from 'node:assert/strict';
import { present } from '#base/assert.ts';
import { type NodeId, parseNodeId, rootNode } from '#base/ids.ts';
import type { FilesView, NodeRow } from '#vault/files/files-view.ts';
import { propertiesOf } from '#vault/files/queries.ts';
import type { PlainTree } from '#vault/files/second-reader.ts';

const tables = ['node', 'past', 'version', 'piece', 'staged', 'property', 'skipped', 'total'] as const;
export type Tables = Readonly<Record<(typeof tables)[number], readonly unknown[]>>;

/** Every row of every table. */
export function dumpTables(view: FilesView): Tables {
  const rows = tables.map((table) => {
    const statement = view.db.prepare(`SELECT * FROM ${table}`);
    statement.setReadBigInts(true);
    // `past` has no key of its own; the others are kept in the order of theirs.
    return [
      table,
      statement
        .all()
        .map((row) => JSON.stringify(row, plain))
        .sort(),
    ] as const;
  });
  return Object.fromEntries(rows) as unknown as Tables;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? value.toHex() : value;
}

function allNodes(view: FilesView): readonly NodeRow[] {
  const ids = view.sql.all('SELECT id FROM node').map((row) => present(parseNodeId(row['id'] as bigint), 'id'));
  return ids.map((id) => present(view.node(id), 'node'));
}

/** Names are unique, sums are recounted, intervals do not overlap, every reference leads somewhere. */
export function checkView(view: FilesView): void {
  const nodes = allNodes(view);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  checkPlaces(nodes, byId);
  checkSums(nodes);
  checkIntervals(view, nodes);
  checkContent(view, nodes);
}

function checkPlaces(nodes: readonly NodeRow[], byId: ReadonlyMap<NodeId, NodeRow>): void {
  const here = nodes.filter((node) => node.state === 0 && node.id !== rootNode);
  assert.equal(new Set(here.map((node) => `${node.parent} ${node.name}`)).size, here.length, 'names are unique');
  for (const node of nodes) {
    if (node.id === rootNode) continue;
    const parent = present(byId.get(node.parent), 'parent');
    assert.ok(parent.isFolder, 'a parent is a folder');
    if (node.state === 0) assert.ok(parent.changed >= node.changed, 'a folder changes with what is in it');
    let steps = 0;
    for (let at = node; at.id !== rootNode; at = present(byId.get(at.parent), 'parent')) {
      steps += 1;
      assert.ok(steps <= nodes.length, 'nothing lies below itself');
    }
  }
}

function checkSums(nodes: readonly NodeRow[]): void {
  const children = Map.groupBy(
    nodes.filter((node) => node.state === 0 && node.id !== rootNode),
    (node) => node.parent,
  );
  const recount = (node: NodeRow): { readonly size: number; readonly files: number } => {
    if (!node.isFolder) return { size: node.sizeBytes, files: 1 };
    const inside = (children.get(node.id) ?? []).map(recount);
    return {
      size: inside.reduce((sum, each) => sum + each.size, 0),
      files: inside.reduce((sum, each) => sum + each.files, 0),
    };
  };
  for (const node of nodes)
    assert.deepEqual(recount(node), { size: node.sizeBytes, files: node.files }, 'sums are what is there');
}

function checkIntervals(view: FilesView, nodes: readonly NodeRow[]): void {
  const rows = view.sql.all('SELECT id, from_seq, to_seq FROM past ORDER BY id, from_seq');
  const past = Map.groupBy(rows, (row) => row['id']);
  for (const node of nodes) {
    let end: unknown;
    for (const row of past.get(node.id) ?? []) {
      assert.ok((row['from_seq'] as bigint) < (row['to_seq'] as bigint), 'an interval is not empty');
      if (end !== undefined) assert.equal(row['from_seq'], end, 'intervals follow each other');
      end = row['to_seq'];
    }
    if (end !== undefined) assert.equal(end, BigInt(node.fromSequence), 'the present follows the past');
  }
}

function checkContent(view: FilesView, nodes: readonly NodeRow[]): void {
  for (const node of nodes) {
    assert.equal(node.version === null, node.isFolder, 'files have a version, folders have none');
    if (node.version === null) continue;
    assert.equal(
      present(view.version(node.version), 'version').sizeBytes,
      node.sizeBytes,
      'a file is as large as its version',
    );
  }
  for (const row of view.sql.all('SELECT size, pieces FROM version')) {
    const size = view.piecesOf(row['pieces'] as Uint8Array).reduce((sum, piece) => sum + piece.sizeBytes, 0);
    assert.equal(BigInt(size), row['size'], 'pieces add up');
  }
  const kept = view.sql.all('SELECT no FROM piece').map((row) => {
    const numbers = new Uint8Array(4);
    new DataView(numbers.buffer).setUint32(0, Number(row['no']));
    return view.piecesOf(numbers)[0]?.sizeBytes ?? 0;
  });
  assert.equal(
    view.keptBytes(),
    kept.reduce((sum, each) => sum + each, 0),
    'kept bytes are those of the pieces',
  );
}

const states = ['here', 'trashed', 'ended'];

/** The second reader, which shares nothing with the fold, came to the same. */
export function sameTree(view: FilesView, tree: PlainTree): void {
  const nodes = allNodes(view);
  assert.equal(tree.nodes.size, nodes.length);
  for (const row of nodes) {
    const node = present(tree.nodes.get(row.id), `node ${row.id}`);
    const seen = { name: node.name, state: node.state, version: node.version, isFolder: node.version === null };
    assert.deepEqual(seen, { name: row.name, state: states[row.state], version: row.version, isFolder: row.isFolder });
    if (row.id !== rootNode) assert.equal(node.parent, row.parent);
    const inOrder = (some: readonly object[]): string[] =>
      some.map((each) => JSON.stringify(each, ['namespace', 'name', 'xml'])).sort();
    assert.deepEqual(inOrder(node.properties), inOrder(propertiesOf(view, row.id)));
  }
  assert.equal(tree.versions.size, Number(view.sql.get('SELECT count(*) AS n FROM version')?.['n']));
  for (const [id, version] of tree.versions) {
    const { sizeBytes, sha256, mtimeMs, type, sums } = present(view.version(id), 'version');
    const { pieces, ...rest } = version;
    assert.deepEqual(
      { ...rest, sums: [...rest.sums], sha256: rest.sha256.toHex() },
      { sizeBytes, sha256: sha256.toHex(), mtimeMs, type, sums: [...sums] },
    );
    assert.deepEqual(
      pieces.map((piece) => piece.chunk),
      view.pieces(id).map((piece) => piece.chunk),
    );
  }
  assert.deepEqual(
    tree.skipped.map((each) => each.sequence),
    view.skipped().map((each) => each.sequence),
  );
}
