import { setTimeout } from 'node:timers/promises';
import type { Clock, Randomness } from '../base/clock.ts';
import { randomBytes } from '../crypto/primitives.ts';

/** The one place where time and chance come in; everything else has them passed in. */
export const realClock: Clock = { nowMs: () => Date.now() };

export const realRandomness: Randomness = { bytes: randomBytes };

/** Milliseconds since some instant, on a clock that nobody can set. */
export function realElapsedMs(): number {
  return performance.now();
}

export async function realSleep(ms: number): Promise<void> {
  await setTimeout(ms);
}
