/**
 * Durable operations on files: the only home of our fsync. Paths are relative to the data folder, with `/`.
 * An interface, so that a simulator can stand in. Every method throws Fault: `disk-full`, `io`, `sync-failed`, `damaged`.
 * After the first `sync-failed` every later call that writes fails with it too: what was written since the last good
 * fsync is unknown, and a retry that says OK would lie.
 */
export interface Disk {
  /**
   * Writes all bytes at the start of the file, which is created when missing and is never truncated; returns after the
   * file and its folder were fsynced. Writing the same bytes again is harmless: that is how a stale lease is taken up.
   * A file that is longer keeps what follows the bytes: readers know how many count (docs/format.md §9).
   */
  writeInPlace(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes a new file beside, fsyncs, and renames it over `path`; for files that may be replaced, never for chunks. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Appends and fsyncs. When it fails, the file is as long as before, unless a power cut came between. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** The whole file, or null when there is none. */
  read(path: string): Promise<Uint8Array | null>;
  /** Size in bytes, or null when there is none. */
  size(path: string): Promise<number | null>;
  /** Names in a folder (the data folder itself: ''), sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** With the folders above it; those that are there already are fsynced anew. */
  makeFolder(path: string): Promise<void>;
  /** A file that is not there counts as removed. */
  remove(path: string): Promise<void>;
  /** Space left for ordinary use. */
  freeBytes(): Promise<number>;
}
