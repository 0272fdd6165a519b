import type { Clock } from '../base/clock.ts';
import { type Fault, isFault } from '../base/fault.ts';
import type { Disk } from '../store/disk.ts';

/** Below this much free space the server says so: the pieces of some uploads, and the log of the journal, which is moved into
 *  the database from 32 MiB on. */
const reserveBytes: number = 64 * 1024 * 1024;
/** So long after a write failed the server is not well; the next one that fails begins it anew. */
const failureCountsMs: number = 20_000;
/** Whoever asks more often hears the same again. */
const measureEveryMs = 1000;

export interface HealthProblem {
  readonly reason: 'disk-full' | 'io' | 'low-space' | 'read-only';
  readonly message: string;
}

/** Whether writes are taken, for whoever watches over the server. */
export class Health {
  readonly #disk: Pick<Disk, 'freeBytes'>;
  readonly #clock: Clock;
  #failure: { readonly fault: Fault; readonly atMs: number } | undefined;
  #measured: { readonly free: Promise<number>; readonly atMs: number } | undefined;

  constructor(disk: Pick<Disk, 'freeBytes'>, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** What a call ended with; only what tells of a disk that does not take or give counts. */
  met(fault: Fault): void {
    if (isFault(fault, 'disk-full') || isFault(fault, 'io')) this.#failure = { fault, atMs: this.#clock.nowMs() };
  }

  async problem(): Promise<HealthProblem | undefined> {
    const now = this.#clock.nowMs();
    if (this.#failure !== undefined && now - this.#failure.atMs < failureCountsMs)
      return problemOf(this.#failure.fault);
    if (this.#measured === undefined || Math.abs(now - this.#measured.atMs) >= measureEveryMs)
      this.#measured = { free: this.#disk.freeBytes(), atMs: now };
    let freeBytes: number;
    try {
      freeBytes = await this.#measured.free;
    } catch (error) {
      if (!isFault(error)) throw error;
      return problemOf(error);
    }
    if (freeBytes >= reserveBytes) return undefined;
    const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;
    return {
      reason: 'low-space',
      message: `${mebibytes(freeBytes)} of disk space are left, less than ${mebibytes(reserveBytes)}. Writes are refused once it is used up; make room.`,
    };
  }
}

function problemOf({ code, message }: Fault): HealthProblem {
  return { reason: code === 'disk-full' ? 'disk-full' : 'io', message };
}
