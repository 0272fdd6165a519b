import type { NodeId, VersionId } from '../../base/ids.ts';

/** Names from the root down; the empty path is the root folder. */
export type Path = readonly string[];

/** A file or folder as faces and the CLI see it. */
export interface NodeInfo {
  readonly id: NodeId;
  readonly isFolder: boolean;
  readonly name: string;
  /** Of a folder: the sum of what is below it. */
  readonly sizeBytes: number;
  /** Strong; without quotes. A moved file keeps it; a folder's changes with anything below it. */
  readonly etag: string;
  readonly mtimeMs: number;
  readonly version: VersionId | null;
  readonly type: string | undefined;
  readonly sums: ReadonlyMap<string, string>;
}

/** Why a change was not made; nothing was changed. */
export type Refusal =
  | 'no-such-path'
  | 'no-parent'
  | 'not-a-folder'
  | 'is-a-folder'
  | 'name-taken'
  | 'bad-name'
  | 'is-root'
  | 'under-itself'
  | 'same-place'
  | 'precondition-failed'
  | 'locked'
  | 'no-such-lock'
  | 'over-quota'
  | 'too-large'
  | 'too-many-files'
  | 'no-such-version'
  | 'wrong-checksum'
  | 'wrong-length'
  | 'beyond-history'
  | 'content-gone'
  | 'readers-disagree'
  | 'operations-skipped';

export interface Refused {
  readonly kind: 'refused';
  readonly why: Refusal;
  /** The path that stood in the way, where one did. */
  readonly path?: Path;
}

export interface Done {
  readonly kind: 'done';
  readonly created: boolean;
  readonly node: NodeInfo;
}

export type WriteResult = Done | Refused;

/** RFC 9110 §13.1 and RFC 4918 §10.4, already parsed; evaluated in the same instant as the change. */
export interface Conditions {
  readonly ifMatch?: readonly string[] | '*';
  readonly ifNoneMatch?: readonly string[] | '*';
  /** Each list names a resource (undefined: that of the request); one whole list must hold. */
  readonly ifLists?: readonly IfList[];
  /** Lock tokens that were submitted, wherever they stood. */
  readonly tokens?: readonly string[];
}

export interface IfList {
  readonly path: Path | undefined;
  readonly conditions: readonly { readonly not: boolean; readonly token?: string; readonly etag?: string }[];
}

export interface Lock {
  readonly token: string;
  readonly node: NodeId;
  /** Where the resource was when it was locked, for lockroot. */
  readonly path: Path;
  readonly infinite: boolean;
  readonly exclusive: boolean;
  /** XML of the owner element's content, as the client sent it. */
  readonly owner: string;
  /** Credential that took it; only it may use the token. */
  readonly by: string;
  readonly expiresMs: number;
}
