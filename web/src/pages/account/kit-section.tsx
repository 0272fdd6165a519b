import { Alert, Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { Me } from '#faces/api/contract/account.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { words } from './words.ts';

export function KitSection({ me }: { readonly me: Me }): JSX.Element {
  const w = useWords(words);
  return (
    <Section title={w.kitTitle} lead={w.kitLead}>
      {!me.isKitProven && <Alert color="yellow">{w.kitUnproven}</Alert>}
      <Group>
        <Button variant="default" renderRoot={(props) => <Link to="/kit" {...props} />}>
          {w.kitOpen}
        </Button>
      </Group>
    </Section>
  );
}
