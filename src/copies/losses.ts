import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import { type ChunkId, parseChunkId, parseVaultId, type VaultId } from '#base/ids.ts';
import type { KeptLines } from './kept-lines.ts';

/** What became of a chunk at one place; the last line of a chunk and place counts. */
export interface Loss {
  readonly timeMs: number;
  /** Absent for another object of a copy: a segment or a public header. */
  readonly chunk?: ChunkId | undefined;
  /** Of a copy: its name there. */
  readonly object?: string | undefined;
  readonly vault: VaultId;
  readonly sizeBytes: number;
  /** `primary`, or the title of a copy. */
  readonly where: string;
  /** `damaged` and `missing`: found so. `repaired`: put back. `gone`: no place that answered had it. */
  readonly what: 'damaged' | 'missing' | 'repaired' | 'gone';
  /** Of a repair: what had it. */
  readonly from?: string | undefined;
}

export const primary = 'primary';

const lossLine: z.ZodType<Loss> = z.object({
  timeMs: z.number().int().min(0),
  chunk: z
    .string()
    .transform((text, context) => parseChunkId(text) ?? fail(context))
    .optional(),
  object: z.string().optional(),
  vault: z.string().transform((text, context) => parseVaultId(text) ?? fail(context)),
  sizeBytes: z.number().int().min(0),
  where: z.string(),
  what: z.enum(['damaged', 'missing', 'repaired', 'gone']),
  from: z.string().optional(),
});

function fail(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'not an id' });
  return z.NEVER;
}

/** What was lost and found again, chunk by chunk. Ids and sizes, no names. */
export class Losses {
  readonly #lines: KeptLines;
  readonly #clock: Clock;

  constructor(lines: KeptLines, clock: Clock) {
    this.#lines = lines;
    this.#clock = clock;
  }

  async note(...losses: readonly Omit<Loss, 'timeMs'>[]): Promise<void> {
    const timeMs = this.#clock.nowMs();
    await this.#lines.append(
      'losses',
      timeMs,
      losses.map((each) => ({ timeMs, ...each })),
    );
  }

  /** What each chunk's story at each place is by now: when it was first found so, and how it stands. */
  async stories(): Promise<readonly LossStory[]> {
    const stories = new Map<string, LossStory>();
    for await (const loss of this.#lines.read('losses', lossLine)) {
      const key = `${loss.object ?? loss.chunk} ${loss.where}`;
      const earlier = stories.get(key);
      // Damaged again after a repair is a new story.
      const isNew = earlier === undefined || earlier.last.what === 'repaired';
      stories.set(key, { sinceMs: isNew ? loss.timeMs : earlier.sinceMs, last: loss });
    }
    return [...stories.values()];
  }
}

export interface LossStory {
  readonly sinceMs: number;
  readonly last: Loss;
}
