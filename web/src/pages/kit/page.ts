import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  { path: '/kit', audience: 'owner', load: async () => (await import('./kit-page.tsx')).KitPage },
];
