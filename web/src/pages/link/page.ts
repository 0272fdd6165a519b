import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  { path: '/s/$link', audience: 'visitor', load: async () => (await import('./link-page.tsx')).LinkPage },
];
