import type { Clock, Randomness } from '#base/clock.ts';

/** What a ticket stands for lasts so long; a video is watched within it. */
const lastsMs: number = 2 * 60 * 60_000;
const maxTickets = 20_000;
const ticketBytes = 24;

interface Kept<What> {
  readonly what: What;
  readonly endsMs: number;
}

/**
 * Short-lived addresses for what a browser fetches by itself (downloads, pictures, videos) and cannot send a header with: each is
 * good for one thing. Only in memory.
 */
export class Tickets<What> {
  readonly #clock: Clock;
  readonly #random: Randomness;
  readonly #kept = new Map<string, Kept<What>>();

  constructor(clock: Clock, random: Randomness) {
    this.#clock = clock;
    this.#random = random;
  }

  issue(what: What): string {
    this.#makeRoom();
    const ticket = Buffer.from(this.#random.bytes(ticketBytes)).toString('base64url');
    this.#kept.set(ticket, { what, endsMs: this.#clock.nowMs() + lastsMs });
    return ticket;
  }

  find(ticket: string): What | undefined {
    const kept = this.#kept.get(ticket);
    return kept === undefined || kept.endsMs <= this.#clock.nowMs() ? undefined : kept.what;
  }

  #makeRoom(): void {
    // In the order in which they were issued, and all last equally long.
    for (const [ticket, { endsMs }] of this.#kept) {
      if (endsMs > this.#clock.nowMs() && this.#kept.size < maxTickets) return;
      this.#kept.delete(ticket);
    }
  }
}
