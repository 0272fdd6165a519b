import { IconDeviceMobileShare } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/reach',
    audience: 'operator',
    load: async () => (await import('./reach-page.tsx')).ReachPage,
    navigation: {
      label: { en: 'From your phone', fr: 'Depuis le téléphone', de: 'Vom Telefon' },
      icon: IconDeviceMobileShare,
      order: 96,
    },
  },
];
