import { isFault } from '../base/fault.ts';
import { type Journal, ranKey } from '../store/journal/journal.ts';

/**
 * How long the instance has run, in all its runs together. Only time that went by on a clock which nobody can set is added,
 * so a wall clock that jumps shortens no window of the reaper.
 */
export class RunningTime {
  readonly #journal: Pick<Journal, 'setMeta'>;
  readonly #elapsedMs: () => number;
  #ranMs: number;
  #notedMs: number;

  private constructor(journal: Pick<Journal, 'setMeta'>, elapsedMs: () => number, ranMs: number) {
    this.#journal = journal;
    this.#elapsedMs = elapsedMs;
    this.#ranMs = ranMs;
    this.#notedMs = elapsedMs();
  }

  /** @param elapsedMs never goes back. */
  static async begin(journal: Pick<Journal, 'meta' | 'setMeta'>, elapsedMs: () => number): Promise<RunningTime> {
    return new RunningTime(journal, elapsedMs, Number((await journal.meta(ranKey)) ?? 0));
  }

  /**
   * Adds what went by since it was noted last. What a crash loses, or a full disk does not take, makes windows longer,
   * never shorter. A failed fsync is the journal's to tell.
   */
  async note(): Promise<void> {
    const now = this.#elapsedMs();
    const ranMs = this.#ranMs + (now - this.#notedMs);
    try {
      await this.#journal.setMeta(ranKey, String(Math.floor(ranMs)));
    } catch (error) {
      if (!isFault(error)) throw error;
      return;
    }
    this.#ranMs = ranMs;
    this.#notedMs = now;
  }
}
