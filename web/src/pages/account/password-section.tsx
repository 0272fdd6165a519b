import { Alert, Button, Group, Stack } from '@mantine/core';
import { type FormEvent, type JSX, useState } from 'react';
import type { Begun } from '#faces/api/contract/sign-in.ts';
import { call, callOpen } from '../../api/client.ts';
import { beginSession, isSessionKept } from '../../api/session.ts';
import { problemText } from '../../api/words.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { isTypedTwice, NewPasswordFields, noPassword } from '../../ui/new-password.tsx';
import { Section } from '../../ui/section.tsx';
import { toast } from '../../ui/toasts.tsx';
import { words } from './words.ts';

export function PasswordSection({ name }: { readonly name: string }): JSX.Element {
  const w = useWords(words);
  const [chosen, setChosen] = useState(noPassword);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isTypedTwice(chosen)) return;
    const { password } = chosen;
    setBusy(true);
    setError(undefined);
    try {
      await call('POST', '/password', { body: { password } });
      // The session of the old password is over; this device goes on with the new one.
      const keep = isSessionKept();
      const body = { name, password, keep, label: deviceLabel() };
      beginSession(await callOpen<Begun>('POST', '/sign-in', { body }), keep);
      setChosen(noPassword);
      toast(w.passwordChanged);
    } catch (problem) {
      setError(problemText(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={w.passwordTitle} lead={w.passwordLead}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md" maw={420}>
          {error !== undefined && (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <NewPasswordFields label={w.newPassword} value={chosen} onChange={setChosen} />
          <Group>
            <Button type="submit" variant="default" loading={isBusy} disabled={!isTypedTwice(chosen)}>
              {w.changePassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
