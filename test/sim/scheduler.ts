import { present } from '#base/assert.ts';
import type { Chance } from './chance.ts';

interface Gate {
  readonly what: string;
  readonly open: () => void;
}

/**
 * Everything that the program waits for is a gate here: a call to the disk, a commit, a message between threads, a turn of
 * the event loop. Nothing goes on until a gate is opened, and chance opens them one at a time, so that the seed alone
 * decides what happens in which order.
 */
export class Scheduler {
  readonly #chance: Chance;
  /** How often the gate that waited longest is opened, in percent; otherwise any of them. */
  readonly #inOrderPercent: number;
  #gates: Gate[] = [];
  #opened = 0;

  constructor(chance: Chance, inOrderPercent: number) {
    this.#chance = chance;
    this.#inOrderPercent = inOrderPercent;
  }

  get waiting(): number {
    return this.#gates.length;
  }

  get opened(): number {
    return this.#opened;
  }

  waitsFor(what: string): boolean {
    return this.#gates.some((gate) => gate.what === what);
  }

  pause(what: string): Promise<void> {
    return new Promise((open) => this.#gates.push({ what, open }));
  }

  later(what: string, open: () => void): void {
    this.#gates.push({ what, open });
  }

  /** False when nothing waits. */
  openOne(): boolean {
    if (this.#gates.length === 0) return false;
    const index = this.#chance.percent(this.#inOrderPercent) ? 0 : this.#chance.pick(this.#gates.length);
    const [gate] = this.#gates.splice(index, 1);
    this.#opened += 1;
    present(gate, 'gate').open();
    return true;
  }

  /** What waits will never go on: the machine is off, or the process is gone. */
  drop(): void {
    this.#gates = [];
  }
}

const realSetImmediate = setImmediate;
const running: { scheduler: Scheduler | undefined } = { scheduler: undefined };

/** Turns of the event loop that the program asks for become gates of the run that is under way. */
export function takeOverTurns(scheduler: Scheduler): void {
  running.scheduler = scheduler;
  const simulated = (work: (...values: unknown[]) => void, ...values: unknown[]): void => {
    present(running.scheduler, 'a run').later('turn', () => work(...values));
  };
  globalThis.setImmediate = simulated as unknown as typeof setImmediate;
}

/** Every promise that can go on without a gate has gone on when this resolves. */
export function settled(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve));
}
