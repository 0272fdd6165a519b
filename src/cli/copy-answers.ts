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
});

export interface CopiesStatus {
  readonly copies: readonly CopyStatusRow[];
  /** How many count, and how many lie where the data lies. */
  readonly counting: number;
  readonly withTheData: number;
}
export const copiesStatus: z.ZodType<CopiesStatus> = z.object({
  copies: z.array(copyStatusRow),
  counting: z.number(),
  withTheData: z.number(),
});
