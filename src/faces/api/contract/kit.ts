// What the application reads: plain types, which the schemas of the endpoints are held to.
import type { KitPlace } from '#format/instance-operations.ts';

/** The recovery kit of the account. */
export interface KitState {
  readonly isProven: boolean;
  /** Where the owner says that it is; null until then, and the application goes on asking. */
  readonly place: KitPlace | null;
}

/** What is in a kit; it is given out once, when it is made. */
export interface Kit {
  readonly identity: string;
  readonly recipient: string;
  readonly words: readonly string[];
}
