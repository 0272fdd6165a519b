import { IconDevices } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/account',
    audience: 'owner',
    load: async () => (await import('./account-page.tsx')).AccountPage,
    navigation: {
      label: { en: 'Devices', fr: 'Appareils', de: 'Geräte' },
      icon: IconDevices,
      order: 80,
    },
  },
  {
    path: '/account/lost',
    audience: 'owner',
    load: async () => (await import('./lost-page.tsx')).LostPage,
  },
];
