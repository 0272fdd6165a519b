import { Token, Tokenizer, Type } from 'cborg';
import { fromUtf8 } from '../base/bytes.ts';

interface Container {
  readonly isMap: boolean;
  /** Items that still come; keys and values both count. */
  left: number;
  /** Where the last key was. */
  keyStart: number;
  keyEnd: number;
}

/**
 * Adds to cborg's strictness what docs/format.md §1 wants besides: no floats, map keys in bytewise order, text that is UTF-8
 * and comes out as it went in (cborg replaces what is not UTF-8, and drops a byte order mark).
 */
export class DeterministicTokens extends Tokenizer {
  readonly #bytes: Uint8Array;
  readonly #open: Container[] = [];

  constructor(bytes: Uint8Array, options: ConstructorParameters<typeof Tokenizer>[1]) {
    // Not a Buffer, whose slices would keep the whole of it in memory.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    super(plain, options);
    this.#bytes = plain;
  }

  override next(): Token {
    const start = this.pos();
    const token = super.next();
    if (token.type === Type.float) throw new Error('a float');
    const inside = this.#open.at(-1);
    if (inside?.isMap === true && inside.left % 2 === 0) this.#checkOrder(inside, start, this.pos());
    this.#count(token);
    return token.type === Type.string ? this.#exactText(token, start) : token;
  }

  #exactText(token: Token, start: number): Token {
    const text = String(token.value);
    const [first = 0] = this.#bytes.subarray(start, start + 1);
    const length = this.pos() - start - headLength(first & 31);
    if (text.length === length && !text.includes('\ufffd')) return token;
    return new Token(Type.string, fromUtf8(this.#bytes.subarray(this.pos() - length, this.pos())), this.pos() - start);
  }

  #checkOrder(map: Container, start: number, end: number): void {
    const before = this.#bytes.subarray(map.keyStart, map.keyEnd);
    if (map.keyEnd > 0 && !isBefore(before, this.#bytes.subarray(start, end))) throw new Error('map keys out of order');
    map.keyStart = start;
    map.keyEnd = end;
  }

  #count(token: Token): void {
    const isMap = token.type === Type.map;
    if (isMap || token.type === Type.array) {
      const items = Number(token.value) * (isMap ? 2 : 1);
      if (items > 0) {
        this.#open.push({ isMap, left: items, keyStart: 0, keyEnd: 0 });
        return;
      }
    }
    for (let inside = this.#open.at(-1); inside !== undefined; inside = this.#open.at(-1)) {
      inside.left -= 1;
      if (inside.left > 0) return;
      this.#open.pop();
    }
  }
}

/** RFC 8949 §3: the additional information tells how many bytes of the length follow. */
function headLength(information: number): number {
  return information < 24 ? 1 : 1 + 2 ** (information - 24);
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.length < b.length;
}
