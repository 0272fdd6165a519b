import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { RewindPreview } from '#faces/api/contract/time.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import type { Instant } from './instants.ts';
import { words } from './words.ts';

interface RewindProps {
  readonly path: readonly string[];
  readonly instant: Instant;
  readonly onClose: () => void;
}

const order = ['brought', 'changed', 'moved', 'trashed'] as const;
const mostNamed = 5;

/** Says what would change, name by name, before anything does. */
export function Rewind({ path, instant, onClose }: RewindProps): JSX.Element {
  const w = useWords(words);
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const preview = useApi<RewindPreview>('/vaults/files/past/preview', {
    path: JSON.stringify(path),
    sequence: instant.sequence,
  });
  const rewind = async (): Promise<void> => {
    setBusy(true);
    try {
      await call('POST', '/vaults/files/past/rewind', { body: { path, sequence: instant.sequence } });
      toast(w.rewound);
      onClose();
      await client.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const isNothing = preview.data !== undefined && order.every((how) => preview.data.counts[how] === 0);
  const mayDo = preview.data !== undefined && preview.data.why === null && !isNothing;
  return (
    <Modal opened size="lg" onClose={onClose} title={w.previewTitle} closeButtonProps={{ 'aria-label': w.close }}>
      <Stack gap="md">
        <Loaded of={preview}>{(found) => <Preview found={found} isNothing={isNothing} />}</Loaded>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" data-autofocus onClick={onClose}>
            {w.cancel}
          </Button>
          <Button disabled={!mayDo} loading={isBusy} onClick={() => void rewind()}>
            {w.rewindAction}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Preview({ found, isNothing }: { readonly found: RewindPreview; readonly isNothing: boolean }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  if (found.why !== null) return <Text role="alert">{found.why}</Text>;
  if (isNothing) return <Text>{w.previewNothing}</Text>;
  return (
    <>
      <Text c="dimmed">{w.previewLead}</Text>
      {order
        .filter((how) => found.counts[how] > 0)
        .map((how) => {
          const named = found.examples.filter((each) => each.how === how).slice(0, mostNamed);
          const others = found.counts[how] - named.length;
          return (
            <div key={how}>
              <Text fw={600}>{plural(language, found.counts[how], w.counts[how])}</Text>
              <List size="sm" withPadding>
                {named.map((each) => (
                  <List.Item key={each.path.join('/')}>{each.path.join(' / ')}</List.Item>
                ))}
                {others > 0 && <List.Item c="dimmed">{plural(language, others, w.andMore)}</List.Item>}
              </List>
            </div>
          );
        })}
    </>
  );
}
