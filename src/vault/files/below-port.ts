import type { NodeId } from '../../base/ids.ts';
import type { Listing, ReadPlan } from './port.ts';
import type { Path, Refused } from './types.ts';

/** A vault of files looked at from a node down, wherever that is: for what was shared. */
export interface BelowPort {
  listBelow(base: NodeId, path: Path): Promise<Listing | undefined>;
  /** Of the current version; never with its content. */
  planBelow(base: NodeId, path: Path): Promise<ReadPlan | Refused>;
  /** Where a node is now; undefined when it, or something above it, is not here. */
  whereIs(node: NodeId): Promise<{ readonly path: Path; readonly isFolder: boolean } | undefined>;
}
