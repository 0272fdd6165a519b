// What the application reads: plain types, which the schemas of the endpoints are held to.

/** When something was last read back whole, and what is wrong with it. */
export interface ProofState {
  /** Everything was read back or drilled, and nothing was left damaged. */
  readonly provenMs: number | null;
  /** How far the reading that is under way is, from 0 to 1. */
  readonly readShare: number | null;
  /** Pieces that are damaged or missing and could not be repaired. */
  readonly damaged: number;
  readonly isOverdue: boolean;
  readonly drill: {
    readonly timeMs: number;
    readonly restoreMs: number;
    readonly sizeBytes: number;
    readonly isWhole: boolean;
  } | null;
}

export interface CopyState {
  readonly id: string;
  readonly label: string;
  readonly isFolder: boolean;
  readonly country: string | null;
  readonly state: 'whole' | 'following' | 'waiting' | 'paused' | 'unreachable';
  readonly lastWholeMs: number | null;
  readonly lagBytes: number;
  readonly proof: ProofState;
  /** For whoever runs the instance: where it is, and what it met last. */
  readonly operator: {
    readonly place: string;
    readonly problem: string | null;
    readonly freeBytes: number | null;
  } | null;
}

/** Whether everything is well. */
export interface SafeState {
  readonly copies: readonly CopyState[];
  /** Copies that would not be lost together with the data or with each other. */
  readonly counting: number;
  /** Copies that would be lost together with the data. */
  readonly withTheData: number;
  /** The data folder itself. */
  readonly data: ProofState;
  readonly isReadOnly: boolean;
  /** For whoever runs the instance: whether its own kit was read back. */
  readonly isOperatorKitProven: boolean | null;
}

export interface AddedCopy {
  readonly id: string;
  readonly sharesFateWithData: boolean;
  readonly isTakenUp: boolean;
}

/** One step of an owner or a device. */
export interface ActivityState {
  readonly timeMs: number;
  /** What a device or program is called; null for what is not known any more. */
  readonly by: string | null;
  /** Whether the owner did it in the application, or with the command line. */
  readonly isOwner: boolean;
  readonly what: 'made' | 'written' | 'moved' | 'trashed' | 'restored' | 'other';
  readonly path: readonly string[] | null;
  /** Changes of the same step beyond this one. */
  readonly more: number;
}
