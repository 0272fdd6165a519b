import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/first-run',
    audience: 'visitor',
    load: async () => (await import('./first-run-page.tsx')).FirstRunPage,
  },
];
