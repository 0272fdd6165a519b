import type { Unlocked } from '../accounts/proofs.ts';
import { toHex } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import { randomBytes } from '../crypto/primitives.ts';

const idleMs: number = 15 * 60_000;

interface Ticket {
  readonly unlocked: Unlocked;
  usedMs: number;
}

/** A ticket stands for a proof during one run of the command line, so that a thousand files are one Argon2. */
export class Tickets {
  readonly #clock: Clock;
  readonly #tickets = new Map<string, Ticket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(unlocked: Unlocked): string {
    const key = toHex(randomBytes(32));
    this.#tickets.set(key, { unlocked, usedMs: this.#clock.nowMs() });
    return key;
  }

  /** Undefined when the proof must be given again. */
  owner(key: string): Unlocked | undefined {
    const known = this.#tickets.get(key);
    const now = this.#clock.nowMs();
    if (known === undefined || now - known.usedMs > idleMs) return undefined;
    known.usedMs = now;
    return known.unlocked;
  }

  /** Called once a minute: a ticket holds keys. */
  forgetIdle(): void {
    const now = this.#clock.nowMs();
    for (const [key, each] of this.#tickets) if (now - each.usedMs > idleMs) this.#tickets.delete(key);
  }

  get held(): number {
    return this.#tickets.size;
  }

  forget(account: AccountId): void {
    for (const [key, each] of this.#tickets) if (each.unlocked.account.id === account) this.#tickets.delete(key);
  }
}
