import type { VaultId } from '#base/ids.ts';
import type { Erasure } from './reaper-state.ts';

const hourMs: number = 60 * 60_000;

/** Times are those that the instance ran: no clock of the machine opens or closes anything. */
export interface ReaperLimits {
  /** From when a drop was first seen. */
  readonly windowMs: number;
  /** What was erased for so long adds up. */
  readonly accumulateMs: number;
  readonly ofVault: number;
  readonly ofInstance: number;
  /** Up to so many chunks there is no limit. */
  readonly floorChunks: number;
}

export const usualLimits: ReaperLimits = {
  windowMs: 30 * 24 * hourMs,
  accumulateMs: 90 * 24 * hourMs,
  ofVault: 0.01,
  ofInstance: 0.001,
  floorChunks: 100,
};

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Whether erasing so much more goes beyond a limit. What the owner confirmed counts no more against the vault, what the
 * operator confirmed no more against the instance.
 */
export function needsOf(
  plan: Amount & { readonly vault: VaultId },
  erasures: readonly Erasure[],
  stored: { readonly vault: Amount; readonly instance: Amount },
  ranMs: number,
  limits: ReaperLimits,
): { readonly owner: boolean; readonly operator: boolean } {
  const recent = erasures.filter((each) => ranMs - each.ranMs < limits.accumulateMs);
  const ofVault = recent.filter((each) => each.vault === plan.vault && !each.confirmed.owner);
  const ofInstance = recent.filter((each) => !each.confirmed.operator);
  return {
    owner: isBeyond(total([...ofVault, plan]), stored.vault, limits.ofVault, limits.floorChunks),
    operator: isBeyond(total([...ofInstance, plan]), stored.instance, limits.ofInstance, limits.floorChunks),
  };
}

function isBeyond(erased: Amount, stored: Amount, part: number, floorChunks: number): boolean {
  if (erased.count <= floorChunks) return false;
  return erased.count > stored.count * part || erased.bytes > stored.bytes * part;
}

export function total(amounts: readonly Amount[]): Amount {
  return {
    count: amounts.reduce((total, each) => total + each.count, 0),
    bytes: amounts.reduce((total, each) => total + each.bytes, 0),
  };
}
