import { Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { JSX } from 'react';
import type { Incident, MassDeletion } from '#faces/api/contract/operator.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import styles from './operator.module.css';
import { words } from './words.ts';

interface Alarm {
  readonly timeMs: number;
  readonly title: string;
  readonly text: string;
}

/** What happened that an operator should look into, the newest first. */
export function Alarms(): JSX.Element {
  const w = useWords(words);
  const deletions = useApi<readonly MassDeletion[]>('/operator/deletions');
  const incidents = useApi<readonly Incident[]>('/incidents');
  const deletionAlarm = ({ timeMs, account, files }: MassDeletion): Alarm => ({
    timeMs,
    title: w.deletion(files),
    text: w.deletionText(account ?? w.somebody),
  });
  const incidentAlarm = ({ kind, account, lastMs, times }: Incident): Alarm => ({
    timeMs: lastMs,
    title: w.incident[kind],
    text: w.incidentText(account ?? w.somebody, w.times(times)),
  });
  return (
    <Section title={w.alarms}>
      <Loaded of={deletions}>
        {(taken) => (
          <Loaded of={incidents}>
            {(near) => <AlarmList alarms={[...taken.map(deletionAlarm), ...near.map(incidentAlarm)]} />}
          </Loaded>
        )}
      </Loaded>
    </Section>
  );
}

function AlarmList({ alarms }: { readonly alarms: readonly Alarm[] }): JSX.Element {
  const w = useWords(words);
  const { ago } = useFormats();
  if (alarms.length === 0) return <Text c="dimmed">{w.noAlarms}</Text>;
  return (
    <ul className={styles['rows']}>
      {alarms
        .toSorted((one, other) => other.timeMs - one.timeMs)
        .map(({ timeMs, title, text }) => (
          <li key={`${timeMs} ${title} ${text}`}>
            <IconAlertTriangle size={24} stroke={1.6} aria-hidden />
            <Stack gap={2} className={styles['grow'] ?? ''}>
              <Text fw={600}>{title}</Text>
              <Text size="sm" c="dimmed">
                {`${ago(timeMs)} · ${text}`}
              </Text>
            </Stack>
          </li>
        ))}
    </ul>
  );
}
