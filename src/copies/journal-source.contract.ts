import type { VaultId } from '#base/ids.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Journal } from '#store/journal/journal.ts';
import { checkLink } from '#vault/chain.ts';
import type { Source } from './source.ts';

/** Another journal as what a copy holds; for tests. */
export function sourceOf(
  journal: Journal,
  chunks: Pick<ChunkStore, 'get'>,
  title = 'copy',
): Pick<Source, 'title' | 'heads' | 'entries' | 'chunk' | 'publicHeaders'> {
  return {
    title,
    heads: async (vault) => {
      const head = await journal.head(vault);
      return head.sequence === 0 ? [] : [{ vault, ...head }];
    },
    entries: async (vault: VaultId, after, to) => {
      const found = await journal.entries(vault, after.sequence, Math.max(1, to.sequence - after.sequence));
      try {
        let at = after;
        for (const entry of found) at = checkLink(vault, at, entry).head;
        return found;
      } catch {
        return [];
      }
    },
    chunk: async (id) => (await journal.chunkData(id)) ?? (await chunks.get(id)),
    publicHeaders: (vault) => journal.publicHeaders(vault),
  };
}
