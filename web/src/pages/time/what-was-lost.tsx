import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { BroughtBack, LostFiles } from '#faces/api/contract/time.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { currentLanguage, useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { Damaged } from './damaged.tsx';
import { LargeDeletions } from './large-deletions.tsx';
import styles from './time.module.css';
import { words } from './words.ts';

const dayMs = 24 * 3_600_000;
const spanDays = { day: 1, week: 7, month: 30, quarter: 90 } as const;
type Span = keyof typeof spanDays;
const mostShown = 200;

/** What the second reader of the vault misses, and one button that brings it back. */
export function WhatWasLost(): JSX.Element {
  return (
    <Stack gap="lg">
      <LargeDeletions />
      <LostSince />
      <Damaged />
    </Stack>
  );
}

function LostSince(): JSX.Element {
  const w = useWords(words);
  const [span, setSpan] = useState<Span>('week');
  // One moment for as long as the span is looked at: another one at every drawing would ask again and again.
  const [nowMs] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const sinceMs = nowMs - spanDays[span] * dayMs;
  const lost = useApi<LostFiles>('/vaults/files/lost', { sinceMs });
  return (
    <Section title={w.lost} lead={w.lostLead}>
      <SegmentedControl
        aria-label={w.since}
        value={span}
        onChange={(value) => setSpan(value as Span)}
        data={(Object.keys(spanDays) as Span[]).map((value) => ({ value, label: w.spans[value] }))}
      />
      <Loaded of={lost}>
        {(found) =>
          found.count === 0 ? (
            <EmptyState icon={IconShieldCheck} title={w.lostNone} text={w.lostNoneText} />
          ) : (
            <Lost found={found} sinceMs={sinceMs} />
          )
        }
      </Loaded>
    </Section>
  );
}

function Lost({ found, sinceMs }: { readonly found: LostFiles; readonly sinceMs: number }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const { size, ago } = useFormats();
  const gone = found.files.filter((each) => each.how === 'gone').length;
  const changed = found.files.length - gone;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text fw={600}>
          {[
            ...(gone > 0 ? [plural(language, gone, w.gone)] : []),
            ...(changed > 0 ? [plural(language, changed, w.changed)] : []),
          ].join(' · ')}
        </Text>
        <BringBack sinceMs={sinceMs} hasGone={gone > 0} hasChanged={changed > 0} />
      </Group>
      <ul className={styles['items']}>
        {found.files.slice(0, mostShown).map((each) => (
          <li key={each.node} className={styles['item']}>
            <div className={styles['name']}>
              <Text>{each.path.join(' / ')}</Text>
              <Text size="xs" c="dimmed">
                {size(each.sizeBytes)} · {each.how === 'gone' ? w.goneOne : w.changedOne}
                {each.timeMs !== null && ` ${ago(each.timeMs)}`}
                {each.by !== null && ` ${w.by(each.by)}`}
              </Text>
            </div>
          </li>
        ))}
      </ul>
      {found.count > mostShown && <Text c="dimmed">{plural(language, found.count - mostShown, w.more)}</Text>}
    </Stack>
  );
}

function BringBack(props: {
  readonly sinceMs: number;
  readonly hasGone: boolean;
  readonly hasChanged: boolean;
}): JSX.Element {
  const w = useWords(words);
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const bring = async (changed: boolean): Promise<void> => {
    if (changed && !(await confirm({ title: w.bringAllTitle, text: w.bringAllText, action: w.bringAll }))) return;
    setBusy(true);
    try {
      const { back, count } = await call<BroughtBack>('POST', '/vaults/files/lost/bring-back', {
        body: { sinceMs: props.sinceMs, changed },
      });
      const left = changed && count > 0 ? `, ${plural(currentLanguage(), count, w.someLeft)}` : '';
      toast(`${plural(currentLanguage(), back, w.broughtBack)}${left}`);
      await client.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Group gap="xs">
      {props.hasGone && (
        <Button loading={isBusy} onClick={() => void bring(false)}>
          {w.bringGone}
        </Button>
      )}
      {props.hasChanged && (
        <Button variant="default" loading={isBusy} onClick={() => void bring(true)}>
          {w.bringAll}
        </Button>
      )}
    </Group>
  );
}
