import { ActionIcon, Button, Group, Paper, Progress, Text, Title } from '@mantine/core';
import {
  IconChevronDown,
  IconChevronUp,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconX,
} from '@tabler/icons-react';
import { type JSX, useState, useSyncExternalStore } from 'react';
import { Problem } from '../api/problem.ts';
import { problemText } from '../api/words.ts';
import { useFormats } from '../i18n/formats.ts';
import { useWords } from '../i18n/language.ts';
import { giveUp, goOn, pause, type Upload, uploads } from './queue.ts';
import styles from './upload-panel.module.css';
import { words } from './words.ts';

/** Beyond so many a list of all would be no overview. */
const mostShown = 100;

function count(all: readonly Upload[], ...states: readonly Upload['state'][]): number {
  return all.filter((each) => states.includes(each.state)).length;
}

/** What is on its way in, on whatever page somebody is. */
export function UploadPanel(): JSX.Element | null {
  const all = useSyncExternalStore(uploads.subscribe, uploads.get);
  const w = useWords(words);
  const [isFolded, setFolded] = useState(false);
  if (all.length === 0) return null;
  const active = count(all, 'sending', 'waiting', 'paused');
  const failed = count(all, 'failed');
  const title = active > 0 ? w.under(active) : failed > 0 ? w.failed(failed) : w.done(all.length);
  const sent = all.reduce((sum, each) => sum + each.sentBytes, 0);
  const size = all.reduce((sum, each) => sum + each.file.size, 0);
  return (
    <Paper component="section" className={styles['panel']} shadow="lg" aria-label={w.uploads}>
      <Group className={styles['head']} justify="space-between" wrap="nowrap" gap="xs">
        <Title order={2} size="h4" aria-live="polite">
          {title}
        </Title>
        <Group gap={2} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={isFolded ? w.unfold : w.fold}
            aria-expanded={!isFolded}
            onClick={() => setFolded(!isFolded)}
          >
            {isFolded ? <IconChevronUp size={20} aria-hidden /> : <IconChevronDown size={20} aria-hidden />}
          </ActionIcon>
          {active === 0 && (
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.close} onClick={() => uploads.set([])}>
              <IconX size={20} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      </Group>
      {active > 0 && <Progress value={size === 0 ? 0 : (100 * sent) / size} radius={0} aria-label={title} />}
      {!isFolded && <Rows all={all} />}
    </Paper>
  );
}

/** What is under way first, then what failed, then what is done. */
const ranks: Readonly<Record<Upload['state'], number>> = { failed: 0, sending: 1, paused: 2, waiting: 3, done: 4 };

function Rows({ all }: { readonly all: readonly Upload[] }): JSX.Element {
  const w = useWords(words);
  const shown = all.toSorted((one, other) => ranks[one.state] - ranks[other.state]).slice(0, mostShown);
  const isSending = count(all, 'sending', 'waiting') > 0;
  const isPaused = count(all, 'paused') > 0;
  const forAll = (states: readonly Upload['state'][], act: (id: number) => void): void => {
    // The last first: else each that stops would make room for the next.
    for (const each of all.toReversed()) if (states.includes(each.state)) act(each.id);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <div className={styles['rows']} tabIndex={0}>
      {(isSending || isPaused) && all.length > 1 && (
        <Group gap="xs" px="md" pt="xs">
          {isSending && (
            <Button size="compact-sm" variant="subtle" onClick={() => forAll(['waiting', 'sending'], pause)}>
              {w.pauseAll}
            </Button>
          )}
          {isPaused && (
            <Button size="compact-sm" variant="subtle" onClick={() => forAll(['paused'], goOn)}>
              {w.goOnAll}
            </Button>
          )}
        </Group>
      )}
      {shown.map((upload) => (
        <Row key={upload.id} upload={upload} />
      ))}
      {all.length > shown.length && (
        <Text size="sm" c="dimmed" px="md" pb="sm">
          {w.more(all.length - shown.length)}
        </Text>
      )}
    </div>
  );
}

function Row({ upload }: { readonly upload: Upload }): JSX.Element {
  const w = useWords(words);
  const { id, file, state, sentBytes } = upload;
  const share = file.size === 0 ? 0 : (100 * sentBytes) / file.size;
  return (
    <div className={styles['row']}>
      <div className={styles['about']}>
        <div className={styles['name']} title={file.name}>
          {file.name}
        </div>
        <StateText upload={upload} />
        {(state === 'sending' || state === 'paused') && (
          <Progress size="xs" mt={4} value={share} aria-label={w.progressOf(file.name)} />
        )}
      </div>
      {(state === 'sending' || state === 'waiting') && (
        <Act label={w.pause(file.name)} sign={IconPlayerPause} onClick={() => pause(id)} />
      )}
      {state === 'paused' && <Act label={w.goOn(file.name)} sign={IconPlayerPlay} onClick={() => goOn(id)} />}
      {state === 'failed' && <Act label={w.retry(file.name)} sign={IconRefresh} onClick={() => goOn(id)} />}
      {state !== 'done' && <Act label={w.giveUp(file.name)} sign={IconX} onClick={() => void giveUp(id)} />}
    </div>
  );
}

interface ActProps {
  readonly label: string;
  readonly sign: typeof IconX;
  readonly onClick: () => void;
}

function Act({ label, sign: Sign, onClick }: ActProps): JSX.Element {
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={onClick}>
      <Sign size={18} aria-hidden />
    </ActionIcon>
  );
}

function StateText({ upload }: { readonly upload: Upload }): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const { state, file, sentBytes, problem, name } = upload;
  return (
    <div className={styles['state']} data-failed={state === 'failed'}>
      {state === 'waiting' && w.waiting}
      {state === 'paused' && `${w.paused} · ${w.of(size(sentBytes), size(file.size))}`}
      {state === 'sending' && w.of(size(sentBytes), size(file.size))}
      {state === 'done' && (name === file.name ? size(file.size) : w.renamed(name))}
      {state === 'failed' &&
        (problem === 'wrong-checksum' ? w.wrongChecksum : problemText(new Problem(0, problem ?? 'unknown', '')))}
    </div>
  );
}
