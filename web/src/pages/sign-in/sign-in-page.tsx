import { Alert, Anchor, Button, Checkbox, PasswordInput, Stack, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, type JSX, useState } from 'react';
import type { PasskeyRequest } from '#faces/api/contract/credentials.ts';
import type { Begun } from '#faces/api/contract/sign-in.ts';
import { callOpen } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { beginSession, useEnding } from '../../api/session.ts';
import { problemText } from '../../api/words.ts';
import { knowsPasskeys } from '../../device/knows-passkeys.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { words } from './words.ts';

export function SignInPage(): JSX.Element {
  const w = useWords(words);
  const ending = useEnding();
  const navigate = useNavigate();
  const { next } = useSearch({ strict: false }) as { readonly next?: string };
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [keep, setKeep] = useState(false);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const withPasskey = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      // Only who has a passkey loads what speaks with it.
      const { askPasskey } = await import('../../device/passkey.ts');
      const proof = await askPasskey(await callOpen<PasskeyRequest>('POST', '/passkey/options'));
      const body = { ...proof, keep, label: deviceLabel() };
      beginSession(await callOpen<Begun>('POST', '/passkey/sign-in', { body }), keep);
      await navigate({ to: ownPath(next), replace: true });
    } catch (problem) {
      const { passkeyProblemText } = await import('../../device/passkey-words.ts');
      setError(isProblem(problem, 'wrong-proof') ? w.wrongPasskey : passkeyProblemText(problem));
      setBusy(false);
    }
  };

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const body = { name: name.trim().toLowerCase(), password, keep, label: deviceLabel() };
      beginSession(await callOpen<Begun>('POST', '/sign-in', { body }), keep);
      await navigate({ to: ownPath(next), replace: true });
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };

  return (
    <VisitorFrame title={w.title} lead={w.lead}>
      {error === undefined && ending === 'expired' && <Alert>{w.expired}</Alert>}
      {error === undefined && ending === 'signed-out' && <Alert>{w.signedOut}</Alert>}
      {error !== undefined && (
        <Alert color="red" role="alert">
          {error}
        </Alert>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <TextInput
            label={w.name}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={w.password}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Checkbox
            label={w.keep}
            description={w.keepHint}
            checked={keep}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
          <Button type="submit" size="md" fullWidth loading={isBusy}>
            {w.action}
          </Button>
          {knowsPasskeys() && (
            <Button
              size="md"
              fullWidth
              variant="default"
              leftSection={<IconFingerprint size={20} aria-hidden />}
              disabled={isBusy}
              onClick={() => void withPasskey()}
            >
              {w.passkey}
            </Button>
          )}
        </Stack>
      </form>
      <Anchor renderRoot={(props) => <Link to="/recover" {...props} />}>{w.forgotten}</Anchor>
    </VisitorFrame>
  );
}

/** Never to another site, whatever the address says. */
function ownPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
}
