import { toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Disk } from '#store/disk.ts';
import type { StaleLease } from '#store/journal/erasing-journal.ts';
import type { VaultScan } from './reaper-scan.ts';
import { type OpenPlan, planPath, type ReaperState } from './reaper-state.ts';

/** docs/format.md §14: what is going to be erased, written before anything is. */
export interface PlanFile {
  readonly version: 1;
  readonly plan: number;
  readonly vault: VaultId;
  readonly sign: string;
  readonly ranMs: number;
  readonly drops: readonly {
    readonly fork: number;
    readonly sequence: number;
    readonly hash: string;
    readonly seenRanMs: number;
    readonly chunks: readonly { readonly id: ChunkId; readonly size: number }[];
  }[];
  readonly leases: readonly StaleLease[];
}

export interface Due {
  readonly file: Omit<PlanFile, 'plan'>;
  readonly count: number;
  readonly bytes: number;
  /** Dropped as well, and their window has not passed. */
  readonly waiting: number;
  /** Would be due, if the folder had a format that lets them go. */
  readonly kept: number;
}

/** What of a vault may go now: chunks whose last drop was first seen long enough ago, and leases that ran out. */
export function dueOf(scan: VaultScan, state: ReaperState, ranMs: number, windowMs: number, erasesData: boolean): Due {
  const seen = state.vaults[scan.vault]?.drops ?? {};
  const isPast = (sinceMs: number | undefined): boolean => sinceMs !== undefined && ranMs - sinceMs >= windowMs;
  const past = scan.chunks.filter((chunk) => isPast(seen[chunk.drop.hash]));
  const chunks = past.filter((chunk) => erasesData || chunk.place === 'file');
  const dueRun = Math.max(0, ...state.runs.filter((each) => isPast(each.ranMs)).map((each) => each.run));
  const leases = scan.leases.filter((lease) => lease.run < dueRun);
  const drops = scan.drops.flatMap(({ hash, fork, sequence }) => {
    const own = chunks.filter((chunk) => chunk.drop.hash === hash);
    const listed = own.map(({ id, sizeBytes }) => ({ id, size: sizeBytes }));
    return own.length === 0 ? [] : [{ fork, sequence, hash, seenRanMs: seen[hash] ?? ranMs, chunks: listed }];
  });
  return {
    file: { version: 1, vault: scan.vault, sign: scan.sign, ranMs, drops, leases },
    count: chunks.length,
    bytes: chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    waiting: scan.chunks.length - past.length,
    kept: past.length - chunks.length,
  };
}

/** @throws Fault `damaged` when the file is not the one that was planned, and perhaps confirmed. */
export async function readPlan(disk: Pick<Disk, 'read'>, plan: OpenPlan): Promise<PlanFile> {
  const bytes = await disk.read(planPath(plan.vault, plan.number));
  if (bytes === null || toHex(sha256(bytes)) !== plan.sha256) {
    throw new Fault(
      'damaged',
      `Plan ${plan.number} of the reaper is not as it was written. Nothing of it was erased; take it out of reaper/state.json to plan anew.`,
    );
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as PlanFile;
}
