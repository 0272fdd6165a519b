import { z } from 'zod';

// What control commands about copies answer: what comes over a socket is checked, and --json shows exactly this.

export interface CopyRow {
  readonly copy: string;
  readonly kind: string;
  readonly place: string;
  readonly label: string;
  readonly country: string | null;
  readonly paused: boolean;
}
const row = {
  copy: z.string(),
  kind: z.string(),
  place: z.string(),
  label: z.string(),
  country: z.string().nullable(),
  paused: z.boolean(),
};
export const copyRow: z.ZodType<CopyRow> = z.object(row);
export const copyRows: z.ZodType<readonly CopyRow[]> = z.array(copyRow);

export interface AddedCopy extends CopyRow {
  readonly joined: 'made' | 'taken-up';
  readonly sharesFateWithData: boolean;
}
export const addedCopy: z.ZodType<AddedCopy> = z.object({
  ...row,
  joined: z.enum(['made', 'taken-up']),
  sharesFateWithData: z.boolean(),
});

export interface CopyProgressRow {
  readonly copy: string;
  readonly state: string;
  readonly failing?: { readonly message: string } | undefined;
  readonly held: readonly unknown[];
  readonly sentBytes: number;
  readonly lostChunks: number;
}
export const copyProgress: z.ZodType<readonly CopyProgressRow[]> = z.array(
  z.object({
    copy: z.string(),
    state: z.string(),
    failing: z.object({ message: z.string() }).optional(),
    held: z.array(z.unknown()),
    sentBytes: z.number(),
    lostChunks: z.number(),
  }),
);

interface Point {
  readonly fork: number;
  readonly sequence: number;
}
const point: z.ZodType<Point> = z.object({ fork: z.number(), sequence: z.number() });

interface VerifyResultRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sizeBytes: number;
  readonly found: number;
  readonly repaired: number;
}
const verifyResultRow: z.ZodType<VerifyResultRow> = z.looseObject({
  fromMs: z.number(),
  toMs: z.number(),
  sizeBytes: z.number(),
  found: z.number(),
  repaired: z.number(),
});

interface DrillResultRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly restoreMs: number;
  readonly sizeBytes: number;
  readonly missingEntries: number;
  readonly missingChunks: number;
}
const drillResultRow: z.ZodType<DrillResultRow> = z.looseObject({
  fromMs: z.number(),
  toMs: z.number(),
  restoreMs: z.number(),
  sizeBytes: z.number(),
  missingEntries: z.number(),
  missingChunks: z.number(),
});

/** When it was proven, how far the next proof is, what is wrong. */
export interface ProofRow {
  readonly provenMs: number | null;
  readonly verified: VerifyResultRow | null;
  readonly round: {
    readonly fromMs: number;
    readonly done: number;
    readonly sizeBytes: number;
    readonly found: number;
    readonly repaired: number;
  } | null;
  readonly drilled: DrillResultRow | null;
  readonly damaged: number;
  readonly overdue: readonly ('verify' | 'drill')[];
}
const proofRow: z.ZodType<ProofRow> = z.object({
  provenMs: z.number().nullable(),
  verified: verifyResultRow.nullable(),
  round: z
    .object({
      fromMs: z.number(),
      done: z.number(),
      sizeBytes: z.number(),
      found: z.number(),
      repaired: z.number(),
    })
    .nullable(),
  drilled: drillResultRow.nullable(),
  damaged: z.number(),
  overdue: z.array(z.enum(['verify', 'drill'])),
});

export interface CopyStatusRow {
  readonly copy: string;
  readonly label: string;
  readonly place: string;
  readonly country: string | null;
  readonly state: string;
  readonly problem: string | null;
  readonly lastWholeMs: number | null;
  readonly freeBytes: number | null;
  readonly fate: string | null;
  readonly lagEntries: number;
  readonly lagBytes: number;
  readonly lagIsExact: boolean;
  readonly lostChunks: number;
  readonly vaults: readonly {
    readonly vault: string;
    readonly ours: Point;
    readonly theirs: Point | null;
    readonly held: string | null;
  }[];
  readonly proof: ProofRow;
}
const copyStatusRow: z.ZodType<CopyStatusRow> = z.object({
  copy: z.string(),
  label: z.string(),
  place: z.string(),
  country: z.string().nullable(),
  state: z.string(),
  problem: z.string().nullable(),
  lastWholeMs: z.number().nullable(),
  freeBytes: z.number().nullable(),
  fate: z.string().nullable(),
  lagEntries: z.number(),
  lagBytes: z.number(),
  lagIsExact: z.boolean(),
  lostChunks: z.number(),
  vaults: z.array(z.object({ vault: z.string(), ours: point, theirs: point.nullable(), held: z.string().nullable() })),
  proof: proofRow,
});

export interface CopiesStatus {
  readonly copies: readonly CopyStatusRow[];
  /** How many count, and how many lie where the data lies. */
  readonly counting: number;
  readonly withTheData: number;
  /** Of the data folder. */
  readonly primary: ProofRow;
  readonly drilling: { readonly copy: string; readonly sinceMs: number; readonly sizeBytes: number } | null;
}
export const copiesStatus: z.ZodType<CopiesStatus> = z.object({
  copies: z.array(copyStatusRow),
  counting: z.number(),
  withTheData: z.number(),
  primary: proofRow,
  drilling: z.object({ copy: z.string(), sinceMs: z.number(), sizeBytes: z.number() }).nullable(),
});
