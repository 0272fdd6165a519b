import { present } from '#base/assert.ts';
import type { Randomness } from '#base/clock.ts';
import { SeededNumbers } from '#store/seeded-faults.ts';

/**
 * One stream of chance of a run. Each concern has its own, named one, so that drawing once more in one of them (another
 * fault, another name) leaves the others as they were.
 */
export class Chance implements Randomness {
  readonly pick: (bound: number) => number;

  constructor(seed: number, stream: string) {
    let mixed = seed | 0;
    for (const letter of stream) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193);
    this.pick = new SeededNumbers(mixed).pick;
  }

  /** True so many times in a million. */
  strikes(perMillion: number): boolean {
    return perMillion > 0 && this.pick(1_000_000) < perMillion;
  }

  percent(percent: number): boolean {
    return this.pick(100) < percent;
  }

  /** Both ends included. */
  between(low: number, high: number): number {
    return low + this.pick(high - low + 1);
  }

  oneOf<T>(items: readonly T[]): T {
    return present(items[this.pick(items.length)], 'an item to choose');
  }

  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.pick(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of items) {
      if (at < weight) return item;
      at -= weight;
    }
    return present(items[0], 'an item to choose')[1];
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 1) out[i] = this.pick(256);
    return out;
  }
}
