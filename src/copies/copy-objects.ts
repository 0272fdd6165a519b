import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { parseCopyName } from '#format/copy-names.ts';
import { decodeHeader } from '#format/entry.ts';
import { readSegment as readEntries, type SegmentEntry } from '#format/segment.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';

// Reading the objects of a copy (docs/format.md §13) as far as they can be read: what is damaged in the middle of a segment
// does not take the entries before it along.

export interface NamedSegment {
  readonly name: string;
  readonly first: number;
  readonly end: Head;
}

/** Undefined for a name that is no segment's. */
export function parseSegmentName(name: string): NamedSegment | undefined {
  const named = parseCopyName(name);
  if (named?.kind !== 'segment') return undefined;
  return { name, first: named.first, end: { fork: named.fork, sequence: named.last, hash: named.hash } };
}

/** Of a header or a segment. */
export function vaultOfName(name: string): VaultId | undefined {
  const named = parseCopyName(name);
  return named?.kind === 'header' || named?.kind === 'segment' ? named.vault : undefined;
}

export interface ReadSegment {
  readonly entries: readonly StoredEntry[];
  /** Whether all of it could be read. Whether entries fit to each other is the caller's to check. */
  readonly isWhole: boolean;
}

/** @throws Fault `newer-format`. */
export function readSegment(bytes: Uint8Array): ReadSegment {
  try {
    const { entries, problem } = readEntries(bytes);
    const stored = entries.flatMap((entry) => storedEntry(entry) ?? []);
    return { entries: stored, isWhole: problem === undefined && stored.length === entries.length };
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return { entries: [], isWhole: false };
  }
}

/** Undefined for one whose header does not parse: the lengths still tell where the next one begins. */
function storedEntry({ header, bodyHash, body }: SegmentEntry): StoredEntry | undefined {
  try {
    const { fork, sequence } = decodeHeader(header).header;
    return { fork, sequence, header, bodyHash, body };
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}
