import { Alert, Anchor, Button, FileButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, type JSX, useState } from 'react';
import type { Begun } from '#faces/api/contract/sign-in.ts';
import { callOpen } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { beginSession } from '../../api/session.ts';
import { problemText } from '../../api/words.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { differs, isTypedTwice, NewPasswordFields, noPassword } from '../../ui/new-password.tsx';
import { words } from './words.ts';

/** A kit has some hundred characters; what is longer is another file. */
const mostCharacters = 4000;
const keyLine = /AGE-SECRET-KEY-1[A-Z0-9]+/i;

export function RecoverPage(): JSX.Element {
  const w = useWords(words);
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [kit, setKit] = useState('');
  const [chosen, setChosen] = useState(noPassword);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const choose = async (file: File | null): Promise<void> => {
    const text = (await file?.text()) ?? '';
    setKit(keyLine.exec(text)?.[0] ?? text.slice(0, mostCharacters));
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isTypedTwice(chosen)) return;
    setBusy(true);
    setError(undefined);
    try {
      const { password } = chosen;
      const body = { name: name.trim().toLowerCase(), kit: kit.trim().toUpperCase(), password, label: deviceLabel() };
      beginSession(await callOpen<Begun>('POST', '/recover', { body }), false);
      await navigate({ to: '/', replace: true });
    } catch (problem) {
      setError(isProblem(problem, 'wrong-proof') ? w.wrong : problemText(problem));
      setBusy(false);
    }
  };

  return (
    <VisitorFrame title={w.title} lead={w.lead}>
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
          <TextInput
            label={w.kit}
            description={w.kitHint}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
            withAsterisk={false}
            value={kit}
            onChange={(event) => setKit(event.currentTarget.value)}
          />
          <Group>
            <FileButton onChange={(file) => void choose(file)} accept="text/plain,text/html,.txt,.html">
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconFileText size={20} aria-hidden />}>
                  {w.file}
                </Button>
              )}
            </FileButton>
          </Group>
          <NewPasswordFields label={w.password} value={chosen} onChange={setChosen} />
          <Button type="submit" size="md" fullWidth loading={isBusy} disabled={differs(chosen)}>
            {w.action}
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed">
        {w.noKit}
      </Text>
      <Anchor renderRoot={(props) => <Link to="/sign-in" {...props} />}>{w.back}</Anchor>
    </VisitorFrame>
  );
}
