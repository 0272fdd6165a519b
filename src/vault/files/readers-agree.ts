import { toHex } from '../../base/bytes.ts';
import { blob, type FilesView } from './files-view.ts';
import type { PlainTree, PlainVersion } from './second-reader.ts';
import { ended, here, trashed } from './view-schema.ts';

const states = { here, trashed, ended } as const;

/** Whether both readers of the journal see the same: every node, every version with its pieces, what was dropped and skipped. */
export function readersAgree(view: FilesView, tree: PlainTree): boolean {
  const counts = view.sql.get(
    'SELECT (SELECT count(*) FROM node) AS nodes, (SELECT count(*) FROM version) AS versions',
  );
  if (Number(counts?.['nodes']) !== tree.nodes.size || Number(counts?.['versions']) !== tree.versions.size)
    return false;
  if (view.skipped().length !== tree.skipped.length || view.horizonDays() !== tree.horizonDays) return false;
  const waiting = view.waiting(tree.waiting.size + 1);
  if (waiting.length !== tree.waiting.size || !waiting.every((each) => tree.waiting.has(each))) return false;
  for (const node of tree.nodes.values()) {
    const row = view.node(node.id);
    if (row?.state !== states[node.state] || row.name !== node.name || row.version !== node.version) return false;
    // The root's folder is written differently by the two, and is none.
    if (node.parent !== node.id && row.parent !== node.parent) return false;
  }
  if (!sameMedia(view, tree)) return false;
  for (const [id, version] of tree.versions) {
    if (!sameContent(view, id, version, tree)) return false;
  }
  return true;
}

function sameContent(
  view: FilesView,
  id: Parameters<FilesView['pieces']>[0],
  { pieces }: PlainVersion,
  tree: PlainTree,
): boolean {
  const seen = view.pieces(id);
  if (seen.length !== pieces.length || !pieces.every((piece, index) => piece.chunk === seen[index]?.chunk))
    return false;
  return view.gonePieces(id).length === pieces.filter((piece) => tree.dropped.has(piece.chunk)).length;
}

function sameMedia(view: FilesView, tree: PlainTree): boolean {
  const rows = view.sql.all('SELECT sum, pass, small, large FROM media');
  return (
    rows.length === tree.media.size &&
    rows.every((row) => {
      const plain = tree.media.get(toHex(blob(row, 'sum')));
      if (plain === undefined || Number(row['pass']) !== plain.facts.pass) return false;
      return (['small', 'large'] as const).every((size) => {
        const piece = row[size] === null ? undefined : view.piece(Number(row[size]));
        return piece?.chunk === plain[size]?.chunk;
      });
    })
  );
}
