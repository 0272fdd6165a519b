import { Stack, Text } from '@mantine/core';
import {
  type Icon,
  IconArrowBackUp,
  IconArrowRight,
  IconFilePlus,
  IconFolderPlus,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react';
import type { JSX } from 'react';
import type { ActivityState } from '#faces/api/contract/safe.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import styles from './safe.module.css';
import { words } from './words.ts';

const shown = 6;

export function Activity(): JSX.Element {
  const w = useWords(words);
  const activity = useApi<readonly ActivityState[]>('/vaults/files/activity');
  return (
    <Section title={w.activity}>
      <Loaded of={activity}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">{w.noActivity}</Text>
          ) : (
            <ul className={styles['rows']}>
              {rows.slice(0, shown).map((row) => (
                <ActivityRow key={`${row.timeMs} ${row.what} ${row.path?.join('/')}`} row={row} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

const signs: Readonly<Record<ActivityState['what'], Icon>> = {
  made: IconFolderPlus,
  written: IconFilePlus,
  moved: IconArrowRight,
  trashed: IconTrash,
  restored: IconArrowBackUp,
  other: IconPencil,
};

function ActivityRow({ row }: { readonly row: ActivityState }): JSX.Element {
  const w = useWords(words);
  const { ago } = useFormats();
  const { what, by, isOwner, path, more, timeMs } = row;
  const Sign = signs[what];
  const who = by ?? (isOwner ? w.you : w.someDevice);
  return (
    <li>
      <Sign size={22} stroke={1.6} aria-hidden />
      <Stack gap={0} className={styles['grow'] ?? ''}>
        <Text truncate title={path?.join('/')}>
          {path?.at(-1) ?? w.noName}
          {more > 0 && ` ${w.more(more)}`}
        </Text>
        <Text size="sm" c="dimmed">
          {`${w.did[what]} · ${who} · ${ago(timeMs)}`}
        </Text>
      </Stack>
    </li>
  );
}
