import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/add-copy',
    audience: 'operator',
    load: async () => (await import('./add-copy-page.tsx')).AddCopyPage,
  },
];
