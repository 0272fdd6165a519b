import { z } from 'zod';
import { fromUtf8, toHex, utf8 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault } from '#base/fault.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Disk } from '#store/disk.ts';

export interface LineHead {
  readonly n: number;
  readonly at: string;
}

/** docs/home-format.md: what each line of a log begins with. */
const head: z.ZodType<LineHead & { readonly before: string }> = z.object({
  version: z.literal(1),
  n: z.number().int().min(1),
  before: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
});

const firstBefore = '0'.repeat(64);
const maxLineBytes: number = 1024 * 1024;

type LogDisk = Pick<Disk, 'read' | 'append'>;

/**
 * Lines of JSON that are only appended to. Each names the hash of the line before, so that a line that was changed or
 * taken out is noticed. Read anew each time: another process may have appended.
 */
export class ChainedLog<Entry extends object> {
  readonly #disk: LogDisk;
  readonly #path: string;
  readonly #schema: z.ZodType<Entry>;
  readonly #clock: Clock;

  constructor(disk: LogDisk, path: string, schema: z.ZodType<Entry>, clock: Clock) {
    this.#disk = disk;
    this.#path = path;
    this.#schema = schema;
    this.#clock = clock;
  }

  /** @throws Fault `damaged` when a line was changed, taken out or cannot be read. */
  async read(): Promise<readonly (Entry & LineHead)[]> {
    return (await this.#all()).lines;
  }

  /** Durable when this resolves. The caller holds the lock of the folder. @throws Fault. */
  async append(entry: Entry): Promise<Entry & LineHead> {
    const { lines, last, isTorn } = await this.#all();
    const line = { version: 1, n: lines.length + 1, before: last, at: this.#now(), ...this.#schema.parse(entry) };
    const text = JSON.stringify(line);
    if (text.length > maxLineBytes) throw new Fault('io', 'A line of a log would be too long. Nothing was written.');
    await this.#disk.append(this.#path, utf8(`${isTorn ? '\n' : ''}${text}\n`));
    return line;
  }

  #now(): string {
    return new Date(this.#clock.nowMs()).toISOString();
  }

  async #all(): Promise<{ lines: readonly (Entry & LineHead)[]; last: string; isTorn: boolean }> {
    const text = fromUtf8OrDamaged((await this.#disk.read(this.#path)) ?? new Uint8Array(0), this.#path);
    const lines: (Entry & LineHead)[] = [];
    let last = firstBefore;
    let torn = false;
    for (const raw of text.split('\n')) {
      if (raw === '') continue;
      const value = parsed(raw);
      // A power cut in the middle of an append leaves a part of a line, which nobody was told of; the next append
      // begins a new line. It names the line before the torn one, or the chain is broken for good.
      if (value === undefined) {
        if (torn) throw this.#damaged(lines.length + 1);
        torn = true;
        continue;
      }
      const { n, before, at } = head.safeParse(value).data ?? {};
      const entry = this.#schema.safeParse(value);
      if (n !== lines.length + 1 || before !== last || at === undefined || !entry.success)
        throw this.#damaged(lines.length + 1);
      lines.push({ n, at, ...entry.data });
      last = toHex(sha256(utf8(raw)));
      torn = false;
    }
    return { lines, last, isTorn: text !== '' && !text.endsWith('\n') };
  }

  #damaged(n: number): Fault {
    return new Fault(
      'damaged',
      `Line ${n} of ${this.#path} was changed, taken out or cannot be read. Nothing is sent while that is so. ` +
        'Keep the file, and move it away to begin a new one: all consents are then closed.',
    );
  }
}

function fromUtf8OrDamaged(bytes: Uint8Array, path: string): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new Fault('damaged', `${path} is not text any more. Keep it, and move it away to begin a new one.`, {
      cause,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
