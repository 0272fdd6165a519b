import type { Clock } from '../base/clock.ts';

/**
 * Slows guesses down without ever locking the owner out: each wrong guess from an address at an account makes the next one
 * from that address at that account wait longer, up to a bound; a guess from elsewhere is not held up by it, and a right
 * proof is always looked at once its wait is over.
 */
const freeGuesses = 5;
const firstWaitMs = 1000;
const longestWaitMs = 60_000;
const forgetAfterMs = 15 * 60_000;
const maxRemembered = 10_000;

interface Guesses {
  wrong: number;
  lastMs: number;
}

export class Throttle {
  readonly #clock: Clock;
  readonly #guesses = new Map<string, Guesses>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long a guess from this address at this account still has to wait; 0 when it may be made now. */
  waitMs(address: string, name: string): number {
    const known = this.#guesses.get(keyOf(address, name));
    if (known === undefined || known.wrong < freeGuesses) return 0;
    const wait = Math.min(firstWaitMs * 2 ** (known.wrong - freeGuesses), longestWaitMs);
    return Math.max(0, known.lastMs + wait - this.#clock.nowMs());
  }

  wrong(address: string, name: string): void {
    const now = this.#clock.nowMs();
    const key = keyOf(address, name);
    const known = this.#guesses.get(key);
    const wrong = known !== undefined && now - known.lastMs < forgetAfterMs ? known.wrong + 1 : 1;
    // Re-inserted at the end: the first in the map is the one that was quiet for longest.
    this.#guesses.delete(key);
    this.#guesses.set(key, { wrong, lastMs: now });
    if (this.#guesses.size > maxRemembered) {
      const [oldest] = this.#guesses.keys();
      if (oldest !== undefined) this.#guesses.delete(oldest);
    }
  }

  right(address: string, name: string): void {
    this.#guesses.delete(keyOf(address, name));
  }
}

function keyOf(address: string, name: string): string {
  return `${address}\n${name}`;
}
