// What the application reads: plain types, which the schemas of the endpoints are held to. Ids, counts, sizes and times;
// never the name of a file, and never content.
import type { VaultKind } from '#format/instance-operations.ts';

export interface OperatorAccount {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly isOperator: boolean;
  readonly quotaBytes: number | null;
  /** Everything that is stored for it, history and trash included. */
  readonly storedBytes: number;
  readonly vaults: readonly { readonly kind: VaultKind; readonly storedBytes: number }[];
  /** Null when it was never used. */
  readonly lastUseMs: number | null;
}

/** What the reaper is about to erase for good. */
interface ReaperPlan {
  readonly number: number;
  readonly vault: string;
  readonly account: string | null;
  readonly kind: VaultKind | null;
  readonly sha256: string;
  readonly count: number;
  readonly bytes: number;
  /** More than usual: nothing of it is erased before these have confirmed it. */
  readonly needs: { readonly owner: boolean; readonly operator: boolean };
  readonly confirmed: { readonly owner: boolean; readonly operator: boolean };
}

export interface ReaperState {
  readonly plans: readonly ReaperPlan[];
  readonly erased: { readonly count: number; readonly bytes: number };
}

/** Whose sessions or answers came near somebody else; nothing was shown. */
export interface Incident {
  readonly kind: 'stamp-mismatch' | 'mixed-halves' | 'moved-row';
  /** Null when nobody can know whose it was. */
  readonly account: string | null;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Counted at most once a minute. */
  readonly times: number;
}

/** A credential took away many files within an hour; all of it is kept. */
export interface MassDeletion {
  readonly timeMs: number;
  readonly account: string | null;
  readonly kind: VaultKind | null;
  readonly files: number;
}
