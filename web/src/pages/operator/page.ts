import { IconServerCog } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const pages: readonly Page[] = [
  {
    path: '/operator',
    audience: 'operator',
    load: async () => (await import('./operator-page.tsx')).OperatorPage,
    navigation: { label: { en: 'Operator', fr: 'Opérateur', de: 'Betreiber' }, icon: IconServerCog, order: 90 },
  },
];
