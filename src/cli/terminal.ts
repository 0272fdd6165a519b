import type { Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface Streams {
  readonly out: Output;
  readonly err: Output;
}

const redrawEveryMs = 100;

/**
 * The voice. What was asked for goes to standard output, alone, so that it can be piped; everything else goes to standard
 * error, each line with the program's name before it. Messages are short and exact: what happened, what was not lost, what
 * to do. Progress is one line, only on a terminal, and never mixed into other lines.
 */
export class Terminal {
  readonly #out: Output;
  readonly #err: Output;
  #shown = false;
  #shownAtMs = 0;

  constructor(streams: Streams) {
    this.#out = streams.out;
    this.#err = streams.err;
  }

  /** A result. */
  line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, undefined, 2));
  }

  /** Something beside the result. */
  note(text: string): void {
    this.#clear();
    this.#err.write(`coffre: ${text}\n`);
  }

  hint(text: string): void {
    this.note(`hint: ${text}`);
  }

  /** Text that must be seen as it is, such as a secret that could not be saved. */
  loud(text: string): void {
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  /** The text is only made when it is shown. */
  progress(text: () => string): void {
    if (this.#err.isTTY !== true) return;
    const now = Date.now();
    if (now - this.#shownAtMs < redrawEveryMs) return;
    this.#shownAtMs = now;
    this.#shown = true;
    this.#err.write(`\r\x1b[K${text().slice(0, (this.#err.columns ?? 80) - 1)}`);
  }

  progressEnds(): void {
    this.#clear();
  }

  /** Bytes of content, for `-o -`. Resolves when there is room for more. */
  async bytes(part: Uint8Array): Promise<void> {
    this.#clear();
    if (!this.#out.write(part)) await new Promise((resolve) => this.#out.once('drain', resolve));
  }

  #clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#err.write('\r\x1b[K');
  }
}

/**
 * A name for people: what could move the cursor, hide or reorder text is escaped. Machines read --json, which is exact.
 */
export function visible(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const units: readonly string[] = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return unit === 'B' ? `${bytes} B` : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

/** `2026-11-20 10:00:00`, in the zone of the machine. */
export function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  if (Number.isNaN(time.getTime())) return 'unknown time';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

export function count(number: number, thing: string, things: string = `${thing}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? thing : things}`;
}
