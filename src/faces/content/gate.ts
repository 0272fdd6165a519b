import { assert } from '#base/assert.ts';

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Lets content in up to so many bytes at once, in order of arrival: what bounds the memory of many uploads together. */
export class Gate {
  readonly #maxBytes: number;
  #insideBytes = 0;
  readonly #waiting: Waiting[] = [];

  constructor(maxBytes: number) {
    assert(maxBytes > 0, 'a gate lets something in');
    this.#maxBytes = maxBytes;
  }

  /** Something larger than the whole gate enters alone. */
  async enter(bytes: number): Promise<void> {
    if (this.tryEnter(bytes)) return;
    await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
  }

  /** False when it would have to wait. */
  tryEnter(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    this.#insideBytes += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.#insideBytes -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#insideBytes += next.bytes;
      next.enter();
    }
  }

  #fits(bytes: number): boolean {
    return this.#insideBytes === 0 || this.#insideBytes + bytes <= this.#maxBytes;
  }
}
