import { Button, Grid, Group, Slider, Stack, Text, TextInput } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { type JSX, useState } from 'react';
import type { ActivityEntry } from '#faces/api/contract/time.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { toastProblem } from '../../ui/toasts.tsx';
import { Changes } from './changes.tsx';
import { beforeEntry, type Instant, instantAt, localText } from './instants.ts';
import { PastFolder } from './past-folder.tsx';
import { words } from './words.ts';

const hourMs = 3_600_000;
const mostChanges = 300;

/** A moment at one side, the folder as it was then at the other. */
export function LookBack({ path }: { readonly path: readonly string[] }): JSX.Element {
  const w = useWords(words);
  const activity = useApi<readonly ActivityEntry[]>('/vaults/files/past/changes', { limit: mostChanges });
  const [chosen, setChosen] = useState<Instant>();
  return (
    <Loaded of={activity}>
      {(entries) => {
        const [newest] = entries;
        if (newest === undefined) return <EmptyState icon={IconHistory} title={w.nothingYet} text={w.nothingYetText} />;
        const instant = chosen ?? { sequence: newest.sequence, timeMs: newest.timeMs };
        return (
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <Moments entries={entries} instant={instant} onChoose={setChosen} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <PastFolder path={path} instant={instant} isNow={instant.sequence >= newest.sequence} />
            </Grid.Col>
          </Grid>
        );
      }}
    </Loaded>
  );
}

interface MomentsProps {
  readonly entries: readonly ActivityEntry[];
  readonly instant: Instant;
  readonly onChoose: (instant: Instant) => void;
}

function Moments({ entries, instant, onChoose }: MomentsProps): JSX.Element {
  const w = useWords(words);
  const go = (timeMs: number): void => void instantAt(timeMs).then(onChoose, toastProblem);
  const quick = [
    [w.quick.hour, hourMs],
    [w.quick.day, 24 * hourMs],
    [w.quick.week, 7 * 24 * hourMs],
    [w.quick.month, 30 * 24 * hourMs],
  ] as const;
  return (
    <Section title={w.when}>
      <Stack gap="md">
        <TextInput
          type="datetime-local"
          label={w.day}
          value={localText(instant.timeMs)}
          max={localText(Date.now())}
          onChange={(event) => {
            const timeMs = new Date(event.currentTarget.value).getTime();
            if (Number.isFinite(timeMs)) go(timeMs);
          }}
        />
        <Group gap={6}>
          {quick.map(([label, backMs]) => (
            <Button key={label} size="xs" radius="xl" variant="default" onClick={() => go(Date.now() - backMs)}>
              {label}
            </Button>
          ))}
        </Group>
        <Steps entries={entries} instant={instant} onChoose={onChoose} />
        <Text fw={600} size="sm" component="h3" m={0}>
          {w.recent}
        </Text>
        <Changes entries={entries} instant={instant} onChoose={onChoose} />
      </Stack>
    </Section>
  );
}

/** From change to change, the oldest at the left. */
function Steps({ entries, instant, onChoose }: MomentsProps): JSX.Element | null {
  const w = useWords(words);
  const { dateTime } = useFormats();
  if (entries.length < 2) return null;
  // Before the oldest that is listed, then after each one.
  const oldest = entries.at(-1);
  const stops = [...(oldest === undefined ? [] : [beforeEntry(oldest)]), ...entries.toReversed()];
  const at = stops.findLastIndex((each) => each.sequence <= instant.sequence);
  return (
    <Slider
      thumbLabel={w.slider}
      min={0}
      max={stops.length - 1}
      value={Math.max(0, at)}
      label={(value) => dateTime(stops[value]?.timeMs ?? 0)}
      thumbProps={{ 'aria-valuetext': dateTime(instant.timeMs) }}
      onChange={(value) => {
        const stop = stops[value];
        if (stop !== undefined) onChoose({ sequence: stop.sequence, timeMs: stop.timeMs });
      }}
    />
  );
}
