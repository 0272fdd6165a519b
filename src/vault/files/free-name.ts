import type { NodeId } from '../../base/ids.ts';
import { maxNameBytes } from '../../format/file-operations.ts';
import type { FilesView } from './files-view.ts';

/** Longer ones are no file types: they are cut like the rest of a name. */
const maxEndingBytes = 32;

/** The name itself, or with the first number that makes it free in this folder: `photo.jpg`, `photo (2).jpg`. */
export function freeName(view: FilesView, parent: NodeId, name: string): string {
  for (const candidate of numberedNames(name)) if (view.child(parent, candidate) === undefined) return candidate;
  return name;
}

/** Without end. */
export function* numberedNames(name: string): Generator<string, void> {
  yield name;
  for (let n = 2; ; n += 1) yield nameWith(name, ` (${n})`);
}

/** `photo.jpg` with ` (2)` is `photo (2).jpg`. */
export function nameWith(name: string, addition: string): string {
  const dot = name.lastIndexOf('.');
  const hasEnding = dot > 0 && Buffer.byteLength(name.slice(dot)) <= maxEndingBytes;
  const [stem, ending] = hasEnding ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return fitted(stem, `${addition}${ending}`);
}

/** Whole characters of the stem, as many as leave room for the rest. */
function fitted(stem: string, rest: string): string {
  const characters = [...stem];
  while (Buffer.byteLength(characters.join('')) + Buffer.byteLength(rest) > maxNameBytes) characters.pop();
  return characters.join('') + rest;
}
