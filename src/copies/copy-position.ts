import { equalBytes } from '#base/bytes.ts';
import type { VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { parseCopyName, segmentsPrefix } from '#format/copy-names.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import { standing } from '#store/journal/standing.ts';
import type { Place } from '#store/places/place.ts';

const beginning: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

/** Where a copy of a vault stands against the journal. */
export type CopyPosition =
  /** The copy goes on from `at`, which is on the journal's chain. */
  | { readonly kind: 'at'; readonly at: Head }
  /** The journal is shorter than the copy, or holds another branch without having said so by a higher fork number. */
  | { readonly kind: 'refused'; readonly copy: Head; readonly journal: Head };

/**
 * By the names of what the place holds, not by anything that was remembered: a data folder that was put back to an earlier
 * state brings its memory along.
 */
export async function positionOf(
  place: Pick<Place, 'list'>,
  journal: Pick<JournalReader, 'head' | 'entries'>,
  vault: VaultId,
): Promise<CopyPosition> {
  const ends = await endsOf(place, vault);
  const copy = ends.reduce(later, beginning);
  if ((await standing(journal, vault, copy)) !== 'on')
    return { kind: 'refused', copy, journal: await journal.head(vault) };
  const { sequence } = await journal.head(vault);
  // After a deliberate fork the copy's newest segments may be of the branch that was left. Those before lead to them in the
  // order in which they were written, so behind the newest that is on the chain nothing is missing.
  for (const end of ends.filter((each) => each.sequence <= sequence).toSorted((a, b) => b.sequence - a.sequence)) {
    if (await isOnChain(journal, vault, end)) return { kind: 'at', at: end };
  }
  return { kind: 'at', at: beginning };
}

async function endsOf(place: Pick<Place, 'list'>, vault: VaultId): Promise<readonly Head[]> {
  const ends: Head[] = [];
  for await (const { name } of place.list(segmentsPrefix(vault))) {
    const named = parseCopyName(name);
    if (named?.kind === 'segment') ends.push({ fork: named.fork, sequence: named.last, hash: named.hash });
  }
  return ends;
}

/** docs/format.md §13: the highest fork number, and among those the highest sequence. */
function later(a: Head, b: Head): Head {
  if (a.fork !== b.fork) return a.fork > b.fork ? a : b;
  return a.sequence >= b.sequence ? a : b;
}

async function isOnChain(journal: Pick<JournalReader, 'entries'>, vault: VaultId, end: Head): Promise<boolean> {
  const [entry] = await journal.entries(vault, end.sequence - 1, 1);
  return entry !== undefined && equalBytes(entryHash(entry.header, entry.bodyHash), end.hash);
}
