/** Which photos are shown: the address says it. An album is named by its id. */
export type Show = 'all' | 'favourites' | 'videos' | `a${string}`;

export function showOf(splat: string): Show | 'albums' | undefined {
  if (splat === '') return 'all';
  if (splat === 'favourites' || splat === 'videos' || splat === 'albums') return splat;
  const album = /^albums\/(a[0-9a-f]{16})$/.exec(splat)?.[1];
  return album as Show | undefined;
}

export function addressOf(show: Show | 'albums'): string {
  if (show === 'all') return '/photos';
  return show === 'favourites' || show === 'videos' || show === 'albums' ? `/photos/${show}` : `/photos/albums/${show}`;
}
