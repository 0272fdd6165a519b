import type { Clock } from '#base/clock.ts';

/** Bytes that may be in memory at once. */
export class ByteBudget {
  readonly #max: number;
  #used = 0;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** What is larger than the whole budget goes alone. */
  async with<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
    } else this.#used += bytes;
    try {
      return await work();
    } finally {
      this.#used -= bytes;
      this.#admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#max;
  }

  #admit(): void {
    for (let [first] = this.#waiting; first !== undefined && this.#fits(first.bytes); [first] = this.#waiting) {
      this.#waiting.shift();
      this.#used += first.bytes;
      first.go();
    }
  }
}

export type Sleep = (ms: number) => Promise<void>;

/** Keeps an average: whoever sends waits until what was sent before is paid for. */
export class Bandwidth {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  #freeAtMs = 0;

  constructor(bytesPerSecond: number, clock: Clock, sleep: Sleep) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  async take(bytes: number): Promise<void> {
    const now = this.#clock.nowMs();
    const costMs = (bytes / this.#bytesPerSecond) * 1000;
    // A clock that was set back must not stop everything: at most what one second of it may cost is owed.
    const waitMs = Math.min(Math.max(0, this.#freeAtMs - now), 1000 + costMs);
    this.#freeAtMs = now + waitMs + costMs;
    if (waitMs > 0) await this.#sleep(waitMs);
  }
}
