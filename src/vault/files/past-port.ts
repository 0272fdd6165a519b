import type { Caller } from './commands.ts';
import type { ReadPlan } from './port.ts';
import type { RewindPreview } from './rewind.ts';
import type { Path, Refused } from './types.ts';

/** A file or folder as it was, and what became of it. */
export interface ItemAt {
  readonly name: string;
  readonly isFolder: boolean;
  /** Of a file. */
  readonly sizeBytes: number | undefined;
  readonly mtimeMs: number | undefined;
  readonly type: string | undefined;
  /** A folder is the same when it is where it was, whatever happened below it. */
  readonly since: 'same' | 'changed' | 'moved' | 'gone';
}

export interface FolderAt {
  readonly items: readonly ItemAt[];
  /** What is in the folder now and was not then. */
  readonly addedSince: readonly { readonly name: string; readonly isFolder: boolean }[];
}

/** A vault of files at the instant when the entry `sequence` was its last. */
export interface PastPort {
  folderAt(path: Path, sequence: number): Promise<FolderAt | undefined>;
  /** Never with its content. */
  planAt(path: Path, sequence: number): Promise<ReadPlan | Refused>;
  /** What a rewind would do now; nothing is changed. */
  previewRewind(caller: Caller, path: Path, sequence: number): Promise<RewindPreview>;
}
