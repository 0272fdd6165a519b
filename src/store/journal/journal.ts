import type { ChunkId, VaultId } from '#base/ids.ts';

/** Where a vault stands. An empty vault has sequence 0, fork 1 and 32 zero bytes. */
export interface Head {
  readonly fork: number;
  readonly sequence: number;
  readonly hash: Uint8Array;
}

export interface StoredEntry {
  readonly fork: number;
  readonly sequence: number;
  readonly header: Uint8Array;
  readonly bodyHash: Uint8Array;
  /** null once a body beyond the horizon is gone. */
  readonly body: Uint8Array | null;
}

export interface NewEntry {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Stored bytes small enough to live in the database, durable with the entry that needs them. */
export interface ChunkData {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;
}

/** Chunks up to this many stored bytes live in the database; larger ones are files. */
export const maxDataBytes: number = 64 * 1024;

/** Arrays of bytes given to a journal must not change until it has answered. */
export interface AppendRequest {
  readonly vault: VaultId;
  /** The head that the writer saw; anything else there is a conflict. */
  readonly expected: Head;
  /** At least one, at most `maxEntriesPerAppend`; all of them become durable together or none does. */
  readonly entries: readonly NewEntry[];
  /** Each is among the ids that the entries add. */
  readonly data: readonly ChunkData[];
}

/** The size of a row whose bytes nobody has seen yet; whole chunks are larger. */
export const unknownSizeBytes = 1;
/** In `meta`: milliseconds that the instance has run, in all its runs together (docs/format.md §9). */
export const ranKey = 'ran';

export const maxEntriesPerAppend = 1024;
/** Headers, bodies and small chunks of one append together. */
export const maxAppendBytes: number = 128 * 1024 * 1024;
/** A body's CBOR is at most 64 MiB (docs/format.md §5); the rest is for its seal. */
export const maxBodyBytes: number = 64 * 1024 * 1024 + 4096;

export type AppendResult =
  | { readonly kind: 'appended'; readonly head: Head }
  | { readonly kind: 'conflict'; readonly head: Head }
  /**
   * These added ids are condemned, erased, another vault's, or not leased in this run: seal the content anew with the
   * next generation.
   */
  | { readonly kind: 'chunks-given-up'; readonly ids: readonly ChunkId[] };

export interface LeaseRequest {
  readonly vault: VaultId;
  /** At most `maxChunksPerLease`. */
  readonly chunks: readonly { readonly id: ChunkId; readonly sizeBytes: number }[];
}

export const maxChunksPerLease = 4096;

/**
 * Per chunk: `leased`: write the bytes (again), then append; `live`: it is there (live, or dropped and revived by the
 * append that adds it); `given-up`: condemned, erased, or another vault's, never adopted again. A lease holds for the run
 * of the program in which it was taken: after a start it is taken again, and the bytes are written again.
 */
export type LeaseState = 'leased' | 'live' | 'given-up';

export type ChunkState = 'leased' | 'live' | 'dropped' | 'condemned' | 'erased';

export interface ChunkRow {
  readonly vault: VaultId;
  readonly state: ChunkState;
  readonly sizeBytes: number;
  /** Where the bytes are. */
  readonly place: 'database' | 'file';
}

/** A short-lived sealed row: a lock, an unfinished upload. */
export interface EphemeralRow {
  readonly vault: VaultId;
  readonly kind: number;
  readonly id: Uint8Array;
  readonly expiresMs: number;
  readonly sealed: Uint8Array;
}

export interface PublicHeaderRow {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * The journal of an instance: the entries of all its vaults, the states of chunk ids, small chunks, public headers and
 * ephemeral rows. It has no keys: it checks chains, hashes and sequences, and believes nothing else. Append and lease are
 * durable when they return. Every method throws Fault; after `sync-failed` every further call fails.
 */
export interface Journal {
  head(vault: VaultId): Promise<Head>;
  /** Every vault that anything is stored for, ascending. */
  vaults(): Promise<readonly VaultId[]>;
  /**
   * Checks that the headers parse, belong to the vault, follow `expected` and each other (else `damaged`), and that each
   * added chunk is leased, live, dropped (then revived) or given in `data`; makes the added chunks live and the listed
   * ones of a drop entry dropped. The fork number may rise with the first entry, never fall.
   */
  append(request: AppendRequest): Promise<AppendResult>;
  lease(request: LeaseRequest): Promise<readonly LeaseState[]>;
  /**
   * Entries with a higher sequence than `after`, ascending, at most `limit`, of the chain that ends at the head; one that
   * is missing is `damaged`. The bytes are as stored: the caller checks them against the chain.
   */
  entries(vault: VaultId, after: number, limit: number): Promise<readonly StoredEntry[]>;
  /** The highest sequence whose observed time is not later than this, 0 when there is none. */
  sequenceAt(vault: VaultId, timeMs: number): Promise<number>;
  chunk(id: ChunkId): Promise<ChunkRow | null>;
  /** Stored bytes of a chunk that lives in the database, or null. */
  chunkData(id: ChunkId): Promise<Uint8Array | null>;
  /** All chunk rows of a vault in the order in which the ids came, after the one with the given id, at most `limit`. */
  chunks(
    vault: VaultId,
    after: ChunkId | null,
    limit: number,
  ): Promise<readonly (ChunkRow & { readonly id: ChunkId })[]>;
  /** Immutable: a number that exists with other bytes is refused by an assertion. */
  putPublicHeader(vault: VaultId, row: PublicHeaderRow): Promise<void>;
  publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]>;
  /** Another row with the same vault, kind and id is replaced. */
  putEphemeral(row: EphemeralRow): Promise<void>;
  removeEphemeral(vault: VaultId, kind: number, id: Uint8Array): Promise<void>;
  ephemeral(vault: VaultId, kind: number): Promise<readonly EphemeralRow[]>;
  meta(key: string): Promise<string | null>;
  /** `format`, `reads` and `run` are the journal's own. */
  setMeta(key: string, value: string): Promise<void>;
  close(): Promise<void>;
}

/** What only the gate in front of it uses. */
export interface ForkableJournal extends Journal {
  /**
   * A deliberate fork: the head keeps its sequence and hash and gets this higher fork number, and with it what is appended
   * from here on.
   */
  startFork(vault: VaultId, expected: Head, fork: number): Promise<'forked' | 'conflict'>;
}

/** The half that reads, for connections that can do nothing else. */
export type JournalReader = Pick<
  Journal,
  | 'head'
  | 'vaults'
  | 'entries'
  | 'sequenceAt'
  | 'chunk'
  | 'chunkData'
  | 'chunks'
  | 'publicHeaders'
  | 'ephemeral'
  | 'meta'
  | 'close'
>;
