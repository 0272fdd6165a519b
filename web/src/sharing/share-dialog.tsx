import {
  Alert,
  Button,
  CopyButton,
  Group,
  Modal,
  NativeSelect,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { MadeLink, NewLink } from '#faces/api/contract/links.ts';
import { call } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { problemText } from '../api/words.ts';
import { useFormats } from '../i18n/formats.ts';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

const dayMs: number = 24 * 60 * 60_000;

interface ShareDialogProps {
  /** As in the addresses of vaults: `files`, `documents` … */
  readonly vault: string;
  readonly path: readonly string[];
  readonly name: string;
  /** A folder can also receive; without this nobody is asked about that. */
  readonly isFolder?: boolean;
  readonly onClose: () => void;
}

/** Makes a link to a file or folder, and shows it once. Mounted while it is open. */
export function ShareDialog({ vault, path, name, isFolder = false, onClose }: ShareDialogProps): JSX.Element {
  const w = useWords(words);
  const [made, setMade] = useState<MadeLink>();
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === undefined ? w.title(name) : w.made}
      closeButtonProps={{ 'aria-label': w.close }}
      closeOnClickOutside={made === undefined}
    >
      {made === undefined ? (
        <ShareForm vault={vault} path={path} name={name} isFolder={isFolder} onClose={onClose} onMade={setMade} />
      ) : (
        <MadeView made={made} onClose={onClose} />
      )}
    </Modal>
  );
}

interface ShareFormProps extends ShareDialogProps {
  readonly onMade: (made: MadeLink) => void;
}

function ShareForm({ vault, path, name, isFolder = false, onClose, onMade }: ShareFormProps): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const queries = useQueryClient();
  const [title, setTitle] = useState(name.slice(0, 100));
  const [right, setRight] = useState<'read' | 'receive'>('read');
  const [maxBytes, setMaxBytes] = useState('10000000000');
  const [password, setPassword] = useState('');
  const [days, setDays] = useState('30');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const body: NewLink = {
      path,
      right,
      title: title.trim(),
      ...(right === 'receive' && { maxBytes: Number(maxBytes) }),
      ...(password !== '' && { password }),
      ...(days !== '' && { endsMs: Date.now() + Number(days) * dayMs }),
    };
    try {
      onMade(await call<MadeLink>('POST', `/vaults/${vault}/links`, { body }));
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey.includes('/links') });
    } catch (problem) {
      setError(refusalText(problem, w));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {isFolder && (
          <SegmentedControl
            fullWidth
            aria-label={w.purpose}
            value={right}
            onChange={(value) => setRight(value === 'receive' ? 'receive' : 'read')}
            data={[
              { value: 'read', label: w.show },
              { value: 'receive', label: w.receive },
            ]}
          />
        )}
        <Text>{right === 'receive' ? w.whatReceive : w.what}</Text>
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <TextInput
          label={w.label}
          description={w.labelHint}
          maxLength={100}
          required
          withAsterisk={false}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <NativeSelect
          size="md"
          label={w.ends}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={[
            { value: '1', label: w.day },
            { value: '7', label: w.week },
            { value: '30', label: w.month },
            { value: '365', label: w.year },
            { value: '', label: w.never },
          ]}
        />
        {right === 'receive' && (
          <NativeSelect
            size="md"
            label={w.room}
            value={maxBytes}
            onChange={(event) => setMaxBytes(event.currentTarget.value)}
            data={[1e8, 1e9, 1e10, 1e11].map((bytes) => ({ value: String(bytes), label: size(bytes) }))}
          />
        )}
        <PasswordInput
          label={w.password}
          description={w.passwordHint}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {w.cancel}
          </Button>
          <Button type="submit" loading={isBusy} disabled={title.trim() === ''}>
            {w.make}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function refusalText(problem: unknown, w: (typeof words)['en']): string {
  if (isProblem(problem, 'upgrade-needed')) return w.upgrade;
  if (isProblem(problem, 'too-many')) return w.tooMany;
  return problemText(problem);
}

function MadeView({ made, onClose }: { readonly made: MadeLink; readonly onClose: () => void }): JSX.Element {
  const w = useWords(words);
  const address = `${location.origin}/s/${made.id}#${made.token}`;
  return (
    <Stack gap="md">
      <Text>{w.madeText}</Text>
      <TextInput label={w.link} readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
      <Group justify="flex-end" gap="xs">
        <CopyButton value={address}>
          {({ copied, copy }) => (
            <Button
              data-autofocus
              leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
              onClick={copy}
            >
              {copied ? w.copied : w.copy}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          {w.done}
        </Button>
      </Group>
    </Stack>
  );
}
