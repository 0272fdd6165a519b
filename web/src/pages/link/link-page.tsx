import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { isProblem } from '../../api/problem.ts';
import { problemText } from '../../api/words.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { EmptyState, ErrorState, Loading } from '../../ui/states.tsx';
import { DropZone } from './drop-zone.tsx';
import { SharedFolder } from './shared-folder.tsx';
import { openLink, tokenOfAddress, type Visit } from './visit.ts';
import { words } from './words.ts';

type State =
  | { readonly kind: 'opening' }
  | { readonly kind: 'password' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'problem'; readonly error: unknown }
  | { readonly kind: 'open'; readonly visit: Visit };

/** What somebody with a link sees, without an account. */
export function LinkPage(): JSX.Element {
  const w = useWords(words);
  const { link = '' } = useParams({ strict: false }) as { readonly link?: string };
  const [state, setState] = useState<State>({ kind: 'opening' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to try again
  useEffect(() => {
    openLink(link, tokenOfAddress(), undefined).then(
      (visit) => setState({ kind: 'open', visit }),
      (error: unknown) => setState(afterRefusal(error)),
    );
  }, [link, attempt]);
  const again = (): void => {
    setState({ kind: 'opening' });
    setAttempt((before) => before + 1);
  };
  switch (state.kind) {
    case 'opening':
      return (
        <VisitorFrame title={w.opening}>
          <Loading />
        </VisitorFrame>
      );
    case 'password':
      return (
        <VisitorFrame title={w.passwordTitle} lead={w.passwordLead}>
          <PasswordForm link={link} onOpen={(visit) => setState({ kind: 'open', visit })} />
        </VisitorFrame>
      );
    case 'nothing':
      return (
        <VisitorFrame title={w.nothingTitle}>
          <EmptyState icon={IconLinkOff} title={w.nothing} text={w.nothingText} />
        </VisitorFrame>
      );
    case 'problem':
      return (
        <VisitorFrame title={w.opening}>
          <ErrorState error={state.error} onRetry={again} />
        </VisitorFrame>
      );
    case 'open':
      return <Opened visit={state.visit} onOver={again} />;
  }
}

function afterRefusal(error: unknown): State {
  if (isProblem(error, 'password-needed')) return { kind: 'password' };
  if (isProblem(error, 'no-such-link')) return { kind: 'nothing' };
  return { kind: 'problem', error };
}

function Opened({ visit, onOver }: { readonly visit: Visit; readonly onOver: () => void }): JSX.Element {
  const w = useWords(words);
  const { dateTime } = useFormats();
  return (
    <VisitorFrame title={visit.title} isWide {...(visit.right === 'receive' && { lead: w.receiveLead })}>
      {visit.right === 'receive' ? <DropZone visit={visit} /> : <SharedFolder visit={visit} onOver={onOver} />}
      <Text size="sm" c="dimmed">
        {visit.endsMs === null ? w.noEnd : w.ends(dateTime(visit.endsMs))}
      </Text>
    </VisitorFrame>
  );
}

interface PasswordFormProps {
  readonly link: string;
  readonly onOpen: (visit: Visit) => void;
}

function PasswordForm({ link, onOpen }: PasswordFormProps): JSX.Element {
  const w = useWords(words);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      onOpen(await openLink(link, tokenOfAddress(), password));
    } catch (problem) {
      setError(isProblem(problem, 'wrong-password') ? w.wrongPassword : problemText(problem));
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
        <PasswordInput
          label={w.password}
          autoComplete="off"
          data-autofocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={isBusy} disabled={password === ''}>
          {w.open}
        </Button>
      </Stack>
    </form>
  );
}
