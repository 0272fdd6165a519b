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

export interface IncidentRow {
  readonly kind: string;
  readonly account: string | null;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
}
export const incidentRows: z.ZodType<readonly IncidentRow[]> = z.array(
  z.object({
    kind: z.string(),
    account: z.string().nullable(),
    firstMs: z.number(),
    lastMs: z.number(),
    times: z.number(),
  }),
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

export interface BehindAnswer {
  readonly why: string | null;
}
export const behindAnswer: z.ZodType<BehindAnswer> = z.object({ why: z.string().nullable() });

export interface HorizonAnswer {
  readonly days: number;
}
export const horizonAnswer: z.ZodType<HorizonAnswer> = z.object({ days: z.number() });
export interface DeletionRow {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: string | null;
  readonly credential: string | null;
  readonly files: number;
  readonly overwritten: number;
  readonly sizeBytes: number;
  readonly filesBefore: number;
  readonly mostIn: readonly string[];
  readonly isAccepted: boolean;
}
export const deletionRows: z.ZodType<readonly DeletionRow[]> = z.array(
  z.object({
    id: z.number(),
    fromMs: z.number(),
    toMs: z.number(),
    by: z.string().nullable(),
    credential: z.string().nullable(),
    files: z.number(),
    overwritten: z.number(),
    sizeBytes: z.number(),
    filesBefore: z.number(),
    mostIn: z.array(z.string()),
    isAccepted: z.boolean(),
  }),
);

export const undoneAnswer: z.ZodType<{ readonly files: number; readonly back: number }> = z.object({
  files: z.number(),
  back: z.number(),
});
export const acceptedAnswer: z.ZodType<{ readonly files: number }> = z.object({ files: z.number() });

export interface LostRow {
  readonly node: string;
  readonly path: readonly string[];
  readonly kind: string;
  readonly sizeBytes: number;
  readonly how: string;
  readonly did: {
    readonly sequence: number;
    readonly timeMs: number;
    readonly by: string | null;
    readonly credential: string | null;
  } | null;
}
const lostRow: z.ZodType<LostRow> = z.object({
  node: z.string(),
  path: z.array(z.string()),
  kind: z.string(),
  sizeBytes: z.number(),
  how: z.string(),
  did: z
    .object({
      sequence: z.number(),
      timeMs: z.number(),
      by: z.string().nullable(),
      credential: z.string().nullable(),
    })
    .nullable(),
});

export interface LostAnswer {
  readonly count: number;
  readonly files: readonly LostRow[];
}
export const lostAnswer: z.ZodType<LostAnswer> = z.object({ count: z.number(), files: z.array(lostRow) });
export const broughtAnswer: z.ZodType<LostAnswer & { readonly back: number }> = z.object({
  back: z.number(),
  count: z.number(),
  files: z.array(lostRow),
});

interface LossCount {
  readonly chunks: number;
  readonly sizeBytes: number;
}
const lossCount: z.ZodType<LossCount> = z.object({ chunks: z.number(), sizeBytes: z.number() });

export interface VaultLossRow {
  readonly vault: string;
  readonly account: string | null;
  readonly kind: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly repaired: LossCount;
  readonly gone: LossCount;
  readonly open: LossCount;
}
export const vaultLossRows: z.ZodType<readonly VaultLossRow[]> = z.array(
  z.object({
    vault: z.string(),
    account: z.string().nullable(),
    kind: z.string(),
    firstMs: z.number(),
    lastMs: z.number(),
    repaired: lossCount,
    gone: lossCount,
    open: lossCount,
  }),
);

export interface DamagedFileRow {
  readonly node: string;
  readonly path: readonly string[];
  readonly kind: string;
  readonly sizeBytes: number;
  readonly as: string;
  readonly sinceMs: number;
  readonly fate: string;
  readonly from: readonly string[];
}
export interface DamagedFilesAnswer {
  readonly count: number;
  readonly files: readonly DamagedFileRow[];
}
export const damagedFilesAnswer: z.ZodType<DamagedFilesAnswer> = z.object({
  count: z.number(),
  files: z.array(
    z.object({
      node: z.string(),
      path: z.array(z.string()),
      kind: z.string(),
      sizeBytes: z.number(),
      as: z.string(),
      sinceMs: z.number(),
      fate: z.string(),
      from: z.array(z.string()),
    }),
  ),
});

export interface ConfirmedAnswer {
  readonly confirmed: readonly string[];
}
export const confirmedAnswer: z.ZodType<ConfirmedAnswer> = z.object({ confirmed: z.array(z.string()) });
