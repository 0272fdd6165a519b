import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCloudUpload, IconRefresh, IconUpload } from '@tabler/icons-react';
import { type DragEvent, type JSX, useEffect, useRef, useState } from 'react';
import { isProblem } from '../../api/problem.ts';
import { problemText } from '../../api/words.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import styles from './drop-zone.module.css';
import { sendFile } from './send-file.ts';
import type { Visit } from './visit.ts';
import { words } from './words.ts';

interface Sending {
  readonly id: number;
  readonly file: File;
  readonly state: 'waits' | 'goes' | 'done' | 'failed';
  readonly sentBytes: number;
  readonly error?: unknown;
}

/** Where a visitor gives files to the owner of a link, and sees nothing but those. */
export function DropZone({ visit }: { readonly visit: Visit }): JSX.Element {
  const w = useWords(words);
  const [files, setFiles] = useState<readonly Sending[]>([]);
  const [isOver, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const lastId = useRef(0);
  const change = (id: number, to: Partial<Sending>): void =>
    setFiles((before) => before.map((each) => (each.id === id ? { ...each, ...to } : each)));
  const next = files.some(({ state }) => state === 'goes') ? undefined : files.find(({ state }) => state === 'waits');

  // One after the other: each file is whole before the next one begins.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file begins once
  useEffect(() => {
    if (next === undefined) return;
    const { id, file } = next;
    change(id, { state: 'goes' });
    sendFile(visit, file, (sentBytes) => change(id, { sentBytes })).then(
      () => change(id, { state: 'done', sentBytes: file.size }),
      (error: unknown) => change(id, { state: 'failed', error }),
    );
  }, [next?.id]);

  const add = (given: Iterable<File>): void => {
    const added = [...given].map((file): Sending => {
      lastId.current += 1;
      return { id: lastId.current, file, state: 'waits', sentBytes: 0 };
    });
    setFiles((before) => [...before, ...added]);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };
  const isBusy = files.some(({ state }) => state === 'goes' || state === 'waits');
  useLeaveWarning(isBusy);
  return (
    <Stack gap="lg">
      <section
        aria-label={w.zone}
        className={styles['zone']}
        data-over={isOver}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconCloudUpload aria-hidden size={44} stroke={1.4} />
        <Text ta="center">{w.drop}</Text>
        <Button size="md" leftSection={<IconUpload size={18} />} onClick={() => picker.current?.click()}>
          {w.choose}
        </Button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={w.choose}
          onChange={(event) => {
            add(event.currentTarget.files ?? []);
            event.currentTarget.value = '';
          }}
        />
      </section>
      <Text size="sm" c="dimmed">
        {w.sealed}
      </Text>
      {files.length > 0 && (
        <Stack component="ul" gap={0} m={0} p={0} className={styles['list'] ?? ''}>
          {files.map((each) => (
            <SendingRow
              key={each.id}
              sending={each}
              onAgain={() => change(each.id, { state: 'waits', sentBytes: 0 })}
            />
          ))}
        </Stack>
      )}
      {files.length > 0 && !isBusy && files.every(({ state }) => state === 'done') && (
        <Text fw={600} role="status">
          {w.allSent}
        </Text>
      )}
    </Stack>
  );
}

function SendingRow({ sending, onAgain }: { readonly sending: Sending; readonly onAgain: () => void }): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const { file, state, sentBytes, error } = sending;
  return (
    <Stack component="li" gap={4} className={styles['row'] ?? ''}>
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Stack gap={0} miw={0} flex={1}>
          <Text fw={500} className={styles['name'] ?? ''}>
            {file.name}
          </Text>
          <Text size="sm" c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
            {state === 'failed' ? failureText(error, w) : stateText(state, w, size(sentBytes), size(file.size))}
          </Text>
        </Stack>
        {state === 'done' && <IconCircleCheck aria-hidden size={24} />}
        {state === 'failed' && (
          <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={onAgain}>
            {w.again}
          </Button>
        )}
      </Group>
      {state === 'goes' && (
        <Progress value={file.size === 0 ? 100 : (100 * sentBytes) / file.size} aria-label={w.progress(file.name)} />
      )}
    </Stack>
  );
}

type Words = (typeof words)['en'];

function stateText(state: Exclude<Sending['state'], 'failed'>, w: Words, sent: string, whole: string): string {
  switch (state) {
    case 'waits':
      return w.waits(whole);
    case 'goes':
      return w.goes(sent, whole);
    case 'done':
      return w.sent(whole);
  }
}

function failureText(error: unknown, w: Words): string {
  if (isProblem(error, 'link-full')) return w.full;
  if (isProblem(error, 'no-visit')) return w.nothing;
  return problemText(error);
}

/** A browser asks before it closes a page that still sends. */
function useLeaveWarning(isBusy: boolean): void {
  useEffect(() => {
    if (!isBusy) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isBusy]);
}
