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

/** Lets background work step back while others wait for an answer. */
export interface Pace {
  /** Called after each small piece of work. */
  rest(): Promise<void>;
  /** How long it has rested in all, however many rested at once. */
  readonly restedMs: number;
}

/** While there are requests, work takes a fifth of the time at most, unless more was asked for. */
const usualRestForWork = 4;
const longestRestMs = 2000;
const shortestRestMs = 5;

export class CourteousPace implements Pace {
  readonly #requests: () => number;
  readonly #elapsedMs: () => number;
  readonly #sleep: Sleep;
  readonly #restForWork: number;
  #seen: number;
  #sinceMs: number;
  #restedMs = 0;
  #resting: Promise<void> | undefined;

  /**
   * @param requests a count of what was begun and ended: when it has moved, somebody is there.
   * @param restForWork how many times as long as it worked it rests then.
   */
  constructor(requests: () => number, elapsedMs: () => number, sleep: Sleep, restForWork: number = usualRestForWork) {
    this.#requests = requests;
    this.#elapsedMs = elapsedMs;
    this.#sleep = sleep;
    this.#restForWork = restForWork;
    this.#seen = requests();
    this.#sinceMs = elapsedMs();
  }

  get restedMs(): number {
    return this.#restedMs;
  }

  async rest(): Promise<void> {
    this.#resting ??= this.#rest().finally(() => {
      this.#resting = undefined;
    });
    await this.#resting;
  }

  async #rest(): Promise<void> {
    const [requests, now] = [this.#requests(), this.#elapsedMs()];
    const workedMs = now - this.#sinceMs;
    const isBusy = requests !== this.#seen;
    this.#seen = requests;
    if (isBusy) await this.#sleep(Math.min(longestRestMs, Math.max(shortestRestMs, workedMs * this.#restForWork)));
    const after = this.#elapsedMs();
    if (isBusy) this.#restedMs += after - now;
    this.#sinceMs = after;
  }
}
