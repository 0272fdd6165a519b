import { type QueryKey, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { call, callOpen, type Request } from './client.ts';
import { useSession } from './session.ts';

type Query = NonNullable<Request['query']>;

/** The key under which an answer is kept; the account is part of it. */
export function keyOf(tag: string | undefined, path: string, query: Query = {}): QueryKey {
  return [tag ?? 'anyone', path, query];
}

/** What is at a personal address, kept and refreshed. */
export function useApi<Answer>(
  path: string,
  query: Query = {},
  options: { readonly enabled?: boolean; readonly refreshMs?: number } = {},
): UseQueryResult<Answer> {
  const tag = useSession()?.tag;
  return useQuery({
    queryKey: keyOf(tag, path, query),
    queryFn: ({ signal }) => call<Answer>('GET', path, { query, signal }),
    enabled: tag !== undefined && (options.enabled ?? true),
    ...(options.refreshMs !== undefined && { refetchInterval: options.refreshMs }),
  });
}

/** What is at an address for everybody. */
export function useOpenApi<Answer>(path: string, query: Query = {}): UseQueryResult<Answer> {
  return useQuery({
    queryKey: keyOf(undefined, path, query),
    queryFn: ({ signal }) => callOpen<Answer>('GET', path, { query, signal }),
  });
}
