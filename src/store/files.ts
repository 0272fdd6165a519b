import { assert } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';

/**
 * The few system calls that the durable operations of a Disk are made of. The kernel and the simulator implement them;
 * the order in which they are called, which is what durability depends on, is written once (durable-disk.ts). Errors
 * carry an errno name in `code`, as Node's do.
 */
export interface Files {
  /** For writing; created when missing, never truncated. */
  open(path: string): Promise<OpenFile>;
  read(path: string): Promise<Uint8Array>;
  sizeBytes(path: string): Promise<number>;
  list(path: string): Promise<readonly FolderEntry[]>;
  /** One level; EEXIST when it is there. */
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  freeBytes(): Promise<number>;
}

export interface FolderEntry {
  readonly name: string;
  /** `other`: a link, a socket; nothing of ours. */
  readonly kind: 'file' | 'folder' | 'other';
}

export interface OpenFile {
  /** May write fewer bytes than given, like pwrite(2); returns how many. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  sizeBytes(): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const maxPathBytes = 1024;
const maxNameBytes = 255;

/** Relative, bounded, and never a way out of the root. */
export function assertPath(path: string): void {
  assert(utf8(path).length <= maxPathBytes, 'a path is too long');
  for (const name of path.split('/')) {
    assert(name !== '' && name !== '.' && name !== '..', `not a path inside the folder: ${path}`);
    assert(!name.includes('\0') && !name.includes('\\'), 'a path has a character that is not allowed');
    assert(utf8(name).length <= maxNameBytes, 'a name in a path is too long');
  }
}

/** '' is the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The errno name of a failed system call, or undefined when the error is something else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}
