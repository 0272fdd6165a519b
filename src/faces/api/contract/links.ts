// What the application reads about links: plain types, which the schemas of the endpoints are held to.

type LinkRight = 'read' | 'receive';

/** A link as its owner sees it. */
export interface OwnLink {
  readonly id: string;
  readonly title: string;
  readonly right: LinkRight;
  readonly vault: string;
  readonly path: readonly string[] | null;
  readonly isFolder: boolean | null;
  readonly hasPassword: boolean;
  readonly createdMs: number;
  readonly endsMs: number | null;
  readonly isOver: boolean;
  readonly lastUse: { readonly timeMs: number; readonly address: string } | null;
}

export interface NewLink {
  readonly path: readonly string[];
  readonly right: LinkRight;
  readonly title: string;
  readonly password?: string | undefined;
  readonly endsMs?: number | undefined;
  readonly maxBytes?: number | undefined;
}

export interface MadeLink {
  readonly id: string;
  /** Shown once. */
  readonly token: string;
}

export interface OpenedLink {
  readonly pass: string;
  readonly right: LinkRight;
  readonly title: string;
  readonly endsMs: number | null;
}

export interface SharedItem {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly type: string | null;
}

export interface SharedListing {
  readonly self: SharedItem;
  readonly children: readonly SharedItem[];
}
