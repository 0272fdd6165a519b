import { z } from 'zod';
import type { VaultId } from '../base/ids.ts';
import type { Journal } from '../store/journal/journal.ts';

/** What became of the last sweep of a vault, or why one waits (docs/format.md §9, `meta`). */
export type SweepOutcome =
  | { readonly kind: 'swept'; readonly chunks: number; readonly storedBytes: number }
  | { readonly kind: 'refused'; readonly why: string }
  /** What it would let go of is a large part of the vault: its owner looks first. */
  | { readonly kind: 'more-than-usual'; readonly chunks: number; readonly storedBytes: number }
  | { readonly kind: 'copies-behind' };

export interface SweepNote {
  /** False when the owner has said that nothing is swept without being asked for. */
  readonly automatic: boolean;
  /** When the last sweep ended, or since when there is something to sweep; null before the first session. */
  readonly lastMs: number | null;
  readonly triedMs: number | null;
  readonly outcome: SweepOutcome | null;
}

const amounts = { chunks: z.number().int().min(0), storedBytes: z.number().min(0) };
export const sweepNoteSchema: z.ZodType<SweepNote> = z.object({
  automatic: z.boolean(),
  lastMs: z.number().nullable(),
  triedMs: z.number().nullable(),
  outcome: z
    .union([
      z.object({ kind: z.literal('swept'), ...amounts }),
      z.object({ kind: z.literal('refused'), why: z.string() }),
      z.object({ kind: z.literal('more-than-usual'), ...amounts }),
      z.object({ kind: z.literal('copies-behind') }),
    ])
    .nullable(),
});

const none: SweepNote = { automatic: true, lastMs: null, triedMs: null, outcome: null };

export async function readSweepNote(journal: Pick<Journal, 'meta'>, vault: VaultId): Promise<SweepNote> {
  const text = await journal.meta(keyOf(vault));
  if (text === null) return none;
  try {
    const parsed = sweepNoteSchema.safeParse(JSON.parse(text));
    // What cannot be read may have said no.
    return parsed.success ? parsed.data : { ...none, automatic: false };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...none, automatic: false };
  }
}

export async function changeSweepNote(
  journal: Pick<Journal, 'meta' | 'setMeta'>,
  vault: VaultId,
  change: Partial<SweepNote>,
): Promise<SweepNote> {
  const note = { ...(await readSweepNote(journal, vault)), ...change };
  await journal.setMeta(keyOf(vault), JSON.stringify(note));
  return note;
}

function keyOf(vault: VaultId): string {
  return `sweep:${vault}`;
}
