import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  { path: '/trust', audience: 'visitor', load: async () => (await import('./trust-page.tsx')).TrustPage },
];
