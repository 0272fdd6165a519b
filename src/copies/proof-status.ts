import type { CopyId } from '#base/ids.ts';
import type { Disk } from '#store/disk.ts';
import { copyProofState } from './copy-proof.ts';
import type { DrillSchedule } from './drill-schedule.ts';
import type { RoundTime } from './kept-state.ts';
import { type Losses, primary } from './losses.ts';
import type { DrillResult, Results, VerifyResult } from './results.ts';
import { primaryRound } from './rolling-verify.ts';

/** What is known of the primary or of a copy: when it was proven, how far the next proof is, and what is wrong. */
export interface Proof {
  /** When everything was last read back or drilled, and nothing was left damaged or missing. */
  readonly provenMs: number | null;
  readonly verified: VerifyResult | null;
  /** The reading of everything that is under way. */
  readonly round: {
    readonly fromMs: number;
    /** From 0 to 1. */
    readonly done: number;
    readonly sizeBytes: number;
    readonly found: number;
    readonly repaired: number;
  } | null;
  /** The primary is not drilled. */
  readonly drilled: DrillResult | null;
  /** Objects that were found damaged or missing, and could not be repaired. */
  readonly damaged: number;
  readonly overdue: readonly ('verify' | 'drill')[];
}

export interface ProofStatus {
  readonly primary: Proof;
  readonly copies: ReadonlyMap<CopyId, Proof>;
}

export interface ProofSettings {
  readonly verifyPeriodMs: number;
  /** Undefined: never. */
  readonly drills: DrillSchedule | undefined;
}

export interface ProofStatusParts extends ProofSettings {
  readonly disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>;
  readonly results: Pick<Results, 'read'>;
  readonly losses: Pick<Losses, 'stories'>;
  readonly copies: readonly { readonly copy: CopyId; readonly place: string; readonly paused: boolean }[];
  readonly nowMs: number;
}

const dayMs: number = 24 * 60 * 60_000;

/** Unless settings say otherwise, and beside a stopped server. */
export const usualProof: ProofSettings & { readonly drills: DrillSchedule } = {
  verifyPeriodMs: 30 * dayMs,
  drills: { atMinute: 3 * 60 + 30, everyDays: 1 },
};

/** Of what was kept, so that it can be told beside a stopped server as well. */
export async function proofStatus(parts: ProofStatusParts): Promise<ProofStatus> {
  const verified = new Map<CopyId | typeof primary, VerifyResult>();
  const drilled = new Map<CopyId, DrillResult>();
  const provenMs = new Map<CopyId | typeof primary, number>();
  for await (const result of parts.results.read()) {
    const of = result.copy ?? (result.where === primary ? primary : undefined);
    if (of === undefined) continue;
    if (result.kind === 'drill' && of !== primary) drilled.set(of, result);
    if (result.kind === 'verify' && result.part === undefined) verified.set(of, result);
    if (isClean(result)) provenMs.set(of, result.toMs);
  }
  const damaged = await damagedAt(parts.losses);
  const proofOf = (of: CopyId | typeof primary, where: string, round: Proof['round']): Omit<Proof, 'overdue'> => ({
    provenMs: provenMs.get(of) ?? null,
    verified: verified.get(of) ?? null,
    round,
    drilled: of === primary ? null : (drilled.get(of) ?? null),
    damaged: damaged.get(where) ?? 0,
  });
  const own = await primaryRound(parts.disk).read();
  const ofPrimary = proofOf(primary, primary, own === undefined ? null : roundOf(own));
  const copies = new Map<CopyId, Proof>();
  for (const { copy, place, paused } of parts.copies) {
    const state = await copyProofState(parts.disk, copy).read();
    const proof = proofOf(copy, place, state === undefined ? null : roundOf(state.round));
    copies.set(copy, { ...proof, overdue: paused ? [] : overdueOf(proof, parts, parts.copies.length) });
  }
  return { primary: { ...ofPrimary, overdue: overdueOf(ofPrimary, { ...parts, drills: undefined }, 0) }, copies };
}

function isClean(result: VerifyResult | DrillResult): boolean {
  if (result.kind === 'drill') return result.missingEntries + result.missingChunks === 0;
  return result.part === undefined && result.found === result.repaired;
}

async function damagedAt(losses: Pick<Losses, 'stories'>): Promise<ReadonlyMap<string, number>> {
  const damaged = new Map<string, number>();
  for (const { last } of await losses.stories())
    if (last.what !== 'repaired') damaged.set(last.where, (damaged.get(last.where) ?? 0) + 1);
  return damaged;
}

function roundOf(round: RoundTime & { readonly found: number; readonly repaired: number }): Proof['round'] {
  const { startedMs: fromMs, totalBytes, sizeBytes, found, repaired } = round;
  return { fromMs, done: totalBytes === 0 ? 0 : Math.min(1, sizeBytes / totalBytes), sizeBytes, found, repaired };
}

/** What should have been proven by now: with a tenth of the period, or two nights, to spare. */
function overdueOf(
  { verified, round, drilled }: Omit<Proof, 'overdue'>,
  { verifyPeriodMs, drills, nowMs }: ProofSettings & { readonly nowMs: number },
  copies: number,
): Proof['overdue'] {
  const beganMs = verified?.fromMs ?? round?.fromMs;
  // Nothing has run with this copy yet.
  if (beganMs === undefined) return [];
  const overdue: ('verify' | 'drill')[] = [];
  if (nowMs - (verified?.toMs ?? beganMs) > verifyPeriodMs * 1.1 + dayMs) overdue.push('verify');
  if (drills === undefined) return overdue;
  const inTurnMs = (copies * drills.everyDays + 2) * dayMs;
  if (nowMs - (drilled?.toMs ?? beganMs) > inTurnMs) overdue.push('drill');
  return overdue;
}
