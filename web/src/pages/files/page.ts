import { IconFolder } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/files',
    audience: 'owner',
    load: async () => (await import('./files-page.tsx')).FilesPage,
    navigation: { label: { en: 'Files', fr: 'Fichiers', de: 'Dateien' }, icon: IconFolder, order: 20 },
  },
  {
    path: '/trash',
    audience: 'owner',
    load: async () => (await import('./trash-page.tsx')).TrashPage,
  },
];
