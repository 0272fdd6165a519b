// What the application reads: plain types, which the schemas of the endpoints are held to.
import type { VaultKind } from '#format/instance-operations.ts';

export interface Passkey {
  readonly id: string;
  readonly label: string;
  /** Name of the site that it belongs to. */
  readonly site: string;
  readonly createdMs: number;
}

export interface PasskeyCreation {
  readonly challenge: string;
  readonly site: string;
  /** The account, as the authenticator keeps it; base64url. */
  readonly user: string;
  readonly name: string;
  /** What the PRF is asked for; base64url. */
  readonly input: string;
  /** WebAuthn's ids of those that the account has. */
  readonly known: readonly string[];
}

export interface PasskeyRequest {
  readonly challenge: string;
  readonly site: string;
  readonly input: string;
}

/** What was ended, and what it could open until then. */
export interface LostDevice {
  readonly vaults: readonly VaultKind[];
  readonly ended: number;
}

export interface Invitation {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly endsMs: number;
  readonly quotaBytes: number | null;
}
