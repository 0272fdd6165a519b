import type { Unlocked } from '../accounts/proofs.ts';
import { toHex } from '../base/bytes.ts';
import type { AccountId } from '../base/ids.ts';
import { randomBytes } from '../crypto/primitives.ts';
import { realClock } from './real-world.ts';

const idleMs: number = 15 * 60_000;

interface Ticket {
  readonly unlocked: Unlocked;
  usedMs: number;
}

/** A ticket stands for a proof during one run of the command line, so that a thousand files are one Argon2. */
export class Tickets {
  readonly #tickets = new Map<string, Ticket>();

  issue(unlocked: Unlocked): string {
    const now = realClock.nowMs();
    for (const [key, each] of this.#tickets) if (now - each.usedMs > idleMs) this.#tickets.delete(key);
    const key = toHex(randomBytes(32));
    this.#tickets.set(key, { unlocked, usedMs: now });
    return key;
  }

  /** Undefined when the proof must be given again. */
  owner(key: string): Unlocked | undefined {
    const known = this.#tickets.get(key);
    const now = realClock.nowMs();
    if (known === undefined || now - known.usedMs > idleMs) return undefined;
    known.usedMs = now;
    return known.unlocked;
  }

  forget(account: AccountId): void {
    for (const [key, each] of this.#tickets) if (each.unlocked.account.id === account) this.#tickets.delete(key);
  }
}
