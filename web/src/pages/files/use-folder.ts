import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { FileNode, FolderPage } from '#faces/api/contract/files.ts';
import { call } from '../../api/client.ts';
import { keyOf } from '../../api/hooks.ts';
import { queryClient } from '../../api/query-client.ts';
import { useSession } from '../../api/session.ts';
import type { Path } from './place.ts';

/** Shown at once; the rest of a large folder follows in larger pages. */
const firstPage = 2000;
const furtherPage = 20_000;

const listAddress = '/vaults/files/list';

export interface Folder {
  readonly nodes: readonly FileNode[] | undefined;
  readonly isComplete: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

export function useFolder(path: Path): Folder {
  const tag = useSession()?.tag;
  const text = JSON.stringify(path);
  const query = useInfiniteQuery({
    queryKey: keyOf(tag, listAddress, { path: text }),
    queryFn: ({ pageParam, signal }) =>
      call<FolderPage>('GET', listAddress, {
        query: { path: text, after: pageParam, limit: pageParam === undefined ? firstPage : furtherPage },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: tag !== undefined,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const nodes = useMemo(() => query.data?.pages.flatMap((page) => page.children), [query.data]);
  return {
    nodes,
    isComplete: query.data !== undefined && !hasNextPage,
    error: query.error,
    retry: () => void query.refetch(),
  };
}

/** Whatever is shown of the files of the account is asked for again. */
export function refreshFiles(): void {
  void queryClient.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/vaults/files/') });
}
