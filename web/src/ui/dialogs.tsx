import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, type JSX, type ReactNode, useState, useSyncExternalStore } from 'react';
import { askForProofWith, call } from '../api/client.ts';
import { problemText } from '../api/words.ts';
import { useWords } from '../i18n/language.ts';
import { makeStore } from './store.ts';
import { words } from './words.ts';

interface Question {
  readonly title: string;
  readonly text: ReactNode;
  /** What the button says: the verb of what will be done. */
  readonly action: string;
  readonly isDangerous?: boolean;
}

interface Asked<Subject> {
  readonly subject: Subject;
  readonly answer: (yes: boolean) => void;
}

const questions = makeStore<Asked<Question> | undefined>(undefined);
const proofs = makeStore<Asked<'proof'> | undefined>(undefined);

/** Asks before something that cannot be undone by one click. */
export function confirm(question: Question): Promise<boolean> {
  return ask(questions, question);
}

function ask<Subject>(store: typeof proofs | typeof questions, subject: Subject): Promise<boolean> {
  store.get()?.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean): void => {
      store.set(undefined);
      resolve(yes);
    };
    (store as ReturnType<typeof makeStore<Asked<Subject> | undefined>>).set({ subject, answer });
  });
}

askForProofWith(() => ask(proofs, 'proof'));

/** The dialogs that any page may open; once in the application. */
export function Dialogs(): JSX.Element {
  const question = useSyncExternalStore(questions.subscribe, questions.get);
  const proof = useSyncExternalStore(proofs.subscribe, proofs.get);
  return (
    <>
      {question !== undefined && <ConfirmDialog {...question} />}
      {proof !== undefined && <ProofDialog answer={proof.answer} />}
    </>
  );
}

function ConfirmDialog({ subject, answer }: Asked<Question>): JSX.Element {
  const { cancel, close } = useWords(words);
  return (
    <Modal opened onClose={() => answer(false)} title={subject.title} closeButtonProps={{ 'aria-label': close }}>
      <Stack gap="lg">
        <Text component="div">{subject.text}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" data-autofocus onClick={() => answer(false)}>
            {cancel}
          </Button>
          <Button {...(subject.isDangerous === true && { color: 'red' })} onClick={() => answer(true)}>
            {subject.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ProofDialog({ answer }: Pick<Asked<'proof'>, 'answer'>): JSX.Element {
  const { proofTitle, proofText, proofAction, password: passwordLabel, cancel, close } = useWords(words);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await call('POST', '/prove', { body: { password } });
      answer(true);
    } catch (problem) {
      setError(problemText(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => answer(false)} title={proofTitle} closeButtonProps={{ 'aria-label': close }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text>{proofText}</Text>
          <PasswordInput
            data-autofocus
            label={passwordLabel}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            {...(error !== undefined && { error })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => answer(false)}>
              {cancel}
            </Button>
            <Button type="submit" loading={isBusy} disabled={password === ''}>
              {proofAction}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
