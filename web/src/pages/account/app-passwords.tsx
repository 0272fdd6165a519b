import { Button, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { AppPassword, Me } from '#faces/api/contract/account.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Entries, Entry } from '../../ui/entry-list.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { NewAppPasswordDialog } from './new-app-password.tsx';
import { words } from './words.ts';

/** Passwords of phones and programs. */
export function AppPasswords({ me }: { readonly me: Me }): JSX.Element {
  const w = useWords(words);
  const { ago, date } = useFormats();
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const apps = useApi<readonly AppPassword[]>('/app-passwords');
  const end = async ({ id, label }: AppPassword): Promise<void> => {
    const question = { title: w.endAppTitle(label), text: w.endAppText, action: w.endApp, isDangerous: true };
    if (!(await confirm(question))) return;
    try {
      await call('DELETE', `/app-passwords/${id}`);
      toast(w.appEnded);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Section
      title={w.appsTitle}
      lead={w.appsLead}
      actions={
        <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setMaking(true)}>
          {w.newApp}
        </Button>
      }
    >
      <Loaded of={apps}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{w.noApps}</Text>
          ) : (
            <Entries label={w.appsTitle}>
              {all.map((app) => (
                <Entry
                  key={app.id}
                  icon={IconKey}
                  title={app.label}
                  lines={[
                    app.lastUse === null ? w.neverUsed : w.used(ago(app.lastUse.timeMs), app.lastUse.address),
                    w.opens(app.vaults.map((kind) => w.vaults[kind]).join(', ')),
                    w.since(date(app.createdMs)),
                  ]}
                  action={
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={`${w.endApp}: ${app.label}`}
                      onClick={() => void end(app)}
                    >
                      {w.endApp}
                    </Button>
                  }
                />
              ))}
            </Entries>
          )
        }
      </Loaded>
      <NewAppPasswordDialog me={me} isOpen={isMaking} onClose={() => setMaking(false)} />
    </Section>
  );
}
