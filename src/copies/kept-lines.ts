import type { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import type { Disk } from '#store/disk.ts';

/** Kinds of lines that are kept, and for how many months. */
const kinds = { losses: 120, results: 24 } as const;

export type KeptKind = keyof typeof kinds;

const folder = 'copies';
const namePattern = /^(losses|results)-(\d{4})-(\d{2})\.jsonl$/;
/** Some 200,000 lines; what is beyond in one month is not kept, and whoever wrote it is told. */
const maxFileBytes: number = 64 * 1024 * 1024;

/**
 * What was found, repaired and proven, as lines of JSON in a file for each month (docs/format.md §9). Only appended to; a file
 * goes when it is too old.
 */
export class KeptLines {
  readonly #disk: Pick<Disk, 'append' | 'read' | 'size' | 'list' | 'makeFolder' | 'remove'>;
  #isMade = false;

  constructor(disk: Pick<Disk, 'append' | 'read' | 'size' | 'list' | 'makeFolder' | 'remove'>) {
    this.#disk = disk;
  }

  /** False when the file of this month is full. @throws Fault. */
  async append(kind: KeptKind, nowMs: number, lines: readonly object[]): Promise<boolean> {
    if (lines.length === 0) return true;
    if (!this.#isMade) await this.#disk.makeFolder(folder);
    this.#isMade = true;
    const path = `${folder}/${kind}-${monthOf(nowMs)}.jsonl`;
    if (((await this.#disk.size(path)) ?? 0) >= maxFileBytes) return false;
    // A line break in front too: what a power cut left of the line before does not swallow this one.
    await this.#disk.append(path, utf8(lines.map((line) => `\n${JSON.stringify(line)}\n`).join('')));
    return true;
  }

  /** Oldest first. What does not parse, such as a torn line, is left out. */
  async *read<Line>(kind: KeptKind, schema: z.ZodType<Line>): AsyncGenerator<Line> {
    for (const name of await this.#disk.list(folder)) {
      if (namePattern.exec(name)?.[1] !== kind) continue;
      const bytes = await this.#disk.read(`${folder}/${name}`);
      for (const text of linesOf(bytes ?? new Uint8Array(0))) {
        const parsed = schema.safeParse(parseJson(text));
        if (parsed.success) yield parsed.data;
      }
    }
  }

  async dropOld(nowMs: number): Promise<void> {
    for (const name of await this.#disk.list(folder)) {
      const [, kind, year, month] = namePattern.exec(name) ?? [];
      if (kind === undefined) continue;
      const keepMonths = kinds[kind as KeptKind];
      const now = new Date(nowMs);
      const age = (now.getUTCFullYear() - Number(year)) * 12 + now.getUTCMonth() + 1 - Number(month);
      if (age > keepMonths) await this.#disk.remove(`${folder}/${name}`);
    }
  }
}

function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

function* linesOf(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    at = end < 0 ? bytes.length : end + 1;
    if (line.length === 0) continue;
    const text = textOf(line);
    if (text !== undefined) yield text;
  }
}

function textOf(line: Uint8Array): string | undefined {
  try {
    return fromUtf8(line);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
