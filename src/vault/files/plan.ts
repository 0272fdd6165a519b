import { present } from '../../base/assert.ts';
import type { VaultId, VersionId } from '../../base/ids.ts';
import type { Piece } from '../../format/piece.ts';
import type { FilesView, NodeRow } from './files-view.ts';
import { refused } from './guards.ts';
import type { ReadPlan } from './port.ts';
import { describe, versionsOf } from './queries.ts';
import type { Refused } from './types.ts';

/** How a file is read, the current version unless another is named. Of `gone` the caller asks whether they are there still. */
export function planOf(
  vault: VaultId,
  view: FilesView,
  row: NodeRow | undefined,
  version: VersionId | undefined,
): { readonly plan: ReadPlan | Refused; readonly gone: readonly Piece[] } {
  if (row === undefined) return { plan: refused('no-such-path'), gone: [] };
  if (row.version === null) return { plan: refused('is-a-folder'), gone: [] };
  const wanted = version ?? row.version;
  if (version !== undefined && !versionsOf(view, row).some((each) => each.version === version))
    return { plan: refused('no-such-version'), gone: [] };
  const { sha256, sizeBytes } = present(view.version(wanted), 'version');
  const info = describe(vault, view, { ...row, version: wanted, sizeBytes });
  const plan: ReadPlan = { kind: 'plan', info, sha256, pieces: view.pieces(wanted), whole: undefined };
  return { plan, gone: view.gonePieces(wanted) };
}
