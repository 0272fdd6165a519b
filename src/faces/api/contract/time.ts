// What the application reads: plain types, which the schemas of the endpoints are held to.

export interface ActivityEntry {
  readonly sequence: number;
  readonly timeMs: number;
  /** What the owner calls the device; null when nobody is known to have done it. */
  readonly by: string | null;
  readonly changes: readonly { readonly what: string; readonly path: readonly string[] | null }[];
  /** Changes beyond the ones listed. */
  readonly more: number;
}

export interface PastItem {
  readonly name: string;
  readonly isFolder: boolean;
  /** Of a file. */
  readonly sizeBytes: number | null;
  readonly mtimeMs: number | null;
  readonly type: string | null;
  /** What became of it. */
  readonly since: 'same' | 'changed' | 'moved' | 'gone';
}

export interface PastFolder {
  readonly items: readonly PastItem[];
  /** What is there now and was not then. */
  readonly addedSince: readonly { readonly name: string; readonly isFolder: boolean }[];
}

export interface RewindPreview {
  /** Why it cannot be done. */
  readonly why: string | null;
  readonly counts: {
    readonly brought: number;
    readonly trashed: number;
    readonly moved: number;
    readonly changed: number;
  };
  /** The first of each. */
  readonly examples: readonly {
    readonly how: 'brought' | 'trashed' | 'moved' | 'changed';
    readonly path: readonly string[];
    readonly isFolder: boolean;
  }[];
}

export interface LostFiles {
  readonly count: number;
  /** The first of them. */
  readonly files: readonly {
    readonly node: string;
    readonly path: readonly string[];
    readonly kind: string;
    readonly sizeBytes: number;
    readonly how: 'gone' | 'changed';
    readonly timeMs: number | null;
    readonly by: string | null;
  }[];
}

export interface BroughtBack extends LostFiles {
  readonly back: number;
}

export interface MassDeletion {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: string | null;
  readonly files: number;
  readonly overwritten: number;
  readonly sizeBytes: number;
  /** The deepest folder that holds more than half of them. */
  readonly mostIn: readonly string[];
  /** The owner has seen it, or taken it back. */
  readonly isAccepted: boolean;
}

export interface DamagedFiles {
  readonly count: number;
  readonly files: readonly {
    readonly path: readonly string[];
    readonly kind: string;
    readonly sizeBytes: number;
    readonly as: 'current' | 'old' | 'trash' | 'ended';
    readonly sinceMs: number;
    readonly fate: 'gone' | 'damaged' | 'back';
    readonly from: readonly string[];
  }[];
}
