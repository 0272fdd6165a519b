// What the application reads: plain types, which the schemas of the endpoints are held to.
import type { VaultKind } from '#format/instance-operations.ts';

/** The account that is signed in. */
export interface Me {
  readonly name: string;
  readonly tag: string;
  readonly isOperator: boolean;
  readonly isFresh: boolean;
  readonly isKitProven: boolean;
  readonly hasEscrow: boolean;
  readonly isEscrowOffered: boolean;
  readonly hasPasskeys: boolean;
  readonly quotaBytes: number | null;
  readonly vaults: readonly { readonly kind: VaultKind }[];
}

/** Where the account is signed in. */
export interface SessionEntry {
  readonly id: string;
  readonly label: string;
  readonly address: string;
  readonly createdMs: number;
  readonly usedMs: number;
  readonly isThis: boolean;
}

export interface AppPassword {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly lastUse: { readonly timeMs: number; readonly address: string } | null;
  readonly vaults: readonly VaultKind[];
}

/** The text is shown once. */
export interface NewAppPassword {
  readonly id: string;
  readonly appPassword: string;
}
