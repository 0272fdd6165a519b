// What the builders of vectors share: chance that is always the same, and values written so that people can read them.
import { concat, toHex, u32, utf8 } from '#base/bytes.ts';
import type { Randomness } from '#base/clock.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { CborValue } from '#format/cbor.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** SHA-256 of a seed and a counter, over and over. */
export class Seeded implements Randomness {
  readonly #seed: Uint8Array;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = utf8(seed);
  }

  bytes(length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < length; have += 32) {
      parts.push(sha256(concat(this.#seed, u32(this.#counter))));
      this.#counter += 1;
    }
    return concat(...parts).subarray(0, length);
  }
}

/** Bytes in hex, everything else as it is. */
export function hexed(values: { readonly [key: string]: Json | Uint8Array }): { readonly [key: string]: Json } {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]),
  );
}

/** CBOR diagnostic notation (RFC 8949 §8). */
export function diagnostic(value: CborValue): string {
  if (value instanceof Uint8Array) return `h'${toHex(value)}'`;
  if (Array.isArray(value)) return `[${value.map((each: CborValue) => diagnostic(each)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as { readonly [key: string]: CborValue });
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${diagnostic(each)}`).join(', ')}}`;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
