import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';
import { checkLink, openEntryBody } from '#vault/chain.ts';
import { PlainTree } from '#vault/files/second-reader.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import { isSameHead, noHead } from './chain-source.ts';
import type { Source } from './source.ts';

/** Entries that could not be read; what they did is not in the tree. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** `missing`: not there. `damaged`: there, and does not open. `unlinked`: what stands before is another entry than it says. */
  readonly why: 'missing' | 'damaged' | 'unlinked';
}

export interface TreeReading {
  readonly tree: PlainTree;
  readonly head: Head;
  readonly gaps: readonly Gap[];
}

/**
 * Folds a vault with the second reader as far as its entries can be had: behind a gap it goes on, for every entry
 * authenticates by itself, and a file less is better than all that came after it.
 * @param upTo of the entries, the last one that counts.
 */
export async function readTree(
  source: Source,
  keys: VaultKeys,
  to: Head,
  upTo: number = Number.POSITIVE_INFINITY,
): Promise<TreeReading> {
  const tree = new PlainTree();
  const gaps: Gap[] = [];
  let at = noHead;
  const last = Math.min(to.sequence, upTo);
  while (at.sequence < last) {
    const entries = await source.entries(keys.vault, at, to);
    for (const entry of entries.filter(({ sequence }) => sequence <= last)) {
      if (!applyEntry(tree, keys, at, entry)) {
        gaps.push({ from: entry.sequence, to: entry.sequence, why: entry.body === null ? 'missing' : 'damaged' });
      }
      at = checkLink(keys.vault, at, entry).head;
    }
    if (entries.length > 0) continue;
    const next = await source.behindGap(keys.vault, at.sequence, to);
    const end = Math.min(next?.sequence ?? to.sequence, last);
    gaps.push(
      end > at.sequence
        ? { from: at.sequence + 1, to: end, why: 'missing' }
        : { from: end + 1, to: end + 1, why: 'unlinked' },
    );
    if (next === undefined) break;
    at = next;
  }
  if (at.sequence === to.sequence && !isSameHead(at, to))
    gaps.push({ from: to.sequence, to: to.sequence, why: 'unlinked' });
  return { tree, head: at, gaps };
}

function applyEntry(tree: PlainTree, keys: VaultKeys, at: Head, entry: StoredEntry): boolean {
  try {
    const linked = checkLink(keys.vault, at, entry);
    const { operations } = openEntryBody(keys, linked, entry);
    // Anyone can write an inbox entry: none of its operations count (docs/format.md §5).
    if (linked.header.type !== 'inbox') tree.applyEntry(linked.header.sequence, linked.header.timeMs, operations);
    return true;
  } catch (error) {
    if (!isFault(error, 'damaged') && !isFault(error, 'missing')) throw error;
    return false;
  }
}

/** The last entry whose observed time is not later; 0 when there is none. Times need not ascend, so all are looked at. */
export async function sequenceAt(source: Source, vault: VaultId, to: Head, timeMs: number): Promise<number> {
  let found = 0;
  for (let at = noHead; at.sequence < to.sequence; ) {
    const entries = await source.entries(vault, at, to);
    for (const entry of entries) {
      if (decodeHeader(entry.header).header.timeMs <= timeMs) found = entry.sequence;
      at = checkLink(vault, at, entry).head;
    }
    if (entries.length > 0) continue;
    const next = await source.behindGap(vault, at.sequence, to);
    if (next === undefined) break;
    at = next;
  }
  return found;
}
