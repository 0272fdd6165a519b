import type { Clock, Randomness } from '#base/clock.ts';
import { equalSecrets, hmacSha256 } from '#crypto/primitives.ts';

const lastsMs: number = 5 * 60_000;
const nonceBytes = 16;
const proofBytes = 16;
const maxSpent = 10_000;

/**
 * Challenges of WebAuthn (§13.4.3): each is ours, a few minutes old at most, and good once. Nothing is kept for one that nobody
 * comes back with, so asking for many takes no memory.
 */
export class Challenges {
  readonly #clock: Clock;
  readonly #random: Randomness;
  readonly #key: Uint8Array;
  readonly #spent = new Map<string, number>();

  constructor(clock: Clock, random: Randomness) {
    this.#clock = clock;
    this.#random = random;
    this.#key = random.bytes(32);
  }

  issue(): string {
    const head = Buffer.alloc(nonceBytes + 8);
    head.set(this.#random.bytes(nonceBytes));
    head.writeBigUInt64BE(BigInt(this.#clock.nowMs()), nonceBytes);
    return Buffer.concat([head, this.#proof(head)]).toString('base64url');
  }

  #proof(head: Uint8Array): Uint8Array {
    return hmacSha256(this.#key, head).subarray(0, proofBytes);
  }

  isGood(challenge: string): boolean {
    const bytes = Buffer.from(challenge, 'base64url');
    if (bytes.length !== nonceBytes + 8 + proofBytes || this.#spent.has(challenge)) return false;
    const head = bytes.subarray(0, nonceBytes + 8);
    if (!equalSecrets(bytes.subarray(nonceBytes + 8), this.#proof(head))) return false;
    const ageMs = this.#clock.nowMs() - Number(head.readBigUInt64BE(nonceBytes));
    return ageMs >= 0 && ageMs <= lastsMs;
  }

  /** After a signature over it was verified. */
  spend(challenge: string): void {
    const nowMs = this.#clock.nowMs();
    for (const [spent, timeMs] of this.#spent) {
      if (nowMs - timeMs <= lastsMs && this.#spent.size < maxSpent) break;
      this.#spent.delete(spent);
    }
    this.#spent.set(challenge, nowMs);
  }
}
