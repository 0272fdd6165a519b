import { Button, Group } from '@mantine/core';
import { IconDeviceMobileOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { Me } from '#faces/api/contract/account.ts';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { LookAndLanguage } from '../../layout/look-and-language.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { AppPasswords } from './app-passwords.tsx';
import { EscrowSection } from './escrow-section.tsx';
import { KitSection } from './kit-section.tsx';
import { PasskeySection } from './passkey-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionSection } from './session-section.tsx';
import { words } from './words.ts';

export function AccountPage(): JSX.Element {
  const w = useWords(words);
  const me = useApi<Me>('/me');
  return (
    <Page title={w.title} lead={w.lead}>
      <Loaded of={me}>
        {(known) => (
          <>
            <Section
              title={w.lostTitle}
              lead={w.lostLead}
              actions={
                <Button
                  renderRoot={(props) => <Link to="/account/lost" {...props} />}
                  color="red"
                  leftSection={<IconDeviceMobileOff size={20} aria-hidden />}
                >
                  {w.lostAction}
                </Button>
              }
            />
            <SessionSection />
            <AppPasswords me={known} />
            <PasskeySection />
            <PasswordSection name={known.name} />
            <KitSection me={known} />
            <EscrowSection me={known} />
            <Section title={w.lookTitle}>
              <Group>
                <LookAndLanguage />
              </Group>
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
