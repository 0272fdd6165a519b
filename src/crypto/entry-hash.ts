import { concat } from '../base/bytes.ts';
import { sha256 } from './primitives.ts';

/** docs/format.md §5: anyone can check a chain without a key, also when only the hash of a body is left. */
export function entryHash(header: Uint8Array, bodyHash: Uint8Array): Uint8Array {
  return sha256(concat(header, bodyHash));
}
