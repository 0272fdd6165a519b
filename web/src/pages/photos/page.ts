import { IconPhoto } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/photos/$',
    audience: 'owner',
    load: async () => (await import('./photos-page.tsx')).PhotosPage,
    navigation: { label: { en: 'Photos', fr: 'Photos', de: 'Fotos' }, icon: IconPhoto, order: 30 },
  },
];
