import { IconUserPlus } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/invite',
    audience: 'operator',
    load: async () => (await import('./invite-page.tsx')).InvitePage,
    navigation: { label: { en: 'Invite', fr: 'Inviter', de: 'Einladen' }, icon: IconUserPlus, order: 95 },
  },
];
