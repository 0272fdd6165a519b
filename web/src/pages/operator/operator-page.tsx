import type { JSX } from 'react';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { Accounts } from './accounts.tsx';
import { Alarms } from './alarms.tsx';
import { Copies } from './copies.tsx';
import { Erasing } from './erasing.tsx';
import { Maintenance } from './maintenance.tsx';
import { words } from './words.ts';

export function OperatorPage(): JSX.Element {
  const w = useWords(words);
  return (
    <Page title={w.title} lead={w.lead}>
      <Accounts />
      <Copies />
      <Alarms />
      <Erasing />
      <Maintenance />
    </Page>
  );
}
