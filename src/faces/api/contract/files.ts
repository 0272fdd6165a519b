// What the application reads: plain types, which the schemas of the endpoints are held to.

export interface Usage {
  readonly keptBytes: number;
  readonly quotaBytes: number | null;
}

/** A file or folder. */
export interface FileNode {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  /** Of a folder: of all that is below it. */
  readonly sizeBytes: number;
  readonly etag: string;
  readonly mtimeMs: number;
  /** Null for a folder. */
  readonly version: string | null;
  readonly type: string | null;
}

export interface FolderPage {
  readonly self: FileNode;
  /** In the order of the bytes of their names. */
  readonly children: readonly FileNode[];
  /** What to ask for as `after`; null when nothing follows. */
  readonly next: string | null;
}

export interface FoundFile {
  readonly path: readonly string[];
  readonly node: FileNode;
}

/** The newest first. */
export interface FileVersion {
  readonly version: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** When it was written. */
  readonly timeMs: number;
  readonly isCurrent: boolean;
  /** Its content lies beyond the history that is kept. */
  readonly isGone: boolean;
}

export interface TrashedItem {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  /** The folder that it was in; null when that is gone as well. */
  readonly from: readonly string[] | null;
}

export interface UnfinishedUpload {
  readonly id: string;
  /** Where it goes; null when that folder is gone. */
  readonly folder: readonly string[] | null;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number | null;
  /** All before it is stored. */
  readonly offset: number;
  readonly begunMs: number;
}

/** A short-lived address, for what a browser fetches by itself. */
export interface TicketAddress {
  readonly address: string;
}
