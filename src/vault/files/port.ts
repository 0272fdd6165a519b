import type { CredentialId, NodeId, VaultId, VersionId } from '../../base/ids.ts';
import type { Property } from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import type { Activity } from './activity.ts';
import type { BelowPort } from './below-port.ts';
import type { BringBack } from './bring-back.ts';
import type { Caller, PropertyChange, Transfer } from './commands.ts';
import type { FindingPort } from './finding-port.ts';
import type { MediaPort } from './media-port.ts';
import type { PastPort } from './past-port.ts';
import type { Instant, TrashInfo, VersionInfo } from './queries.ts';
import type { SweepResult } from './sweep.ts';
import type { Conditions, Lock, NodeInfo, Path, Refused, WriteResult } from './types.ts';
import type { UnfinishedPort } from './unfinished-port.ts';
import type { DeclaredSum } from './upload.ts';

export interface Meta {
  readonly mtimeMs: number | undefined;
  readonly type: string | undefined;
}

export interface Listing {
  readonly self: NodeInfo;
  readonly children: readonly NodeInfo[];
}

export interface ReadPlan {
  readonly kind: 'plan';
  readonly info: NodeInfo;
  readonly sha256: Uint8Array;
  readonly pieces: readonly Piece[];
  /** The content itself when it is one piece, not larger than was asked for. */
  readonly whole: Uint8Array | undefined;
}

export interface Usage {
  readonly keptBytes: number;
  readonly quotaBytes: number | undefined;
}

export interface LockRequest {
  readonly infinite: boolean;
  readonly exclusive: boolean;
  readonly owner: string;
  readonly timeoutMs: number;
}

export type LockResult =
  | { readonly kind: 'locked'; readonly lock: Lock; readonly created: boolean; readonly node: NodeInfo }
  | Refused;

/** Content of one file on its way in. Pieces are 4 MiB, the last one shorter; a crash or `abort` leaves nothing that shows. */
export interface UploadPort {
  add(bytes: Uint8Array): Promise<'stored' | 'over-quota'>;
  write(caller: Caller, path: Path, meta: Meta): Promise<WriteResult>;
  abort(): Promise<void>;
}

/**
 * What faces and the CLI do with an opened vault of files. Implemented by the vault itself, and by the server's link to the
 * thread that hosts it. Paths that do not exist are answers; only the environment throws (Fault).
 */
export interface FilesPort {
  readonly id: VaultId;
  stat(path: Path): Promise<NodeInfo | undefined>;
  list(path: Path): Promise<Listing | undefined>;
  listAt(path: Path, sequence: number): Promise<readonly Instant[] | undefined>;
  /** @param wholeUpToBytes content up to this size comes with the plan. */
  plan(path: Path, wholeUpToBytes: number, version?: VersionId): Promise<ReadPlan | Refused>;
  readPiece(piece: Piece): Promise<Uint8Array>;
  properties(path: Path): Promise<readonly Property[] | undefined>;
  /** Dead properties of those children of a folder that have any. */
  childProperties(path: Path): Promise<ReadonlyMap<NodeId, readonly Property[]>>;
  versions(path: Path): Promise<readonly VersionInfo[] | undefined>;
  trashed(): Promise<readonly TrashInfo[]>;
  /** What changed and who did it, newest first. */
  activity(limit: number): Promise<readonly Activity[]>;
  /** The last entry whose observed time is not later; 0 when there is none. */
  sequenceAt(timeMs: number): Promise<number>;
  usage(): Promise<Usage>;
  upload(by: CredentialId | undefined, declared: readonly DeclaredSum[]): UploadPort;
  /** A file of at most one piece, in one step. */
  put(
    caller: Caller,
    path: Path,
    bytes: Uint8Array,
    declared: readonly DeclaredSum[],
    meta: Meta,
  ): Promise<WriteResult>;
  makeFolder(caller: Caller, path: Path): Promise<WriteResult>;
  trash(caller: Caller, path: Path): Promise<WriteResult>;
  move(caller: Caller, transfer: Transfer): Promise<WriteResult>;
  copy(caller: Caller, transfer: Transfer): Promise<WriteResult>;
  setProperties(caller: Caller, path: Path, properties: PropertyChange): Promise<WriteResult>;
  restore(caller: Caller, node: NodeId, to?: Path): Promise<WriteResult>;
  end(caller: Caller, nodes: readonly NodeId[]): Promise<WriteResult>;
  pickVersion(caller: Caller, path: Path, version: VersionId): Promise<WriteResult>;
  rewind(caller: Caller, path: Path, sequence: number): Promise<WriteResult>;
  /**
   * Lets go of what the kept history does not reach; without the signing key it only says what that would be. The key
   * goes to the thread that hosts the vault.
   */
  sweep(by: CredentialId | undefined, signSeed: Uint8Array | undefined): Promise<SweepResult>;
  /** How far back everything can be brought back: 30 days at least. */
  setHorizon(by: CredentialId | undefined, signSeed: Uint8Array, days: number): Promise<void>;
  horizonDays(): Promise<number>;
  /** The node in the answer is the root folder. */
  bringBack(caller: Caller, what: BringBack): Promise<WriteResult>;
  /** Takes a lock; a path where nothing is gets an empty file (RFC 4918 §7.3). */
  lock(caller: Caller, path: Path, request: LockRequest): Promise<LockResult>;
  /** The one token in the conditions is refreshed. */
  refreshLock(caller: Caller, path: Path, timeoutMs: number): Promise<LockResult>;
  unlock(caller: Caller, path: Path, token: string): Promise<'unlocked' | Refused>;
  /** Locks that cover a path, its own and infinite ones from above. */
  locksOn(path: Path): Promise<readonly Lock[]>;
  /** Own locks of those children of a folder that have any. */
  childLocks(path: Path): Promise<ReadonlyMap<NodeId, readonly Lock[]>>;
  /** Whether conditions hold now, or whether a file could be written now; a change decides it anew. */
  check(caller: Caller, path: Path, purpose: 'read' | 'write'): Promise<Refused | undefined>;
}

/** A vault of files, also looked at from within, searched, with its photos, its past, and the uploads that are under way. */
export interface VaultPort extends FilesPort, BelowPort, FindingPort, MediaPort, PastPort, UnfinishedPort {}

export const noConditions: Conditions = {};
