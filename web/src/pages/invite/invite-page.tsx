import { Alert, Button, CopyButton, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy, IconMail } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { Invitation } from '#faces/api/contract/credentials.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { problemText } from '../../api/words.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Entries, Entry } from '../../ui/entry-list.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

const gigabyte = 1e9;

export function InvitePage(): JSX.Element {
  const w = useWords(words);
  const [token, setToken] = useState<string>();
  return (
    <Page title={w.title} lead={w.lead}>
      {token === undefined ? (
        <Section title={w.newTitle}>
          <InviteForm onMade={setToken} />
        </Section>
      ) : (
        <Section title={w.linkTitle} lead={w.linkText}>
          <MadeLink link={`${location.origin}/invitation#${token}`} onAnother={() => setToken(undefined)} />
        </Section>
      )}
      <Waiting />
    </Page>
  );
}

function InviteForm({ onMade }: { readonly onMade: (token: string) => void }): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const [label, setLabel] = useState('');
  const [quota, setQuota] = useState<number | string>('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const quotaBytes = typeof quota === 'number' ? Math.round(quota * gigabyte) : undefined;
      const body = { label: label.trim(), ...(quotaBytes !== undefined && { quotaBytes }) };
      const { token } = await call<{ readonly token: string }>('POST', '/invitations', { body });
      onMade(token);
      await queries.invalidateQueries();
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md" maw={420}>
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <TextInput
          label={w.label}
          description={w.labelHint}
          maxLength={100}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <NumberInput
          size="md"
          label={w.quota}
          description={w.quotaHint}
          min={0}
          max={1_000_000}
          hideControls
          value={quota}
          onChange={setQuota}
        />
        <Group>
          <Button type="submit" loading={isBusy}>
            {w.make}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface MadeLinkProps {
  readonly link: string;
  readonly onAnother: () => void;
}

function MadeLink({ link, onAnother }: MadeLinkProps): JSX.Element {
  const w = useWords(words);
  return (
    <Stack gap="md">
      <TextInput readOnly label={w.link} value={link} onFocus={(event) => event.currentTarget.select()} />
      <Group gap="sm">
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button
              leftSection={copied ? <IconCheck size={20} aria-hidden /> : <IconCopy size={20} aria-hidden />}
              onClick={copy}
            >
              {copied ? w.copied : w.copy}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onAnother}>
          {w.another}
        </Button>
      </Group>
    </Stack>
  );
}

function Waiting(): JSX.Element {
  const w = useWords(words);
  const { date, size } = useFormats();
  const queries = useQueryClient();
  const invitations = useApi<readonly Invitation[]>('/invitations');
  const withdraw = async (id: string): Promise<void> => {
    try {
      await call('DELETE', `/invitations/${id}`);
      toast(w.withdrawn);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Section title={w.waitingTitle}>
      <Loaded of={invitations}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{w.none}</Text>
          ) : (
            <Entries label={w.waitingTitle}>
              {all.map(({ id, label, endsMs, quotaBytes }) => (
                <Entry
                  key={id}
                  icon={IconMail}
                  title={label === '' ? w.unnamed : label}
                  lines={[w.ends(date(endsMs)), ...(quotaBytes === null ? [] : [w.limit(size(quotaBytes))])]}
                  action={
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={`${w.withdraw}: ${label}`}
                      onClick={() => void withdraw(id)}
                    >
                      {w.withdraw}
                    </Button>
                  }
                />
              ))}
            </Entries>
          )
        }
      </Loaded>
    </Section>
  );
}
