import { equalBytes } from '../../base/bytes.ts';
import { type NodeId, rootNode } from '../../base/ids.ts';
import type { Position } from '../open-vault.ts';
import { type Caller, type Decided, decideWrite, type FileContent, none } from './commands.ts';
import type { FilesView } from './files-view.ts';
import { numberedNames } from './free-name.ts';
import { type Guarding, refused } from './guards.ts';
import { pathOf } from './queries.ts';

export interface ArrivalPlace {
  readonly parent: NodeId;
  readonly name: string;
  /** `number`: nothing that is there is touched, `photo (2).jpg`; `version`: the owner said to replace it. */
  readonly ifTaken: 'number' | 'version';
}

/**
 * An upload becomes a file. Content that is there already under this name makes nothing: so the end of an upload may come
 * twice, when its answer was lost.
 */
export function decideArrival(
  guarding: Guarding,
  position: Position,
  caller: Caller,
  { parent, name, ifTaken }: ArrivalPlace,
  content: FileContent,
): Decided {
  const { view } = guarding;
  // Wherever the folder was moved to meanwhile.
  const folder = parent === rootNode ? [] : pathOf(view, parent);
  if (folder === undefined) return none(refused('no-parent'));
  for (const candidate of numberedNames(name)) {
    const existing = view.child(parent, candidate);
    if (existing !== undefined && holds(view, existing.version, content))
      return { kind: 'none', result: { kind: 'changed', created: false, node: existing.id } };
    if (existing === undefined || (ifTaken === 'version' && existing.version !== null))
      return decideWrite(guarding, position, caller, [...folder, candidate], content);
  }
  return none(refused('name-taken'));
}

function holds(view: FilesView, version: FileContent['staged'] | null, content: FileContent): boolean {
  const row = version === null || version === undefined ? undefined : view.version(version);
  return row !== undefined && row.sizeBytes === content.sizeBytes && equalBytes(row.sha256, content.sha256);
}
