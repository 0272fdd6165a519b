import { IconShieldCheck } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/',
    audience: 'owner',
    load: async () => (await import('./safe-page.tsx')).SafePage,
    navigation: { label: { en: 'Safe', fr: 'Sûreté', de: 'Sicherheit' }, icon: IconShieldCheck, order: 10 },
  },
];
