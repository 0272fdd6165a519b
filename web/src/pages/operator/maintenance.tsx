import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { InstanceInfo } from '#faces/api/contract/sign-in.ts';
import { call } from '../../api/client.ts';
import { useOpenApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

export function Maintenance(): JSX.Element {
  const w = useWords(words);
  const { dateTime } = useFormats();
  const queries = useQueryClient();
  const instance = useOpenApi<InstanceInfo>('/instance');
  const [message, setMessage] = useState('');
  const [isBusy, setBusy] = useState(false);
  const set = async (wanted: string | null): Promise<void> => {
    setBusy(true);
    try {
      await call('PUT', '/operator/maintenance', { body: { message: wanted } });
      toast(wanted === null ? w.ended : w.begun);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const begin = async (): Promise<void> => {
    if (await confirm({ title: w.beginQuestion, text: w.beginText, action: w.begin })) await set(message.trim());
  };
  return (
    <Section title={w.maintenance} lead={w.maintenanceText}>
      <Loaded of={instance}>
        {({ maintenance }) =>
          maintenance === null ? (
            <Stack gap="sm" align="flex-start">
              <TextInput
                label={w.message}
                description={w.messageHint}
                maxLength={500}
                w="100%"
                maw={520}
                value={message}
                onChange={(event) => setMessage(event.currentTarget.value)}
              />
              <Button variant="default" loading={isBusy} onClick={() => void begin()}>
                {w.begin}
              </Button>
            </Stack>
          ) : (
            <Group justify="space-between" gap="sm">
              <Text fw={600}>{w.maintenanceOn(dateTime(maintenance.sinceMs))}</Text>
              <Button loading={isBusy} onClick={() => void set(null)}>
                {w.end}
              </Button>
            </Group>
          )
        }
      </Loaded>
    </Section>
  );
}
