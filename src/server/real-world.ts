import type { Clock, Randomness } from '../base/clock.ts';
import { randomBytes } from '../crypto/primitives.ts';

/** The one place where time and chance come in; everything else has them passed in. */
export const realClock: Clock = { nowMs: () => Date.now() };

export const realRandomness: Randomness = { bytes: randomBytes };
