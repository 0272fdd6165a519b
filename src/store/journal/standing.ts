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
  return (await holdsEntry(journal, vault, remembered)) ? 'on' : 'elsewhere';
}

/** Whether the journal's chain goes through this head, whatever was decided since. */
export async function holdsEntry(
  journal: Pick<JournalReader, 'entries'>,
  vault: VaultId,
  { sequence, hash }: Head,
): Promise<boolean> {
  if (sequence === 0) return true;
  const [entry] = await journal.entries(vault, sequence - 1, 1);
  return entry !== undefined && equalBytes(entryHash(entry.header, entry.bodyHash), hash);
}
