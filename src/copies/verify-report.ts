import type { ChunkId, VaultId } from '#base/ids.ts';

/**
 * What can be wrong with stored things. The set is closed.
 *
 * - `journal`: the database does not give out what it should.
 * - `log`: a start would refuse the log of the database, because it would lose acknowledged entries.
 * - `head`: a vault does not end where its head says.
 * - `entry`: an entry is missing, or is not the one that those after it name.
 * - `body`: the body of an entry is not what was written; its place in the chain is sound.
 * - `seal`: stored bytes are what was written, but do not open with the vault's key.
 * - `signature`: a signed entry is not signed by its vault.
 * - `chunk-row`: the row of a chunk that an entry names is missing, or says something else than it should.
 * - `chunk-missing`, `chunk-damaged`: the stored bytes are gone, or are other bytes.
 * - `header`: a public header is missing, damaged, or not signed by its vault.
 * - `fold`: the two readers of the journal disagree about what is in the vault.
 */
type DamageKind =
  | 'journal'
  | 'log'
  | 'head'
  | 'entry'
  | 'body'
  | 'seal'
  | 'signature'
  | 'chunk-row'
  | 'chunk-missing'
  | 'chunk-damaged'
  | 'header'
  | 'fold';

export interface Damage {
  readonly kind: DamageKind;
  /** Undefined when it is not known whose it is. */
  readonly vault: VaultId | undefined;
  /** Of an entry. */
  readonly sequence?: number;
  readonly chunk?: ChunkId;
  /** Of a public header. */
  readonly number?: number;
  /** One sentence, without names. */
  readonly says: string;
}

/** A file that damaged or missing content belongs to; known with a key only. */
export interface HitFile {
  readonly vault: VaultId;
  /** Where it is, or was when it left; from the root down. */
  readonly path: readonly string[];
  readonly state: 'here' | 'trashed' | 'ended';
  /** Versions whose content is hit. */
  readonly versions: readonly string[];
  /** Whether the current version is among them. */
  readonly isCurrent: boolean;
}

export interface VaultReport {
  readonly vault: VaultId;
  /** Whether it was read with its key. */
  readonly opened: boolean;
  entries: number;
  /** Bodies that were read; those beyond the history that is kept are gone on purpose. */
  bodies: number;
  chunks: number;
  chunkBytes: number;
  /** Chunks of uploads that are under way, or never ended. */
  leased: number;
  headers: number;
  /** With a key: files that are here now, and operations that could not be applied. */
  files: number | undefined;
  skipped: number | undefined;
  damages: number;
}

export interface VerifyReport {
  readonly vaults: readonly VaultReport[];
  readonly damages: number;
  /** Files in `chunks/` that no row names: what a crash left, not damage. */
  readonly leftovers: number;
  readonly leftoverBytes: number;
}

/** Where a check says what it finds, as it finds it: damage may be more than memory holds. */
export interface Sink {
  damage(damage: Damage): void;
  hit(file: HitFile): void;
  leftover(chunk: ChunkId, sizeBytes: number): void;
  /** Called often. @throws to stop. */
  progress(report: VaultReport | undefined): void;
}
