import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/operator-kit',
    audience: 'operator',
    load: async () => (await import('./operator-kit-page.tsx')).OperatorKitPage,
  },
];
