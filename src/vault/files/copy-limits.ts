import type { NodeId } from '../../base/ids.ts';
import type { FilesView } from './files-view.ts';

/** One request of a few bytes must not make a view of millions of rows. */
export const maxNodesPerCopy = 100_000;
/** A view lies in memory: beyond so many rows, the trash and what was ended included, folders are not copied any more. */
export const maxNodesOfVaultForCopies = 1_000_000;

/** Whether a folder, with all below it, may be copied. */
export function mayCopy(view: FilesView, source: NodeId): 'yes' | 'too-large' | 'too-many-files' {
  const below = view.sql.get(
    `WITH RECURSIVE tree(id) AS (
       SELECT ?1 UNION ALL SELECT node.id FROM tree JOIN node ON node.parent = tree.id AND node.state = 0
     ) SELECT count(*) AS n FROM (SELECT 1 FROM tree LIMIT ?2)`,
    source,
    maxNodesPerCopy + 1,
  );
  const copied = Number(below?.['n']);
  if (copied > maxNodesPerCopy) return 'too-large';
  const held = Number(view.sql.get('SELECT count(*) AS n FROM node')?.['n']);
  return held + copied > maxNodesOfVaultForCopies ? 'too-many-files' : 'yes';
}
