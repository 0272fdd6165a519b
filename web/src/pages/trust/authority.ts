import { type UseQueryResult, useQuery } from '@tanstack/react-query';

export interface Authority {
  /** SHA-256 of the root; null when there is no authority of the house. */
  readonly fingerprint: string | null;
}

export function useAuthority(): UseQueryResult<Authority> {
  return useQuery({
    queryKey: ['authority'],
    queryFn: async ({ signal }) => (await fetch('/trust/authority.json', { signal })).json() as Promise<Authority>,
  });
}
