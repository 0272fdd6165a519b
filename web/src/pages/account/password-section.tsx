import { Alert, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { type FormEvent, type JSX, useState } from 'react';
import type { Begun } from '#faces/api/contract/sign-in.ts';
import { call, callOpen } from '../../api/client.ts';
import { beginSession, isSessionKept } from '../../api/session.ts';
import { problemText } from '../../api/words.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { toast } from '../../ui/toasts.tsx';
import { words } from './words.ts';

export function PasswordSection({ name }: { readonly name: string }): JSX.Element {
  const w = useWords(words);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const differs = again !== '' && again !== password;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (differs) return;
    setBusy(true);
    setError(undefined);
    try {
      await call('POST', '/password', { body: { password } });
      // The session of the old password is over; this device goes on with the new one.
      const keep = isSessionKept();
      const body = { name, password, keep, label: deviceLabel() };
      beginSession(await callOpen<Begun>('POST', '/sign-in', { body }), keep);
      setPassword('');
      setAgain('');
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
          <PasswordInput
            label={w.newPassword}
            description={w.newPasswordHint}
            autoComplete="new-password"
            minLength={8}
            maxLength={1024}
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={w.newPasswordAgain}
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            {...(differs && { error: w.notTheSame })}
          />
          <Group>
            <Button
              type="submit"
              variant="default"
              loading={isBusy}
              disabled={password === '' || again === '' || differs}
            >
              {w.changePassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
