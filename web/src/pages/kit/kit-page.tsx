import { Button, FileButton, Group, Paper, Stack, TextInput } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { Kit, KitState } from '#faces/api/contract/kit.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useSession } from '../../api/session.ts';
import { problemText } from '../../api/words.ts';
import { useWords } from '../../i18n/language.ts';
import { KitPlaceForm } from '../../kit/kit-place-form.tsx';
import { KitSteps } from '../../kit/kit-steps.tsx';
import { useAccountKit } from '../../kit/kit-subject.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

/** A kit has some hundred characters; a file that is larger is another one. */
const mostBytes = 20_000;

export function KitPage(): JSX.Element {
  const w = useWords(words);
  const kit = useApi<KitState>('/kit');
  const queries = useQueryClient();
  const subject = useAccountKit(useSession()?.name ?? '');
  const [made, setMade] = useState<Kit>();
  const finish = async (): Promise<void> => {
    setMade(undefined);
    await queries.invalidateQueries();
  };
  return (
    <Page title={w.title} lead={w.lead}>
      {made === undefined ? (
        <>
          <Loaded of={kit}>{({ isProven, place }) => (isProven ? <Place place={place} /> : <Prove />)}</Loaded>
          <Renew onMade={setMade} />
        </>
      ) : (
        <Paper p="lg" maw={720}>
          <KitSteps subject={subject} kit={made} onDone={() => void finish()} />
        </Paper>
      )}
    </Page>
  );
}

function Prove(): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const [error, setError] = useState<string>();
  const prove = async (text: string): Promise<void> => {
    try {
      await call('POST', '/kit/prove', { body: { kit: text } });
      toast(w.proven);
      await queries.invalidateQueries();
    } catch (problem) {
      setError(problemText(problem));
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void prove(key);
  };
  const choose = async (file: File | null): Promise<void> => {
    if (file !== null) await prove((await file.slice(0, mostBytes).text()) || ' ');
  };
  return (
    <Section title={w.proveTitle} lead={w.proveText}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={w.key}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            {...(error !== undefined && { error })}
          />
          <Group justify="space-between">
            <FileButton onChange={(file) => void choose(file)} accept="text/plain,text/html,.txt,.html">
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconFileText size={20} aria-hidden />}>
                  {w.file}
                </Button>
              )}
            </FileButton>
            <Button type="submit" disabled={key.trim() === ''}>
              {w.check}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Place({ place }: Pick<KitState, 'place'>): JSX.Element {
  const w = useWords(words);
  const [isChanging, setChanging] = useState(false);
  if (place !== null && !isChanging) {
    return (
      <Section title={w.kept[place]} lead={w.proven}>
        <Group>
          <Button variant="default" onClick={() => setChanging(true)}>
            {w.changePlace}
          </Button>
        </Group>
      </Section>
    );
  }
  return (
    <Section title={w.placeTitle} lead={w.placeText}>
      <KitPlaceForm
        onDone={() => {
          toast(w.noted);
          setChanging(false);
        }}
      />
    </Section>
  );
}

/** For a kit that is lost, or was seen by somebody. */
function Renew({ onMade }: { readonly onMade: (kit: Kit) => void }): JSX.Element {
  const w = useWords(words);
  const renew = async (): Promise<void> => {
    if (!(await confirm({ title: w.renewTitle, text: w.renewText, action: w.renewAction }))) return;
    try {
      onMade(await call<Kit>('POST', '/kit'));
    } catch (problem) {
      toastProblem(problem);
    }
  };
  return (
    <Section title={w.lost} lead={w.renewText}>
      <Group>
        <Button variant="default" onClick={() => void renew()}>
          {w.renew}
        </Button>
      </Group>
    </Section>
  );
}
