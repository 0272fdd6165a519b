import type { FileKind } from '#vault/files/kinds.ts';
import type { Path, Refusal } from '#vault/files/types.ts';

/** Who did something: what the owner calls the credential, and its id; null for what nobody is known of. */
interface Doer {
  readonly by: string | null;
  readonly credential: string | null;
}

export interface LostRow {
  readonly node: string;
  readonly path: Path;
  readonly kind: FileKind;
  readonly sizeBytes: number;
  readonly how: 'gone' | 'changed';
  readonly did: (Doer & { readonly sequence: number; readonly timeMs: number }) | null;
}

export interface LostAnswer {
  readonly count: number;
  /** The first of them. */
  readonly files: readonly LostRow[];
}

export interface DeletionRow extends Doer {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly files: number;
  readonly overwritten: number;
  readonly sizeBytes: number;
  readonly filesBefore: number;
  /** The deepest folder that holds more than half of them. */
  readonly mostIn: Path;
  readonly isAccepted: boolean;
}

/** A file whose stored bytes were hit. */
export interface DamagedRow {
  readonly node: string;
  readonly path: Path;
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** What of the file needs them. */
  readonly as: 'current' | 'old' | 'trash' | 'ended';
  readonly sinceMs: number;
  readonly fate: 'gone' | 'damaged' | 'back';
  /** The copies that had them. */
  readonly from: readonly string[];
}

export type LossRefusal = { readonly kind: 'refused'; readonly why: Refusal | 'no-such-deletion' };

/** What an owner lost, or what a client took away, in one vault; and how it comes back. */
export interface OwnerLosses {
  deletions(): Promise<readonly DeletionRow[]>;
  undo(
    deletion: number,
  ): Promise<LossRefusal | { readonly kind: 'done'; readonly files: number; readonly back: number }>;
  accept(deletion: number): Promise<LossRefusal | { readonly kind: 'done'; readonly files: number }>;
  since(timeMs: number): Promise<LostAnswer>;
  /** @param changed also makes the earlier content of files current that have another one now. */
  bringBack(
    timeMs: number,
    changed: boolean,
  ): Promise<LossRefusal | ({ readonly kind: 'done'; readonly back: number } & LostAnswer)>;
  damaged(): Promise<LostCount & { readonly files: readonly DamagedRow[] }>;
}

interface LostCount {
  readonly count: number;
}
