import { assert } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { assertPath } from '../files.ts';

/** S3 allows 1,024 with the prefix; a name of docs/format.md §13 has at most 150. */
const maxNameBytes = 512;
/** A folder writes NAME.new beside. */
const maxPartBytes = 250;
const besideEnding = '.new';

/**
 * What every place takes for a name: parts as of a path, none of them ending in `.new` (docs/format.md §13), without control
 * characters, which a bucket's listing could not say. The names of one copy are such that none is a folder of another.
 */
export function isObjectName(name: string): boolean {
  if (!name.isWellFormed() || hasControlCharacter(name) || name.includes('\\')) return false;
  if (utf8(name).length > maxNameBytes) return false;
  return name.split('/').every(isPart);
}

export function assertObjectName(name: string): void {
  assert(isObjectName(name), `not a name of an object: ${JSON.stringify(name)}`);
  assertPath(name);
}

/** By the bytes of UTF-8, as buckets do; the order of JavaScript differs beyond U+FFFF. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(utf8(a), utf8(b));
}

function isPart(part: string): boolean {
  if (part === '' || part === '.' || part === '..' || part.endsWith(besideEnding)) return false;
  return utf8(part).length <= maxPartBytes;
}

function hasControlCharacter(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
