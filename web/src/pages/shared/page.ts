import { IconShare } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/shared',
    audience: 'owner',
    load: async () => (await import('./shared-page.tsx')).SharedPage,
    navigation: { label: { en: 'Shared', fr: 'Partages', de: 'Geteilt' }, icon: IconShare, order: 60 },
  },
];
