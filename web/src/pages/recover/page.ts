import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  { path: '/recover', audience: 'visitor', load: async () => (await import('./recover-page.tsx')).RecoverPage },
];
