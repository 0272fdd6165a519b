import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { MassDeletion } from '#faces/api/contract/time.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { currentLanguage, useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { Section } from '../../ui/section.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import styles from './time.module.css';
import { words } from './words.ts';

const mostShown = 20;

/** What one device took away in one go; nothing is shown where there was no such thing. */
export function LargeDeletions(): JSX.Element | null {
  const w = useWords(words);
  const deletions = useApi<readonly MassDeletion[]>('/vaults/files/deletions');
  if (deletions.data === undefined || deletions.data.length === 0) return null;
  return (
    <Section title={w.deletions} lead={w.deletionsLead}>
      <ul className={styles['items']}>
        {deletions.data
          .toReversed()
          .slice(0, mostShown)
          .map((each) => (
            <Deletion key={each.id} deletion={each} />
          ))}
      </ul>
    </Section>
  );
}

function Deletion({ deletion }: { readonly deletion: MassDeletion }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const { dateTime, size } = useFormats();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const settle = async (how: 'undo' | 'accept'): Promise<void> => {
    setBusy(true);
    try {
      const done = await call<{ readonly back?: number }>('POST', `/vaults/files/deletions/${deletion.id}/${how}`);
      toast(how === 'undo' ? plural(currentLanguage(), done.back ?? 0, w.undone) : w.accepted);
      await client.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const where = deletion.mostIn.length === 0 ? '' : `, ${w.mostIn(deletion.mostIn.join(' / '))}`;
  return (
    <li className={styles['item']}>
      <Stack gap={0} className={styles['name'] ?? ''}>
        <Text fw={600}>
          {plural(language, deletion.files, w.deletionFiles)}, {size(deletion.sizeBytes)}
          {where}
        </Text>
        <Text size="sm" c="dimmed">
          {dateTime(deletion.fromMs)} · {deletion.by === null ? w.bySomebody : w.by(deletion.by)}
        </Text>
      </Stack>
      {deletion.isAccepted ? (
        <Badge variant="light" color="gray" tt="none">
          {w.accepted}
        </Badge>
      ) : (
        <Group gap="xs" className={styles['actions'] ?? ''}>
          <Button size="xs" loading={isBusy} onClick={() => void settle('undo')}>
            {w.undo}
          </Button>
          <Button size="xs" variant="default" loading={isBusy} onClick={() => void settle('accept')}>
            {w.accept}
          </Button>
        </Group>
      )}
    </li>
  );
}
