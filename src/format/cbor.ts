import { type DecodeOptions, decode, encode, rfc8949EncodeOptions } from 'cborg';
import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { DeterministicTokens } from './deterministic-tokens.ts';

/** The subset of docs/format.md §1. */
export type CborValue =
  | number
  | bigint
  | boolean
  | null
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

/** Deterministic encoding (RFC 8949 §4.2.1). */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

const decodeOptions: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: true,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

/** @throws Fault `damaged` for anything but one value in deterministic form. */
export function decodeCbor(bytes: Uint8Array, what: string): CborValue {
  try {
    return decode(bytes, { ...decodeOptions, tokenizer: new DeterministicTokens(bytes, decodeOptions) }) as CborValue;
  } catch (cause) {
    throw new Fault('damaged', `Damaged ${what}: it is not the CBOR that this format uses.`, { cause });
  }
}

/** Typed access to a decoded map; a missing or ill-typed field is `damaged`. */
export class Fields {
  readonly #map: { readonly [key: string]: CborValue };
  readonly #what: string;

  constructor(value: CborValue | undefined, what: string) {
    this.#what = what;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw new Fault('damaged', `Damaged ${what}: a map was expected.`);
    }
    this.#map = value as { readonly [key: string]: CborValue };
  }

  wrong(key: string): Fault {
    return new Fault('damaged', `Damaged ${this.#what}: the field ${key} is missing or of a wrong type.`);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#map, key);
  }

  value(key: string): CborValue | undefined {
    return this.has(key) ? this.#map[key] : undefined;
  }

  text(key: string): string {
    const value = this.value(key);
    if (typeof value !== 'string') throw this.wrong(key);
    return value;
  }

  flag(key: string): boolean {
    const value = this.value(key);
    if (typeof value !== 'boolean') throw this.wrong(key);
    return value;
  }

  bytes(key: string, length?: number): Uint8Array {
    const value = this.value(key);
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) throw this.wrong(key);
    return value;
  }

  /** A whole number from 0 to 2^53 − 1. */
  count(key: string): number {
    const value = this.value(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw this.wrong(key);
    return value;
  }

  big(key: string): bigint {
    const value = this.value(key);
    if (typeof value === 'bigint') return value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.wrong(key);
    return BigInt(value);
  }

  list(key: string): readonly CborValue[] {
    const value = this.value(key);
    if (!Array.isArray(value)) throw this.wrong(key);
    return value as readonly CborValue[];
  }

  entries(key: string): readonly (readonly [string, CborValue])[] {
    const inner = new Fields(this.value(key), this.#what);
    return Object.entries(inner.#map);
  }
}

/** Drops the keys whose value is undefined: CBOR maps hold only what is there. */
export function cborMap(map: { readonly [key: string]: CborValue | undefined }): CborValue {
  const out: Record<string, CborValue> = {};
  for (const [key, value] of Object.entries(map)) {
    assert(key !== '__proto__', 'a key that an assignment would swallow');
    if (value !== undefined) out[key] = value;
  }
  return out;
}
