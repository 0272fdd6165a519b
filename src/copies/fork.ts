import { Fault, isFault } from '#base/fault.ts';
import { limits, type VaultId } from '#base/ids.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import type { Source } from './source.ts';

/**
 * The number of a deliberate fork: above that of every branch that the journal or a copy that answers knows. One that does
 * not answer may know a higher one: then it is found when it is back, and the fork is decided again.
 * @throws Fault `read-only` when there are no numbers left.
 */
export async function nextFork(
  journal: Pick<JournalReader, 'head'>,
  sources: readonly Pick<Source, 'heads'>[],
  vault: VaultId,
): Promise<number> {
  let highest = (await journal.head(vault)).fork;
  for (const source of sources) {
    try {
      for (const head of await source.heads(vault)) highest = Math.max(highest, head.fork);
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }
  if (highest < limits.maxFork) return highest + 1;
  throw new Fault('read-only', `Vault ${vault} was forked ${limits.maxFork} times: there is no number left.`);
}
