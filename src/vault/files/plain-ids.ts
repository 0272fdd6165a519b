import { present } from '../../base/assert.ts';
import { type NodeId, parseVersionId, type VersionId } from '../../base/ids.ts';

/** Of a node that a copy made: both ids are the same number (docs/format.md §7). */
export function versionOf(id: NodeId): VersionId {
  return present(parseVersionId(id), 'version id');
}

/** Fork and sequence count from 1. */
export function isMinted(id: NodeId): boolean {
  return id >> 55n > 0n && ((id >> 24n) & 0x7fffffffn) > 0n;
}
