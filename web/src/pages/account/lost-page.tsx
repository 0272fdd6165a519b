import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { AppPassword, SessionEntry } from '#faces/api/contract/account.ts';
import type { LostDevice, Passkey } from '#faces/api/contract/credentials.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toastProblem } from '../../ui/toasts.tsx';
import { words as lostWords } from './lost-words.ts';
import { words } from './words.ts';

interface Held {
  readonly id: string;
  readonly label: string;
  /** Undefined when that is not known. */
  readonly hint: string | undefined;
}

export function LostPage(): JSX.Element {
  const w = useWords(lostWords);
  const [done, setDone] = useState<LostDevice>();
  return (
    <Page title={done === undefined ? w.title : w.doneTitle} {...(done === undefined && { lead: w.lead })}>
      {done === undefined ? <Choose onDone={setDone} /> : <Ended done={done} />}
    </Page>
  );
}

function Choose({ onDone }: { readonly onDone: (done: LostDevice) => void }): JSX.Element {
  const w = useWords(lostWords);
  const { ago } = useFormats();
  const queries = useQueryClient();
  const sessions = useApi<readonly SessionEntry[]>('/sessions');
  const apps = useApi<readonly AppPassword[]>('/app-passwords');
  const passkeys = useApi<readonly Passkey[]>('/passkeys');
  const [browsers, setBrowsers] = useState<readonly string[]>([]);
  const [credentials, setCredentials] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const end = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { sessions: browsers, credentials };
      onDone(await call<LostDevice>('POST', '/lost-device', { body }));
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
      setBusy(false);
    }
  };
  return (
    <Stack gap="md">
      <Section title={w.browsers}>
        <Loaded of={sessions}>
          {(all) => (
            <Choices
              label={w.browsers}
              of={all
                .filter(({ isThis }) => !isThis)
                .map(({ id, label, usedMs }) => ({ id, label, hint: w.used(ago(usedMs)) }))}
              chosen={browsers}
              onChange={setBrowsers}
            />
          )}
        </Loaded>
      </Section>
      <Section title={w.apps}>
        <Loaded of={apps}>
          {(all) => (
            <Choices
              label={w.apps}
              of={all.map(({ id, label, lastUse }) => ({
                id,
                label,
                hint: lastUse === null ? w.never : w.used(ago(lastUse.timeMs)),
              }))}
              chosen={credentials}
              onChange={setCredentials}
            />
          )}
        </Loaded>
      </Section>
      <Section title={w.passkeys}>
        <Loaded of={passkeys}>
          {(all) => (
            <Choices
              label={w.passkeys}
              of={all.map(({ id, label }) => ({ id, label, hint: undefined }))}
              chosen={credentials}
              onChange={setCredentials}
            />
          )}
        </Loaded>
      </Section>
      <Alert title={w.readTitle}>{w.readText}</Alert>
      <Group justify="flex-end">
        <Button
          color="red"
          size="md"
          loading={isBusy}
          disabled={browsers.length + credentials.length === 0}
          onClick={() => void end()}
        >
          {w.action}
        </Button>
      </Group>
    </Stack>
  );
}

interface ChoicesProps {
  readonly label: string;
  readonly of: readonly Held[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

function Choices({ label, of, chosen, onChange }: ChoicesProps): JSX.Element {
  const w = useWords(lostWords);
  if (of.length === 0) return <Text c="dimmed">{w.nothing}</Text>;
  return (
    <Stack gap="sm" role="group" aria-label={label}>
      {of.map((each) => (
        <Checkbox
          key={each.id}
          size="md"
          label={each.label}
          {...(each.hint !== undefined && { description: each.hint })}
          checked={chosen.includes(each.id)}
          onChange={(event) =>
            onChange(event.currentTarget.checked ? [...chosen, each.id] : chosen.filter((id) => id !== each.id))
          }
        />
      ))}
    </Stack>
  );
}

function Ended({ done }: { readonly done: LostDevice }): JSX.Element {
  const w = useWords(lostWords);
  const { vaults } = useWords(words);
  const { number } = useFormats();
  const could = done.vaults.map((kind) => vaults[kind]).join(', ');
  return (
    <Section title={w.ended(number(done.ended))}>
      <Text>{could === '' ? w.couldNothing : w.could(could)}</Text>
      <Text>{w.readText}</Text>
      <Text fw={600}>{w.changeToo}</Text>
      <Group>
        <Button renderRoot={(props) => <Link to="/account" {...props} />}>{w.back}</Button>
      </Group>
    </Section>
  );
}
