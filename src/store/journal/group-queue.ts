import { AssertionError, assert } from '#base/assert.ts';
import { Fault, isFault } from '#base/fault.ts';
import { maxAppendBytes } from './journal.ts';

/** What a request would do, decided from what it read; `write` only writes. */
export interface Planned<T> {
  readonly result: T;
  /** null when there is nothing to write: a conflict, or what is there already. */
  readonly write: (() => void) | null;
}

type Outcome<T> = { readonly result: T } | { readonly refusal: unknown };

/** One request that waits for its group to be durable. */
class Waiting<T> {
  readonly sizeBytes: number;
  readonly #plan: () => Planned<T>;
  readonly #resolve: (result: T) => void;
  readonly #reject: (error: unknown) => void;
  #outcome: Outcome<T> | null = null;

  constructor(
    sizeBytes: number,
    plan: () => Planned<T>,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.sizeBytes = sizeBytes;
    this.#plan = plan;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /**
   * A request that is refused while it only reads is refused alone. What goes wrong later, or in the engine, is thrown:
   * it concerns the whole group.
   */
  perform(): void {
    let planned: Planned<T>;
    try {
      planned = this.#plan();
    } catch (refusal) {
      if (!isFault(refusal) && !(refusal instanceof AssertionError)) throw refusal;
      this.#outcome = { refusal };
      return;
    }
    planned.write?.();
    this.#outcome = planned;
  }

  settle(): void {
    assert(this.#outcome !== null, 'a request is answered before it was performed');
    if ('refusal' in this.#outcome) this.#reject(this.#outcome.refusal);
    else this.#resolve(this.#outcome.result);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

export interface Group {
  readonly sizeBytes: number;
  /** Performs every request in the order in which they came. */
  perform(): void;
  /** After the group is durable: answers all. */
  settle(): void;
  /** Nothing of the group counts. */
  fail(error: unknown): void;
}

const maxWaiting = 10_000;
const maxWaitingBytes: number = 2 * maxAppendBytes;
const maxGroupRequests = 1000;
const maxGroupBytes: number = 32 * 1024 * 1024;

export type Schedule = (work: () => void) => void;

/** Collects what is asked at one time, so that one fsync makes all of it durable. */
export class GroupQueue {
  readonly #schedule: Schedule;
  readonly #commit: (group: Group) => void;
  #waiting: Waiting<unknown>[] = [];
  #waitingBytes = 0;
  #scheduled = false;

  /** `commit` settles or fails the group before it returns, and does not throw. */
  constructor(schedule: Schedule, commit: (group: Group) => void) {
    this.#schedule = schedule;
    this.#commit = commit;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  submit<T>(sizeBytes: number, plan: () => Planned<T>): Promise<T> {
    if (this.#waiting.length >= maxWaiting || this.#waitingBytes + sizeBytes > maxWaitingBytes) {
      return Promise.reject(new Fault('unavailable', 'Too much waits to be written. Nothing was lost; try again.'));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(new Waiting<unknown>(sizeBytes, plan, (result) => resolve(result as T), reject));
      this.#waitingBytes += sizeBytes;
      this.#scheduleNext();
    });
  }

  /** Commits all that waits, now. */
  drain(): void {
    while (this.#waiting.length > 0) this.#commitNext();
  }

  #scheduleNext(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) this.#commitNext();
      if (this.#waiting.length > 0) this.#scheduleNext();
    });
  }

  #commitNext(): void {
    const group: Waiting<unknown>[] = [];
    let sizeBytes = 0;
    for (const request of this.#waiting) {
      if (group.length >= maxGroupRequests) break;
      // One that is larger than a group goes alone.
      if (group.length > 0 && sizeBytes + request.sizeBytes > maxGroupBytes) break;
      group.push(request);
      sizeBytes += request.sizeBytes;
    }
    this.#waiting = this.#waiting.slice(group.length);
    this.#waitingBytes -= sizeBytes;
    this.#commit(groupOf(group, sizeBytes));
  }
}

function groupOf(requests: readonly Waiting<unknown>[], sizeBytes: number): Group {
  return {
    sizeBytes,
    perform: () => {
      for (const request of requests) request.perform();
    },
    settle: () => {
      for (const request of requests) request.settle();
    },
    fail: (error) => {
      for (const request of requests) request.fail(error);
    },
  };
}
