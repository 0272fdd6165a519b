import { ActionIcon, Group, Text, UnstyledButton } from '@mantine/core';
import { type Icon, IconDownload, IconFile, IconFolder, IconMovie, IconMusic, IconPhoto } from '@tabler/icons-react';
import type { JSX } from 'react';
import type { SharedItem } from '#faces/api/contract/links.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { kindOf } from './kind.ts';
import styles from './shared-row.module.css';
import { words } from './words.ts';

interface SharedRowProps {
  readonly item: SharedItem;
  readonly onOpen: () => void;
  readonly onSave: () => void;
}

export function SharedRow({ item, onOpen, onSave }: SharedRowProps): JSX.Element {
  const w = useWords(words);
  const { size, date } = useFormats();
  const Sign = signOf(item);
  return (
    <Group component="li" className={styles['row']} gap="xs" wrap="nowrap">
      <UnstyledButton className={styles['open']} onClick={onOpen}>
        <Sign aria-hidden size={24} stroke={1.5} className={styles['sign']} />
        <span className={styles['texts']}>
          <Text component="span" fw={500} className={styles['name']}>
            {item.name}
          </Text>
          <Text component="span" size="sm" c="dimmed">
            {item.isFolder ? size(item.sizeBytes) : `${size(item.sizeBytes)} · ${date(item.mtimeMs)}`}
          </Text>
        </span>
      </UnstyledButton>
      <ActionIcon variant="subtle" size="xl" aria-label={w.save(item.name)} onClick={onSave}>
        <IconDownload size={20} />
      </ActionIcon>
    </Group>
  );
}

function signOf(item: SharedItem): Icon {
  if (item.isFolder) return IconFolder;
  switch (kindOf(item)) {
    case 'image':
      return IconPhoto;
    case 'video':
      return IconMovie;
    case 'audio':
      return IconMusic;
    default:
      return IconFile;
  }
}
