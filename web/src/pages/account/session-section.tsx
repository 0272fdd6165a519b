import { Button } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import type { SessionEntry } from '#faces/api/contract/account.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Entries, Entry } from '../../ui/entry-list.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

const phones: RegExp = /iPhone|iPad|Android/;

/** Where the owner is signed in with a browser. */
export function SessionSection(): JSX.Element {
  const w = useWords(words);
  const { ago, date } = useFormats();
  const queries = useQueryClient();
  const sessions = useApi<readonly SessionEntry[]>('/sessions');
  const end = async (id: string): Promise<void> => {
    try {
      await call('DELETE', `/sessions/${id}`);
      toast(w.sessionEnded);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Section title={w.sessionsTitle} lead={w.sessionsLead}>
      <Loaded of={sessions}>
        {(all) => (
          <Entries label={w.sessionsTitle}>
            {all.map(({ id, label, address, createdMs, usedMs, isThis }) => (
              <Entry
                key={id}
                icon={phones.test(label) ? IconDeviceMobile : IconDeviceDesktop}
                title={label === '' ? w.unnamedDevice : label}
                badge={isThis ? w.thisDevice : undefined}
                lines={[w.used(ago(usedMs), address), w.since(date(createdMs))]}
                action={
                  isThis ? undefined : (
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={`${w.endSession}: ${label}`}
                      onClick={() => void end(id)}
                    >
                      {w.endSession}
                    </Button>
                  )
                }
              />
            ))}
          </Entries>
        )}
      </Loaded>
    </Section>
  );
}
