import { Badge, Text } from '@mantine/core';
import type { JSX } from 'react';
import type { DamagedFiles } from '#faces/api/contract/time.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { Section } from '../../ui/section.tsx';
import styles from './time.module.css';
import { words } from './words.ts';

const mostShown = 200;
const colours = { back: 'teal', damaged: 'yellow', gone: 'red' } as const;

/** Files whose stored bytes were hit; nothing is shown where none were. */
export function Damaged(): JSX.Element | null {
  const w = useWords(words);
  const language = useLanguage();
  const { size, ago } = useFormats();
  const damaged = useApi<DamagedFiles>('/vaults/files/damaged');
  if (damaged.data === undefined || damaged.data.count === 0) return null;
  const { files, count } = damaged.data;
  return (
    <Section title={w.damaged} lead={w.damagedLead}>
      <ul className={styles['items']}>
        {files.slice(0, mostShown).map((each) => (
          <li key={`${each.as} ${each.path.join('/')}`} className={styles['item']}>
            <div className={styles['name']}>
              <Text>{each.path.join(' / ')}</Text>
              <Text size="xs" c="dimmed">
                {size(each.sizeBytes)} · {ago(each.sinceMs)}
              </Text>
            </div>
            <Badge variant="light" color={colours[each.fate]} tt="none" fw={600}>
              {w.fate[each.fate]}
            </Badge>
          </li>
        ))}
      </ul>
      {count > mostShown && <Text c="dimmed">{plural(language, count - mostShown, w.more)}</Text>}
    </Section>
  );
}
