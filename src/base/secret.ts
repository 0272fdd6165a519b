import { assert } from './assert.ts';

/** Bytes that must not be printed, logged or serialised; a private field is not shown by Node's console either. */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    assert(bytes.length > 0, 'an empty secret');
    this.#bytes = bytes;
  }

  /** The bytes themselves, for crypto/ and for passing to a worker of the same process; never for output. */
  expose(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }
}
