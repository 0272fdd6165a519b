import type { Listing } from './port.ts';
import type { NodeInfo, Path } from './types.ts';

/** A part of a folder, in the order of the bytes of names. */
export interface ListingPage extends Listing {
  /** The name after which the next page begins; undefined when this is the last one. */
  readonly next: string | undefined;
}

export interface FoundNode {
  /** Where it is; its own name is the last one. */
  readonly path: Path;
  readonly node: NodeInfo;
}

/** Ways through a vault that may hold hundreds of thousands of files. */
export interface FindingPort {
  listPage(path: Path, after: string | undefined, limit: number): Promise<ListingPage | undefined>;
  /** Files and folders whose name holds every word of the text, in whatever case and accents; best first. */
  searchNames(text: string, limit: number): Promise<readonly FoundNode[]>;
}
