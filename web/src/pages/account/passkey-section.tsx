import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconFingerprint, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { Passkey, PasskeyCreation } from '#faces/api/contract/credentials.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { deviceLabel } from '../../device/label.ts';
import { makePasskey } from '../../device/passkey.ts';
import { passkeyProblemText } from '../../device/passkey-words.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Entries, Entry } from '../../ui/entry-list.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words as uiWords } from '../../ui/words.ts';
import { words } from './words.ts';

export function PasskeySection(): JSX.Element {
  const w = useWords(words);
  const { date } = useFormats();
  const { close } = useWords(uiWords);
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const passkeys = useApi<readonly Passkey[]>('/passkeys');
  const end = async ({ id, label }: Passkey): Promise<void> => {
    const question = { title: w.endPasskeyTitle(label), text: w.endPasskeyText, action: w.endApp, isDangerous: true };
    if (!(await confirm(question))) return;
    try {
      await call('DELETE', `/passkeys/${id}`);
      toast(w.passkeyEnded);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Section
      title={w.passkeysTitle}
      lead={w.passkeysLead}
      actions={
        <Button variant="default" leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setMaking(true)}>
          {w.newPasskey}
        </Button>
      }
    >
      <Loaded of={passkeys}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{w.noPasskeys}</Text>
          ) : (
            <Entries label={w.passkeysTitle}>
              {all.map((passkey) => (
                <Entry
                  key={passkey.id}
                  icon={IconFingerprint}
                  title={passkey.label}
                  lines={[w.passkeySite(passkey.site), w.since(date(passkey.createdMs))]}
                  action={
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={`${w.endApp}: ${passkey.label}`}
                      onClick={() => void end(passkey)}
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
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={w.newPasskey}
        closeButtonProps={{ 'aria-label': close }}
      >
        <PasskeyForm onDone={() => setMaking(false)} />
      </Modal>
    </Section>
  );
}

function PasskeyForm({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const [label, setLabel] = useState(deviceLabel);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const made = await makePasskey(await call<PasskeyCreation>('POST', '/passkeys/options'));
      await call('POST', '/passkeys', { body: { label: label.trim(), ...made } });
      toast(w.passkeyMade);
      await queries.invalidateQueries();
      onDone();
    } catch (problem) {
      setError(passkeyProblemText(problem));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <Text>{w.passkeyHow}</Text>
        <TextInput
          data-autofocus
          label={w.passkeyLabel}
          maxLength={100}
          required
          withAsterisk={false}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy} disabled={label.trim() === ''}>
            {w.makePasskey}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
