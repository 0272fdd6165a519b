import { type NodeId, rootNode } from '../../base/ids.ts';
import type { FilesView } from './files-view.ts';
import { here } from './view-schema.ts';

/** Beyond so many a search is no search; the best of them are still shown. */
const maxMatches = 20_000;

/** The names of a vault as they are searched: made with the first search, then kept up with what changed. */
export class NameIndex {
  readonly #view: FilesView;
  readonly #names = new Map<NodeId, string>();
  #upTo = -1;

  constructor(view: FilesView) {
    this.#view = view;
  }

  /** Those whose name holds every word, the best first. */
  search(text: string): readonly NodeId[] {
    const words = foldName(text)
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return [];
    this.#catchUp();
    const whole = words.join(' ');
    const matches: { readonly id: NodeId; readonly rank: number }[] = [];
    for (const [id, name] of this.#names) {
      if (!words.every((word) => name.includes(word))) continue;
      matches.push({ id, rank: rankOf(name, whole) });
      if (matches.length >= maxMatches) break;
    }
    return matches.sort((one, other) => one.rank - other.rank).map((each) => each.id);
  }

  #catchUp(): void {
    const { sequence } = this.#view.position();
    if (sequence === this.#upTo) return;
    // Whatever was placed, renamed or taken away since has a later beginning.
    const rows = this.#view.sql.arrays('SELECT id, name, state FROM node WHERE from_seq > ?', this.#upTo);
    for (const [id, name, state] of rows) {
      if (id === rootNode) continue;
      if (Number(state) === here) this.#names.set(id as NodeId, foldName(name as string));
      else this.#names.delete(id as NodeId);
    }
    this.#upTo = sequence;
  }
}

/** The whole name, then its beginning, then the beginning of a word; shorter names first. */
function rankOf(name: string, whole: string): number {
  const at = name.indexOf(whole);
  const place = name === whole ? 0 : at === 0 ? 1 : at > 0 && !/[\p{L}\p{N}]/u.test(name[at - 1] ?? '') ? 2 : 3;
  return place * 1000 + Math.min(name.length, 999);
}

const plainAscii = /^[\0-\x7f]*$/;

/** `Été` is found by `ete`. */
function foldName(name: string): string {
  if (plainAscii.test(name)) return name.toLowerCase();
  return name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
