import { z } from 'zod';

// What the control commands about copies answer.

interface ReadOnlyVault {
  readonly vault: string;
  readonly why: string;
}

export interface GateStatusAnswer {
  readonly everything?: string | undefined;
  readonly maintenance?: MaintenanceAnswer | undefined;
  readonly vaults: readonly ReadOnlyVault[];
}
/** null when there is none. */
export interface MaintenanceAnswer {
  readonly message: string;
  readonly sinceMs: number;
}
const maintenance: z.ZodType<MaintenanceAnswer> = z.object({ message: z.string(), sinceMs: z.number() });
export const maintenanceAnswer: z.ZodType<{ readonly maintenance: MaintenanceAnswer | null }> = z.object({
  maintenance: maintenance.nullable(),
});

export const gateStatus: z.ZodType<GateStatusAnswer> = z.object({
  everything: z.string().optional(),
  maintenance: maintenance.optional(),
  vaults: z.array(z.object({ vault: z.string(), why: z.string() })),
});

export interface PulledVaults {
  readonly pulled: readonly {
    readonly vault: string;
    readonly from: number;
    readonly to: number;
    readonly end: number;
    readonly entries: number;
    readonly chunks: number;
    readonly missing: readonly string[];
  }[];
  readonly forked: readonly string[];
  readonly readOnly: { readonly vaults: readonly ReadOnlyVault[] };
}
export const pulledVaults: z.ZodType<PulledVaults> = z.object({
  pulled: z.array(
    z.object({
      vault: z.string(),
      from: z.number(),
      to: z.number(),
      end: z.number(),
      entries: z.number(),
      chunks: z.number(),
      missing: z.array(z.string()),
    }),
  ),
  forked: z.array(z.string()),
  readOnly: z.object({ vaults: z.array(z.object({ vault: z.string(), why: z.string() })) }),
});

export interface ForkedVaults {
  readonly forked: readonly {
    readonly vault: string;
    readonly fork: number;
    readonly sequence: number;
    readonly left: number;
  }[];
  /** Only the copy knows them. */
  readonly unknown: readonly string[];
}
export const forkedVaults: z.ZodType<ForkedVaults> = z.object({
  forked: z.array(z.object({ vault: z.string(), fork: z.number(), sequence: z.number(), left: z.number() })),
  unknown: z.array(z.string()),
});

export interface RecoveredBranches {
  readonly branches: number;
  readonly recovered: readonly { readonly path: readonly string[]; readonly as: readonly string[] }[];
  readonly lost: readonly { readonly path: readonly string[]; readonly why: string }[];
  readonly unread: number;
}
export const recoveredBranches: z.ZodType<RecoveredBranches> = z.object({
  branches: z.number(),
  recovered: z.array(z.object({ path: z.array(z.string()), as: z.array(z.string()) })),
  lost: z.array(z.object({ path: z.array(z.string()), why: z.string() })),
  unread: z.number(),
});
