import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../../api/client.ts';
import { currentLanguage, wordsNow } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

const mostAtOnce = 500;

/** What is done with photos that were chosen, or with the one that is looked at. */
export interface PhotoChanges {
  favourite(nodes: readonly string[], isFavourite: boolean): Promise<boolean>;
  trash(nodes: readonly string[]): Promise<boolean>;
  putInto(album: string, nodes: readonly string[], isIn: boolean): Promise<boolean>;
}

export function usePhotoChanges(): PhotoChanges {
  const client = useQueryClient();
  return useMemo(() => {
    const refresh = (): Promise<void> =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => /^\/vaults\/files\/(photos|albums)/.test(String(queryKey[1])),
      });
    const each = async (
      nodes: readonly string[],
      change: (some: readonly string[]) => Promise<unknown>,
    ): Promise<boolean> => {
      try {
        for (let at = 0; at < nodes.length; at += mostAtOnce) await change(nodes.slice(at, at + mostAtOnce));
        return true;
      } catch (error) {
        toastProblem(error);
        return false;
      } finally {
        await refresh();
      }
    };
    return {
      favourite: (nodes, isFavourite) =>
        each(nodes, (some) => call('POST', '/vaults/files/photos/favourite', { body: { nodes: some, isFavourite } })),
      putInto: (album, nodes, isIn) =>
        each(nodes, (some) => call('POST', `/vaults/files/albums/${album}/photos`, { body: { nodes: some, isIn } })),
      trash: async (nodes) => {
        const w = wordsNow(words);
        const title = plural(currentLanguage(), nodes.length, w.trashTitle);
        if (!(await confirm({ title, text: w.trashText, action: w.trashAction }))) return false;
        const isDone = await each(nodes, (some) =>
          call('POST', '/vaults/files/photos/trash', { body: { nodes: some } }),
        );
        if (isDone) toast(plural(currentLanguage(), nodes.length, w.trashed));
        return isDone;
      },
    };
  }, [client]);
}
