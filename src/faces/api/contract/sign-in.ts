// What the application reads: plain types, which the schemas of the endpoints are held to.
import type { Kit } from './kit.ts';

/** What a visitor needs to know before signing in. */
export interface InstanceInfo {
  readonly isFirstRun: boolean;
  /** The operator keeps a key that can open accounts which agree to it. */
  readonly isEscrowOffered: boolean;
  readonly version: string;
  /** While the operator works on the instance nothing is written. */
  readonly maintenance: Maintenance | null;
}

export interface Maintenance {
  /** What the operator says; may be empty. */
  readonly message: string;
  readonly sinceMs: number;
}

/** A session that began with the first account. */
export interface FirstRun extends Begun {
  readonly kit: Kit;
}

/** A session that began. */
export interface Begun {
  readonly tag: string;
  readonly name: string;
  readonly key: string;
}
