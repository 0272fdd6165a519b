import type { ChunkId, VaultId } from '#base/ids.ts';

/** A chunk id that was leased by an earlier run of the program and never used. */
export interface StaleLease {
  readonly id: ChunkId;
  readonly run: number;
  readonly sizeBytes: number;
}

/** Where the reaper saw a vault end. */
export interface SeenHead {
  readonly fork: number;
  readonly sequence: number;
}

/** `moved`: a drop was appended meanwhile, or the vault forked: the chain is to be looked at again. */
export type Condemned = readonly ChunkId[] | 'moved';

/**
 * What the reaper alone may do to a journal, beside the program that has it open (docs/format.md §9): give ids up for good,
 * then erase what they had. Each method is one transaction, durable when it returns. Throws Fault.
 */
export interface ErasingJournal {
  /** dropped → condemned, of one vault. Ids that an entry has added again meanwhile are left out of the answer. */
  condemn(vault: VaultId, seen: SeenHead, ids: readonly ChunkId[]): Condemned;
  /** leased → condemned, where the lease is still that of the run. */
  condemnLeases(vault: VaultId, leases: readonly StaleLease[]): readonly ChunkId[];
  /** condemned → erased, with the bytes that the database has; those in files are gone by now. */
  erase(vault: VaultId, ids: readonly ChunkId[]): void;
  /** Leases of runs before `run`, in the order in which they came, behind the given id. */
  staleLeases(vault: VaultId, run: number, after: ChunkId | null, limit: number): readonly StaleLease[];
  /** Whether the database lets bytes of given up ids go; a folder of an early format does not. */
  readonly erasesData: boolean;
  close(): void;
}
