import { Button, Group, Stack, Text } from '@mantine/core';
import { type JSX, type ReactNode, useState } from 'react';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import styles from './shared-entry.module.css';
import { words } from './words.ts';

interface SharedEntryProps {
  readonly name: string;
  readonly where: string;
  readonly facts?: ReactNode;
  readonly lastUse: { readonly timeMs: number; readonly address: string } | null;
  readonly onEnd: () => Promise<void>;
}

/** One thing that somebody else can open. */
export function SharedEntry({ name, where, facts, lastUse, onEnd }: SharedEntryProps): JSX.Element {
  const w = useWords(words);
  const { ago } = useFormats();
  const [isBusy, setBusy] = useState(false);
  const end = (): void => {
    setBusy(true);
    void onEnd().finally(() => setBusy(false));
  };
  return (
    <Group component="li" className={styles['entry']} justify="space-between" align="flex-start" gap="sm" wrap="nowrap">
      <Stack gap={2} miw={0} flex={1}>
        <Text fw={600}>{name}</Text>
        <Text size="sm">{where}</Text>
        {facts !== undefined && <Group gap={8}>{facts}</Group>}
        <Text size="sm" c="dimmed">
          {lastUse === null ? w.never : w.used(ago(lastUse.timeMs), lastUse.address)}
        </Text>
      </Stack>
      <Button variant="default" color="red" loading={isBusy} aria-label={w.endLabel(name)} onClick={end}>
        {w.end}
      </Button>
    </Group>
  );
}
