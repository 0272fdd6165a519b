import { assert } from '#base/assert.ts';
import type { DiskFault, DiskFaultSource, DiskOperation } from './disk-memory.ts';

/** xorshift32 (Marsaglia, 2003): small, and the same everywhere; for simulations only. */
export class SeededNumbers {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not start alike, and the state must not be 0.
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x85ebca6b) | 0 || 1;
    for (let i = 0; i < 8; i++) this.#next();
  }

  readonly pick = (bound: number): number => {
    assert(bound >= 1 && bound <= 2 ** 32, 'bound out of range');
    return Math.floor((this.#next() / 2 ** 32) * bound);
  };

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
}

/** How often each fault strikes, in a million calls that it can strike. */
export type DiskFaultRates = Readonly<Partial<Record<DiskFault, number>>>;

const applicable: Readonly<Record<DiskOperation, readonly DiskFault[]>> = {
  open: ['disk-full', 'io', 'power-cut'],
  read: ['io', 'power-cut'],
  write: ['disk-full', 'io', 'short-write', 'power-cut'],
  truncate: ['power-cut'],
  sync: ['io', 'lost-sync', 'power-cut'],
  'sync-folder': ['io', 'lost-sync', 'power-cut'],
  'make-folder': ['disk-full', 'io', 'power-cut'],
  rename: ['disk-full', 'io', 'power-cut'],
  remove: ['io', 'power-cut'],
};

export class SeededDiskFaults implements DiskFaultSource {
  readonly #numbers: SeededNumbers;
  /** May be replaced between steps of a run, for calm and storm. */
  rates: DiskFaultRates;
  /** Per operation and fault, as `sync:io`: figures of a simulation say how often each fault struck. */
  readonly struck: Map<string, number> = new Map();

  constructor(seed: number, rates: DiskFaultRates) {
    this.#numbers = new SeededNumbers(seed);
    this.rates = rates;
  }

  decide(operation: DiskOperation): DiskFault | null {
    for (const fault of applicable[operation]) {
      const rate = this.rates[fault] ?? 0;
      if (rate === 0 || this.#numbers.pick(1_000_000) >= rate) continue;
      const name = `${operation}:${fault}`;
      this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
      return fault;
    }
    return null;
  }

  readonly pick = (bound: number): number => this.#numbers.pick(bound);
}
