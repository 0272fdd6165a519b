import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/sign-in',
    audience: 'visitor',
    load: async () => (await import('./sign-in-page.tsx')).SignInPage,
  },
];
