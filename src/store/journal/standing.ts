import { equalBytes } from '#base/bytes.ts';
import type { VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { isBeyond } from './heads-file.ts';
import type { Head, JournalReader } from './journal.ts';

/**
 * How a journal stands to a head of the vault that something else remembers. `on`: it holds that entry, or has decided to go on
 * without it (a higher fork number); `behind`: it ends before it; `elsewhere`: it holds another entry in its place.
 */
export type Standing = 'on' | 'behind' | 'elsewhere';

export async function standing(
  journal: Pick<JournalReader, 'head' | 'entries'>,
  vault: VaultId,
  remembered: Head,
): Promise<Standing> {
  const head = await journal.head(vault);
  if (head.fork > remembered.fork || remembered.sequence === 0) return 'on';
  if (isBeyond(remembered, head)) return 'behind';
  const [entry] = await journal.entries(vault, remembered.sequence - 1, 1);
  const isThere = entry !== undefined && equalBytes(entryHash(entry.header, entry.bodyHash), remembered.hash);
  return isThere ? 'on' : 'elsewhere';
}
