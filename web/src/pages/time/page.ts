import { IconHistory } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/time/$',
    audience: 'owner',
    load: async () => (await import('./time-page.tsx')).TimePage,
    navigation: { label: { en: 'Time', fr: 'Temps', de: 'Zeit' }, icon: IconHistory, order: 40 },
  },
];
