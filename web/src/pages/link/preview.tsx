import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import type { SharedItem } from '#faces/api/contract/links.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { ErrorState, Loading } from '../../ui/states.tsx';
import { kindOf } from './kind.ts';
import styles from './preview.module.css';
import { addressOf, type Visit } from './visit.ts';
import { words } from './words.ts';

const textUpToBytes: number = 512 * 1024;

interface PreviewProps {
  readonly visit: Visit;
  readonly path: readonly string[];
  readonly item: SharedItem;
  readonly onClose: () => void;
  readonly onSave: () => void;
}

export function Preview({ visit, path, item, onClose, onSave }: PreviewProps): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  return (
    <Modal opened onClose={onClose} size="xl" title={item.name} closeButtonProps={{ 'aria-label': w.close }}>
      <Stack gap="md">
        <Shown visit={visit} path={path} item={item} />
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            {size(item.sizeBytes)}
          </Text>
          <Button leftSection={<IconDownload size={18} />} onClick={onSave}>
            {w.download}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Shown({ visit, path, item }: Pick<PreviewProps, 'visit' | 'path' | 'item'>): JSX.Element {
  const w = useWords(words);
  const kind = kindOf(item);
  const address = useQuery({
    queryKey: ['shared-address', visit.pass, path],
    queryFn: () => addressOf(visit, path, 'file'),
    enabled: kind !== 'other',
    staleTime: 60 * 60_000,
  });
  if (kind === 'other' || (kind === 'text' && item.sizeBytes > textUpToBytes))
    return <Text c="dimmed">{w.noPreview}</Text>;
  if (address.isError) return <ErrorState error={address.error} onRetry={() => void address.refetch()} />;
  if (address.data === undefined) return <Loading />;
  switch (kind) {
    case 'image':
      return <img className={styles['picture']} src={address.data} alt={item.name} />;
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: a file of somebody's has none
      return <video className={styles['picture']} src={address.data} controls />;
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: a file of somebody's has none
      return <audio className={styles['sound']} src={address.data} controls />;
    case 'text':
      return <PlainText address={address.data} name={item.name} />;
  }
}

function PlainText({ address, name }: { readonly address: string; readonly name: string }): JSX.Element {
  const text = useQuery({
    queryKey: ['shared-text', address],
    queryFn: async () => (await fetch(address, { cache: 'no-store' })).text(),
  });
  if (text.isError) return <ErrorState error={text.error} onRetry={() => void text.refetch()} />;
  if (text.data === undefined) return <Loading />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className={styles['scroll']} tabIndex={0} aria-label={name}>
      <Code block className={styles['text'] ?? ''}>
        {text.data}
      </Code>
    </section>
  );
}
