import { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import type { Disk } from '#store/disk.ts';

/** A small file of JSON in `copies` that says how far something has come. It decides nothing: without it one begins anew. */
export class KeptState<State> {
  readonly #disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>;
  readonly #path: string;
  readonly #schema: z.ZodType<State>;

  constructor(disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>, name: string, schema: z.ZodType<State>) {
    this.#disk = disk;
    this.#path = `copies/${name}.json`;
    this.#schema = schema;
  }

  /** Undefined when there is none, or none that can be read. */
  async read(): Promise<State | undefined> {
    const bytes = await this.#disk.read(this.#path);
    if (bytes === null) return undefined;
    try {
      return this.#schema.parse(JSON.parse(fromUtf8(bytes)));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }

  async write(state: State): Promise<void> {
    await this.#disk.makeFolder('copies');
    await this.#disk.replace(this.#path, utf8(`${JSON.stringify(state)}\n`));
  }
}

/** One reading of everything, spread over a period. */
export interface RoundTime {
  readonly startedMs: number;
  /** Of everything when it began; what came since is read as well. */
  readonly totalBytes: number;
  readonly sizeBytes: number;
}

/** However far behind: so much at one step at most, so that who waits for an answer does not notice. */
const maxStepBytes: number = 64 * 1024 * 1024;

/** How much is to be read now, and whether the round is to be brought to its end. */
export function dueOf(
  round: RoundTime,
  nowMs: number,
  periodMs: number,
): { readonly bytes: number; readonly toTheEnd: boolean } {
  const passedMs = Math.max(0, nowMs - round.startedMs);
  const dueBytes = Math.min(1, passedMs / periodMs) * round.totalBytes - round.sizeBytes;
  return { bytes: Math.min(dueBytes, maxStepBytes), toTheEnd: passedMs >= periodMs && dueBytes <= maxStepBytes };
}
