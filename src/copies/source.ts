import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Head, PublicHeaderRow, StoredEntry } from '#store/journal/journal.ts';

/** The end of a chain that a source holds, as it says; nothing is verified yet. */
export interface SourceHead extends Head {
  readonly vault: VaultId;
}

/**
 * Something that an instance can be brought back from: a copy, a data folder, or several of those together. Needs no key.
 * What does not hash to its name counts as not there and is told to a sink. Throws Fault `unavailable` or `io` when the
 * whole source does not answer.
 */
export interface Source {
  /** For reports: which copy or folder. */
  readonly title: string;
  /** The instance vault; undefined when the source does not know. */
  instance(): Promise<VaultId | undefined>;
  vaults(): Promise<readonly VaultId[]>;
  /** Those that verify, ascending by number. */
  publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]>;
  /** The ends of all branches that are there, the one that counts (docs/format.md §13) first. */
  heads(vault: VaultId): Promise<readonly SourceHead[]>;
  /**
   * Entries that follow `after` on the way to `to`, ascending, at least one unless there is no such entry. Each one's link
   * to the one before and its body hash hold; the body is null when its bytes are gone or damaged.
   */
  entries(vault: VaultId, after: Head, to: Head): Promise<readonly StoredEntry[]>;
  /**
   * Where entries go on when none that is there follows: the place before the first one with a sequence above `sequence`,
   * up to that of `to`, whether or not it fits to what stands before. Undefined when there is none.
   */
  behindGap(vault: VaultId, sequence: number, to: Head): Promise<Head | undefined>;
  /**
   * Bytes that hash to the id, or null. @param proves whoever has the key sees by opening them that they are right: what it
   * takes is not hashed.
   */
  chunk(id: ChunkId, proves?: (stored: Uint8Array) => boolean): Promise<Uint8Array | null>;
  /** Whether the reaper has taken this chunk, as far as the source knows: it must not come back. */
  isErased(id: ChunkId): Promise<boolean>;
  close(): Promise<void>;
}

/** What a source could not give, as it was found. */
export interface SourceDamage {
  readonly title: string;
  readonly kind: 'journal' | 'segment' | 'chunk' | 'header' | 'marker';
  readonly name: string;
  readonly state: 'missing' | 'damaged';
}

export type DamageSink = (damage: SourceDamage) => void;
