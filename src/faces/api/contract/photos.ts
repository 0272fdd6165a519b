// What the application reads: plain types, which the schemas of the endpoints are held to.

/** Newest first; `months` are pairs of YYYY-MM and how many. */
export interface PhotoMonths {
  /** Items are counted anew with another one. */
  readonly revision: string;
  readonly count: number;
  readonly months: readonly (readonly [month: string, count: number])[];
}

/** A column for each fact. */
export interface PhotoItems {
  readonly revision: string;
  readonly nodes: readonly string[];
  /** Another version has other pictures. */
  readonly versions: readonly string[];
  /** What a clock showed there, as if that had been UTC. */
  readonly takenMs: readonly number[];
  /** 0 where it is not known. */
  readonly widths: readonly number[];
  readonly heights: readonly number[];
  /** Of a video. */
  readonly durationsMs: readonly number[];
  /** A sum of `photoFlags`. */
  readonly flags: readonly number[];
}

export interface PhotoDetails {
  readonly path: readonly string[];
  readonly sizeBytes: number;
  readonly takenMs: number;
  /** Where the date is from. */
  readonly takenFrom: 'content' | 'name' | 'file';
  readonly type: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  readonly camera: string | null;
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly isFavourite: boolean;
  readonly albums: readonly string[];
}

export interface PhotoAlbum {
  readonly id: string;
  readonly name: string;
  readonly count: number;
  /** A photo of it that has a picture. */
  readonly cover: string | null;
}

/** Where each content is; null when it is not there. */
export type KnownContents = readonly (readonly string[] | null)[];
