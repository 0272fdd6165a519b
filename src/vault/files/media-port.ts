import type { CredentialId, NodeId, VersionId } from '../../base/ids.ts';
import type { MediaFacts } from '../../format/media-facts.ts';
import type { Piece } from '../../format/piece.ts';
import type { Caller, PropertyChange } from './commands.ts';
import type { Path, WriteResult } from './types.ts';

/** A content that looks like a photo, a video or a recording and was not read yet. */
export interface UnreadContent {
  readonly sha256: Uint8Array;
  readonly name: string;
  readonly type: string | undefined;
  readonly sizeBytes: number;
  readonly pieces: readonly Piece[];
}

export interface ReadContent {
  readonly sha256: Uint8Array;
  readonly facts: MediaFacts;
  /** WebP, at most one piece each. */
  readonly small: Uint8Array | undefined;
  readonly large: Uint8Array | undefined;
}

/** What a reader of contents can do: those that a lesser one read are read again. */
export interface ReadingPass {
  readonly photo: number;
  readonly video: number;
}

export type PhotoFilter =
  | { readonly kind: 'all' }
  | { readonly kind: 'favourites' }
  | { readonly kind: 'videos' }
  | { readonly kind: 'album'; readonly album: string };

/** Newest first. */
export interface TimelineMonths {
  /** Items are counted from the newest; another revision counts them differently. */
  readonly revision: string;
  readonly count: number;
  readonly months: readonly { readonly month: string; readonly count: number }[];
}

/** A column for each fact, so that a page of a thousand is small. */
export interface TimelinePage {
  readonly revision: string;
  readonly nodes: readonly NodeId[];
  readonly versions: readonly VersionId[];
  readonly takenMs: readonly number[];
  /** 0 where it is not known. */
  readonly widths: readonly number[];
  readonly heights: readonly number[];
  /** Of a video; 0 for a photo, and where it is not known. */
  readonly durationsMs: readonly number[];
  readonly areVideos: readonly boolean[];
  readonly havePictures: readonly boolean[];
  readonly areFavourites: readonly boolean[];
}

export interface PhotoDetails {
  readonly path: Path;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly takenMs: number;
  /** Where the date is from. */
  readonly takenFrom: 'content' | 'name' | 'file';
  readonly type: string | undefined;
  readonly version: VersionId;
  readonly facts: MediaFacts | undefined;
  readonly isFavourite: boolean;
  readonly albums: readonly string[];
}

export interface Album {
  readonly id: string;
  readonly name: string;
  readonly count: number;
  /** The newest photo in it that has a picture. */
  readonly cover: NodeId | undefined;
}

/** Photos and videos of a vault of files. */
export interface MediaPort {
  /** Contents that were not read, or only by a lesser pass; newest first. @param except sums in hex. */
  unreadMedia(pass: ReadingPass, except: readonly string[], limit: number): Promise<readonly UnreadContent[]>;
  /** `older-format`: the folder must be upgraded before this can be kept. */
  addMedia(
    by: CredentialId | undefined,
    contents: readonly ReadContent[],
  ): Promise<'kept' | 'over-quota' | 'older-format'>;
  timelineMonths(filter: PhotoFilter): Promise<TimelineMonths>;
  timelinePage(filter: PhotoFilter, from: number, count: number): Promise<TimelinePage>;
  picture(node: NodeId, size: 'small' | 'large'): Promise<Uint8Array | undefined>;
  photo(node: NodeId): Promise<PhotoDetails | undefined>;
  albums(): Promise<readonly Album[]>;
  /** A new album, or another name for one. @returns undefined when there is none with this id. */
  nameAlbum(caller: Caller, album: string | undefined, name: string): Promise<Album | undefined>;
  /** The photos stay. */
  endAlbum(caller: Caller, album: string): Promise<WriteResult>;
  /** Dead properties of several nodes at once, all or none. */
  markNodes(caller: Caller, nodes: readonly NodeId[], change: PropertyChange): Promise<WriteResult>;
  pathsOf(nodes: readonly NodeId[]): Promise<readonly (Path | undefined)[]>;
  /** For each SHA-256 of a whole content, where it is; undefined where the vault does not show it. */
  knownContents(sums: readonly Uint8Array[]): Promise<readonly (Path | undefined)[]>;
}
