import { z } from 'zod';
import { type CopyId, parseCopyId } from '#base/ids.ts';
import type { KeptLines } from './kept-lines.ts';

const copyId: z.ZodType<CopyId> = z.string().transform((text, context) => {
  const id = parseCopyId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'not an id' });
  return z.NEVER;
});
const count = z.number().int().min(0);
const common = {
  /** `primary`, or the title of a copy. */
  where: z.string(),
  /** Absent for the primary, and for a place that is no copy of this instance's list. */
  copy: copyId.optional(),
  fromMs: z.number(),
  toMs: z.number(),
  sizeBytes: count,
};

/** Stored bytes were read back and compared with their names. */
export interface VerifyResult {
  readonly kind: 'verify';
  readonly where: string;
  readonly copy?: CopyId | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly sizeBytes: number;
  /** Of the primary. */
  readonly chunks?: number | undefined;
  /** Of a copy: segments, chunks and public headers. */
  readonly objects?: number | undefined;
  /** `new`: only what had arrived since the result before; otherwise everything. */
  readonly part?: 'new' | undefined;
  /** Damaged or missing. */
  readonly found: number;
  readonly repaired: number;
}

/** A full restore to nowhere. */
export interface DrillResult {
  readonly kind: 'drill';
  readonly where: string;
  readonly copy?: CopyId | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly sizeBytes: number;
  /** Reading and hashing everything, without the pauses that were made for others. */
  readonly restoreMs: number;
  readonly vaults: number;
  readonly entries: number;
  readonly chunks: number;
  readonly missingEntries: number;
  readonly missingChunks: number;
}

export type Result = VerifyResult | DrillResult;

export const resultLine: z.ZodType<Result> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('verify'),
    ...common,
    chunks: count.optional(),
    objects: count.optional(),
    part: z.literal('new').optional(),
    found: count,
    repaired: count,
  }),
  z.object({
    kind: z.literal('drill'),
    ...common,
    restoreMs: z.number().min(0),
    vaults: count,
    entries: count,
    chunks: count,
    missingEntries: count,
    missingChunks: count,
  }),
]);

/** What was verified and drilled (docs/format.md §9). */
export class Results {
  readonly #lines: Pick<KeptLines, 'append' | 'read'>;

  constructor(lines: Pick<KeptLines, 'append' | 'read'>) {
    this.#lines = lines;
  }

  async note(result: Result): Promise<void> {
    await this.#lines.append('results', result.toMs, [result]);
  }

  /** Oldest first. */
  read(): AsyncIterable<Result> {
    return this.#lines.read('results', resultLine);
  }
}
