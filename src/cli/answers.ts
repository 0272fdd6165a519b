import { z } from 'zod';

// What control commands answer: what comes over a socket is checked, and --json shows exactly this.

export const nothing: z.ZodType<object> = z.object({});

export interface TicketAnswer {
  readonly ticket: string;
}
export const ticketAnswer: z.ZodType<TicketAnswer> = z.object({ ticket: z.string() });

export interface KitFacts {
  readonly identity: string;
  readonly recipient: string;
  readonly words: readonly string[];
}
const kitFacts: z.ZodType<KitFacts> = z.object({
  identity: z.string(),
  recipient: z.string(),
  words: z.array(z.string()),
});

export interface NewAccount {
  readonly name: string;
  readonly tag: string;
  readonly kit: KitFacts;
}
export const newAccount: z.ZodType<NewAccount> = z.object({ name: z.string(), tag: z.string(), kit: kitFacts });

export interface AccountRow {
  readonly name: string;
  readonly createdMs: number;
  readonly quotaBytes: number | null;
}
export const accountRows: z.ZodType<readonly AccountRow[]> = z.array(
  z.object({ name: z.string(), createdMs: z.number(), quotaBytes: z.number().nullable() }),
);

export interface NewAppPassword {
  readonly credential: string;
  readonly appPassword: string;
}
export const newAppPassword: z.ZodType<NewAppPassword> = z.object({ credential: z.string(), appPassword: z.string() });

export interface AppPasswordRow {
  readonly credential: string;
  readonly label: string;
  readonly createdMs: number;
  readonly lastUse: { readonly timeMs: number; readonly address: string } | null;
  readonly isActive: boolean;
  readonly vaults: readonly string[];
}
export const appPasswordRows: z.ZodType<readonly AppPasswordRow[]> = z.array(
  z.object({
    credential: z.string(),
    label: z.string(),
    createdMs: z.number(),
    lastUse: z.object({ timeMs: z.number(), address: z.string() }).nullable(),
    isActive: z.boolean(),
    vaults: z.array(z.string()),
  }),
);

export interface RevokedAppPassword {
  readonly credential: string;
  readonly label: string;
}
export const revokedAppPassword: z.ZodType<RevokedAppPassword> = z.object({
  credential: z.string(),
  label: z.string(),
});

export interface NewOperatorKit {
  readonly kit: KitFacts;
}
export const newOperatorKit: z.ZodType<NewOperatorKit> = z.object({ kit: kitFacts });

export interface OperatorKitStatus {
  readonly proven: boolean;
}
export const operatorKitStatus: z.ZodType<OperatorKitStatus> = z.object({ proven: z.boolean() });

export interface NodeAnswer {
  readonly id: string;
  readonly isFolder: boolean;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly version: string | null;
}
export const nodeAnswer: z.ZodType<NodeAnswer> = z.object({
  id: z.string(),
  isFolder: z.boolean(),
  name: z.string(),
  sizeBytes: z.number(),
  mtimeMs: z.number(),
  version: z.string().nullable(),
});
export const nodeAnswers: z.ZodType<readonly NodeAnswer[]> = z.array(nodeAnswer);

export interface PastAnswer {
  readonly name: string;
  readonly isFolder: boolean;
  readonly version: string | null;
}
export const pastAnswers: z.ZodType<readonly PastAnswer[]> = z.array(
  z.object({ name: z.string(), isFolder: z.boolean(), version: z.string().nullable() }),
);

export interface Written {
  readonly created: boolean;
  readonly node: NodeAnswer;
}
export const written: z.ZodType<Written> = z.object({ created: z.boolean(), node: nodeAnswer });

export interface FileFacts {
  readonly name: string;
  readonly mtimeMs: number;
  readonly sha256: string;
}
export const fileFacts: z.ZodType<FileFacts> = z.object({
  name: z.string(),
  mtimeMs: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export interface ActivityRow {
  readonly sequence: number;
  readonly timeMs: number;
  /** Label or kind of the credential; null when the program itself wrote. */
  readonly by: string | null;
  readonly changes: readonly { readonly what: string; readonly path?: readonly string[] | undefined }[];
  readonly more: number;
}
export const activityRows: z.ZodType<readonly ActivityRow[]> = z.array(
  z.object({
    sequence: z.number(),
    timeMs: z.number(),
    by: z.string().nullable(),
    changes: z.array(z.object({ what: z.string(), path: z.array(z.string()).optional() })),
    more: z.number(),
  }),
);

export interface TraceRow {
  readonly timeMs: number;
  readonly by: string | null;
  readonly action: string;
  readonly path: string;
  readonly outcome: string;
  readonly address: string;
}
export const traceRows: z.ZodType<readonly TraceRow[]> = z.array(
  z.object({
    timeMs: z.number(),
    by: z.string().nullable(),
    action: z.string(),
    path: z.string(),
    outcome: z.string(),
    address: z.string(),
  }),
);

export interface VersionRow {
  readonly version: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly timeMs: number;
  readonly sha256: string;
  readonly isCurrent: boolean;
  readonly isGone: boolean;
}
export const versionRows: z.ZodType<readonly VersionRow[]> = z.array(
  z.object({
    version: z.string(),
    sizeBytes: z.number(),
    mtimeMs: z.number(),
    timeMs: z.number(),
    sha256: z.string(),
    isCurrent: z.boolean(),
    isGone: z.boolean(),
  }),
);

export interface TrashRow {
  readonly id: string;
  readonly isFolder: boolean;
  readonly name: string;
  readonly from?: readonly string[] | undefined;
  readonly sizeBytes: number;
  readonly sequence: number;
}
export const trashRows: z.ZodType<readonly TrashRow[]> = z.array(
  z.object({
    id: z.string(),
    isFolder: z.boolean(),
    name: z.string(),
    from: z.array(z.string()).optional(),
    sizeBytes: z.number(),
    sequence: z.number(),
  }),
);

export interface SweepAnswer {
  readonly chunks: number;
  readonly storedBytes: number;
  readonly horizonDays: number;
  readonly entries: number;
}
export const sweepAnswer: z.ZodType<SweepAnswer> = z.object({
  chunks: z.number(),
  storedBytes: z.number(),
  horizonDays: z.number(),
  entries: z.number(),
});

export interface HorizonAnswer {
  readonly days: number;
}
export const horizonAnswer: z.ZodType<HorizonAnswer> = z.object({ days: z.number() });
