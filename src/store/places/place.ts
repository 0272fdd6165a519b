/**
 * Where a copy is: immutable objects under names (docs/format.md §13). A folder, a bucket, memory; one contract suite.
 * Every method throws Fault: `disk-full`, `io`, `sync-failed`, `unavailable` (does not answer; try later), `damaged`. A place
 * may be used again after any of them. After `unavailable` it may be another one that answers (a disk was changed): the
 * caller opens it anew and looks at the marker before it writes. A put that failed may be kept all the same.
 */
export interface Place {
  /** For messages: the folder, or the address and bucket. Never with a password. */
  readonly title: string;
  /**
   * What the place shares its fate with: the device below a folder, the address and account of a bucket. Two places of one
   * fate count as one copy.
   */
  fate(): Promise<string>;
  /**
   * Durable when it returns. An object that is there is replaced as a whole: the caller gives bytes that the name
   * determines, so that is how damage is repaired. A crash leaves the old object, the new one or none, never a part.
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Null when there is none. */
  get(name: string): Promise<Uint8Array | null>;
  /** Size in bytes, null when there is none. */
  size(name: string): Promise<number | null>;
  /** Ascending by the bytes of names, those with the prefix only, and only behind `after`. */
  list(prefix: string, after?: string): AsyncIterable<PlacedObject>;
  /** Space left; undefined where a place does not say. */
  freeBytes(): Promise<number | undefined>;
  close(): Promise<void>;
  /** Where a lock was asked for. */
  readonly lock?: ObjectLock | undefined;
}

/** Keeps objects from removal for a while, whatever the credentials; on a bucket that offers it every put begins one. */
export interface ObjectLock {
  offered(): Promise<boolean>;
  /** Null when it is not kept, or not there. */
  keptUntilMs(name: string): Promise<number | null>;
  /** Never shortens. False when there is no such object. */
  extend(name: string, untilMs: number): Promise<boolean>;
}

export interface PlacedObject {
  readonly name: string;
  readonly sizeBytes: number;
}

/** `held`: an object lock keeps it until then. */
export type Removal = { readonly kind: 'removed' } | { readonly kind: 'held'; readonly untilMs: number };

/** The reaper's alone: what everybody else gets has no way to remove. */
export interface ErasablePlace extends Place {
  /** Also when it is not there. A place with versions removes all of them. */
  remove(name: string): Promise<Removal>;
}
