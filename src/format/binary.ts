import { Fault } from '../base/fault.ts';

/** Reads big-endian fields; running past the end is `damaged`. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number): number {
    if (length > this.remaining) throw this.damaged('it is cut short');
    const at = this.#at;
    this.#at += length;
    return at;
  }

  damaged(why: string): Fault {
    return new Fault('damaged', `Damaged ${this.#what}: ${why}.`);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A u64 that must fit a double exactly; times and sequences do. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged('a number is out of range');
    return Number(value);
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  end(): void {
    if (this.remaining !== 0) throw this.damaged('it has bytes left over');
  }
}
