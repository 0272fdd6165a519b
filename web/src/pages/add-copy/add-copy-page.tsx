import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type JSX, useState } from 'react';
import type { AddedCopy } from '#faces/api/contract/safe.ts';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { problemText } from '../../api/words.ts';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { toast } from '../../ui/toasts.tsx';
import { words } from './words.ts';

type Kind = 'folder' | 'bucket';

interface Draft {
  readonly place: string;
  readonly label: string;
  readonly country: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly lockDays: number | undefined;
}

const empty: Draft = {
  place: '',
  label: '',
  country: '',
  accessKeyId: '',
  secretAccessKey: '',
  region: '',
  lockDays: undefined,
};

export function AddCopyPage(): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [kind, setKind] = useState<Kind>('folder');
  const [draft, setDraft] = useState(empty);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const { sharesFateWithData } = await call<AddedCopy>('POST', '/copies', { body: bodyOf(kind, draft) });
      toast(sharesFateWithData ? w.sameDisk : w.added);
      await queries.invalidateQueries();
      await navigate({ to: '/' });
    } catch (problem) {
      setError(copyProblemText(problem, w));
      setBusy(false);
    }
  };

  return (
    <Page title={w.title} lead={w.lead}>
      <Section title={w.kind} lead={kind === 'folder' ? w.folderText : w.bucketText}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="md" maw={560}>
            <SegmentedControl
              aria-label={w.kind}
              value={kind}
              onChange={(value) => setKind(value as Kind)}
              data={[
                { value: 'folder', label: w.folder },
                { value: 'bucket', label: w.bucket },
              ]}
            />
            {error !== undefined && (
              <Alert color="red" role="alert">
                <Text size="sm">{error}</Text>
              </Alert>
            )}
            <PlaceFields kind={kind} draft={draft} change={(part) => setDraft({ ...draft, ...part })} />
            <Group justify="flex-end">
              <Button type="submit" loading={isBusy}>
                {w.action}
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
    </Page>
  );
}

interface PlaceFieldsProps {
  readonly kind: Kind;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

function PlaceFields({ kind, draft, change }: PlaceFieldsProps): JSX.Element {
  const w = useWords(words);
  const isFolder = kind === 'folder';
  return (
    <>
      <TextInput
        label={isFolder ? w.path : w.address}
        placeholder={isFolder ? '/media/disk/coffre' : 's3://host/bucket'}
        required
        withAsterisk={false}
        spellCheck={false}
        autoComplete="off"
        value={draft.place}
        onChange={(event) => change({ place: event.currentTarget.value })}
      />
      {!isFolder && <BucketFields draft={draft} change={change} />}
      <TextInput
        label={w.label}
        required
        withAsterisk={false}
        maxLength={100}
        value={draft.label}
        onChange={(event) => change({ label: event.currentTarget.value })}
      />
      <TextInput
        label={w.country}
        placeholder="CH"
        maxLength={2}
        w={240}
        value={draft.country}
        onChange={(event) => change({ country: event.currentTarget.value.toUpperCase() })}
      />
    </>
  );
}

function BucketFields({ draft, change }: Omit<PlaceFieldsProps, 'kind'>): JSX.Element {
  const w = useWords(words);
  return (
    <>
      <TextInput
        label={w.accessKey}
        required
        withAsterisk={false}
        autoComplete="off"
        spellCheck={false}
        value={draft.accessKeyId}
        onChange={(event) => change({ accessKeyId: event.currentTarget.value })}
      />
      <PasswordInput
        label={w.secretKey}
        required
        withAsterisk={false}
        autoComplete="off"
        value={draft.secretAccessKey}
        onChange={(event) => change({ secretAccessKey: event.currentTarget.value })}
      />
      <TextInput
        label={w.region}
        spellCheck={false}
        value={draft.region}
        onChange={(event) => change({ region: event.currentTarget.value })}
      />
      <NumberInput
        size="md"
        label={w.lock}
        description={w.lockHint}
        min={1}
        max={3650}
        allowDecimal={false}
        value={draft.lockDays ?? ''}
        onChange={(days) => change({ lockDays: typeof days === 'number' ? days : undefined })}
      />
    </>
  );
}

function bodyOf(kind: Kind, draft: Draft): unknown {
  const { place, label, country, accessKeyId, secretAccessKey, region, lockDays } = draft;
  return {
    place: place.trim(),
    label: label.trim(),
    ...(country !== '' && { country }),
    ...(kind === 'bucket' && {
      credentials: { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() },
      ...(region !== '' && { region: region.trim() }),
      ...(lockDays !== undefined && { lockDays }),
    }),
  };
}

function copyProblemText(problem: unknown, w: (typeof words)['en']): string {
  if (!isProblem(problem)) return problemText(problem);
  return problem.code === 'unavailable' ? w.noAnswer : (w.problems[problem.code] ?? problemText(problem));
}
