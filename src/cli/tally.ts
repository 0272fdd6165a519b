import { isFault } from '#base/fault.ts';
import type { Ending } from './exit-codes.ts';
import { endingOf } from './failure.ts';
import { count, sizeText, type Terminal } from './terminal.ts';

/** After these every further file would fail in the same way. */
const hopeless: ReadonlySet<Ending> = new Set([
  'full',
  'wrong-proof',
  'unavailable',
  'too-old',
  'interrupted',
  'terminated',
  'usage',
]);

export interface Counts {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly folders: number;
  readonly leftOut: number;
  readonly failed: number;
}

/** Counts what became of many files, says what did not work at once, and shows how far it is. */
export class Tally {
  readonly #terminal: Terminal;
  readonly #doing: string;
  readonly #startedMs: number = Date.now();
  #files = 0;
  #bytes = 0;
  #skipped = 0;
  #folders = 0;
  #leftOut = 0;
  #failed = 0;

  constructor(terminal: Terminal, doing: string) {
    this.#terminal = terminal;
    this.#doing = doing;
  }

  get counts(): Counts {
    return {
      files: this.#files,
      bytes: this.#bytes,
      skipped: this.#skipped,
      folders: this.#folders,
      leftOut: this.#leftOut,
      failed: this.#failed,
    };
  }

  get ending(): Ending {
    return this.#failed > 0 ? 'partly' : 'ok';
  }

  get seconds(): number {
    return (Date.now() - this.#startedMs) / 1000;
  }

  bytes(number: number): void {
    this.#bytes += number;
    this.#terminal.progress(() => this.#line());
  }

  done(): void {
    this.#files += 1;
    this.#terminal.progress(() => this.#line());
  }

  skipped(): void {
    this.#skipped += 1;
    this.#terminal.progress(() => this.#line());
  }

  folder(): void {
    this.#folders += 1;
  }

  leftOut(what: string, why: string): void {
    this.#leftOut += 1;
    this.#terminal.note(`left out: ${what}: ${why}`);
  }

  /** Notes what went wrong with one file. @throws the error, when all further files would meet it too. */
  failed(what: string, error: unknown): void {
    const ending = endingOf(error);
    if (ending === undefined || hopeless.has(ending) || isFault(error, 'sync-failed')) throw error;
    this.#failed += 1;
    const why = error instanceof Error ? error.message : String(error);
    this.#terminal.note(`failed: ${why.startsWith(what) ? why : `${what}: ${why}`}`);
  }

  #line(): string {
    const rate = this.#bytes / Math.max(this.seconds, 0.001);
    const parts = [`${this.#doing}: ${count(this.#files, 'file')}`, sizeText(this.#bytes), `${sizeText(rate)}/s`];
    if (this.#skipped > 0) parts.push(`${this.#skipped.toLocaleString('en-US')} there already`);
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    return parts.join(', ');
  }
}
