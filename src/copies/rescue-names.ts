import { toHex, utf8 } from '#base/bytes.ts';
import { sha256 } from '#crypto/primitives.ts';

/** What a file system does with names, as it was found out on the folder that files are rescued to. */
export interface NameRules {
  /** `A` and `a` are one name. */
  readonly foldsCase: boolean;
  /** `é` in one code point and in two are one name. */
  readonly normalizes: boolean;
  /** Characters and names that Windows does not take are refused. */
  readonly refusesWindowsNames: boolean;
  readonly maxNameBytes: number;
}

/** Why something has another name than in the vault. */
export type Renaming = 'taken' | 'characters' | 'reserved' | 'length';

export interface TargetName {
  readonly name: string;
  readonly why: Renaming | undefined;
}

const windowsCharacters = /[\p{Cc}<>:"\\|?*]/gu;
const windowsEnd = /[. ]$/;
const windowsReserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Room for what makes a name another one: ` (12345)`, or `~` and eight hex digits. */
const markBytes = 9;

/**
 * The names in one folder of the target. Asked in the same order they come out the same, so a rescue that is run again
 * finds what it wrote.
 *
 * - A character that the file system does not take, and a dot or space at the end, becomes `%` and its number in hex.
 * - A name that stands for a device (`CON`, `com1.txt`) gets `_` in front.
 * - A name that is too long is cut, with `~` and eight digits of its SHA-256 before the extension.
 * - A name that is one with an earlier one there (case, composed or decomposed accents) gets ` (2)`, ` (3)` … before the
 *   extension.
 */
export class FolderNames {
  readonly #rules: NameRules;
  readonly #taken: Set<string> = new Set();

  constructor(rules: NameRules) {
    this.#rules = rules;
  }

  take(wanted: string): TargetName {
    let { name, why } = this.#fitting(wanted);
    const base = name;
    for (let number = 2; this.#taken.has(this.#keyOf(name)); number += 1) {
      name = this.#marked(base, ` (${number})`);
      why ??= 'taken';
    }
    this.#taken.add(this.#keyOf(name));
    return { name, why };
  }

  #fitting(wanted: string): { name: string; why: Renaming | undefined } {
    let name = wanted;
    let why: Renaming | undefined;
    if (this.#rules.refusesWindowsNames) {
      const escaped = name.replace(windowsCharacters, escapeOf).replace(windowsEnd, escapeOf);
      if (escaped !== name) why = 'characters';
      name = escaped;
      if (windowsReserved.test(name)) {
        name = `_${name}`;
        why = 'reserved';
      }
    }
    if (utf8(name).length <= this.#rules.maxNameBytes) return { name, why };
    return { name: this.#marked(name, `~${toHex(sha256(utf8(wanted))).slice(0, 8)}`), why: 'length' };
  }

  /** With the mark before the extension, and as much of the name as there is room for. */
  #marked(name: string, mark: string): string {
    const dot = name.lastIndexOf('.');
    const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
    const room = this.#rules.maxNameBytes - Math.max(utf8(mark).length, markBytes) - utf8(extension).length;
    let stem = '';
    let used = 0;
    for (const character of extension === '' ? name : name.slice(0, dot)) {
      used += utf8(character).length;
      if (used > room) break;
      stem += character;
    }
    return `${stem}${mark}${extension}`;
  }

  #keyOf(name: string): string {
    const key = this.#rules.normalizes ? name.normalize('NFC') : name;
    // Both ways: some letters have one small form and two large ones.
    return this.#rules.foldsCase ? key.toUpperCase().toLowerCase() : key;
  }
}

function escapeOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
