import { Alert, Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type JSX, type ReactNode, useState } from 'react';
import { problemText } from '../../api/words.ts';
import { useWords } from '../../i18n/language.ts';
import { differs, isTypedTwice, NewPasswordFields, noPassword } from '../../ui/new-password.tsx';
import { words } from './words.ts';

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  readonly keep: boolean;
}

interface NewAccountFormProps {
  readonly make: (account: NewAccount) => Promise<void>;
  /** What else is asked for, before the button. */
  readonly children?: ReactNode;
}

export function NewAccountForm({ make, children }: NewAccountFormProps): JSX.Element {
  const w = useWords(words);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(noPassword);
  const [keep, setKeep] = useState(false);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isTypedTwice(chosen)) return;
    setBusy(true);
    setError(undefined);
    try {
      await make({ name: name.trim().toLowerCase(), password: chosen.password, keep });
    } catch (problem) {
      setError(problemText(problem));
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
        <TextInput
          label={w.name}
          description={w.nameHint}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NewPasswordFields label={w.password} value={chosen} onChange={setChosen} />
        <Checkbox label={w.keep} checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
        {children}
        <Button type="submit" size="md" fullWidth loading={isBusy} disabled={differs(chosen)}>
          {w.action}
        </Button>
      </Stack>
    </form>
  );
}
