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
