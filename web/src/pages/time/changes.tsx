import { Stack, Text, UnstyledButton } from '@mantine/core';
import type { JSX } from 'react';
import type { ActivityEntry } from '#faces/api/contract/time.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { beforeEntry, type Instant } from './instants.ts';
import styles from './time.module.css';
import { words } from './words.ts';

const mostShown = 40;

interface ChangesProps {
  readonly entries: readonly ActivityEntry[];
  readonly instant: Instant;
  readonly onChoose: (instant: Instant) => void;
}

/** What was done lately; each leads to the moment before it. */
export function Changes({ entries, instant, onChoose }: ChangesProps): JSX.Element {
  return (
    <Stack gap={2} className={styles['changes']} component="ul">
      {entries.slice(0, mostShown).map((entry) => (
        <li key={entry.sequence}>
          <Change
            entry={entry}
            isChosen={entry.sequence === instant.sequence + 1}
            onChoose={() => onChoose(beforeEntry(entry))}
          />
        </li>
      ))}
    </Stack>
  );
}

function Change(props: {
  readonly entry: ActivityEntry;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): JSX.Element {
  const { entry, isChosen, onChoose } = props;
  const w = useWords(words);
  const language = useLanguage();
  const { ago } = useFormats();
  const [first] = entry.changes;
  const others = entry.changes.length - 1 + entry.more;
  return (
    <UnstyledButton className={styles['change']} aria-pressed={isChosen} onClick={onChoose} title={w.showBefore}>
      <Text size="sm" fw={600} lineClamp={2}>
        {first?.path?.at(-1) ?? w.root}
        {others > 0 && ` ${plural(language, others, w.moreChanges)}`}
      </Text>
      <Text size="xs" c="dimmed">
        {[doingOf(entry, w), ago(entry.timeMs), entry.by === null ? w.bySomebody : w.by(entry.by)].join(' · ')}
      </Text>
    </UnstyledButton>
  );
}

function doingOf({ changes }: ActivityEntry, w: (typeof words)['en']): string {
  const what = changes[0]?.what ?? 'other';
  return Object.hasOwn(w.doings, what) ? w.doings[what as keyof typeof w.doings] : w.doings.other;
}
