import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/invitation',
    audience: 'visitor',
    load: async () => (await import('./invitation-page.tsx')).InvitationPage,
  },
];
