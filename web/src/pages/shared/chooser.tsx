import { ActionIcon, Anchor, Breadcrumbs, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconFile, IconFolder, IconShare } from '@tabler/icons-react';
import { type JSX, useState } from 'react';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { Loaded } from '../../ui/states.tsx';
import styles from './chooser.module.css';
import { words } from './words.ts';

export interface Chosen {
  readonly path: readonly string[];
  readonly name: string;
  readonly isFolder: boolean;
}

interface Listing {
  readonly children: readonly { readonly name: string; readonly isFolder: boolean }[];
}

interface ChooserProps {
  readonly onChoose: (chosen: Chosen) => void;
  readonly onClose: () => void;
}

/** A folder or file of the owner's files. */
export function Chooser({ onChoose, onClose }: ChooserProps): JSX.Element {
  const w = useWords(words);
  const [path, setPath] = useState<readonly string[]>([]);
  const listing = useApi<Listing>('/vaults/files/list', { path: JSON.stringify(path) });
  const here = path.at(-1) ?? w.everything;
  return (
    <Modal opened onClose={onClose} size="lg" title={w.choose} closeButtonProps={{ 'aria-label': w.close }}>
      <Stack gap="md">
        <Breadcrumbs component="nav" aria-label={w.trail} separatorMargin={6}>
          {[w.everything, ...path].map((name, index) =>
            index === path.length ? (
              <Text key={name} fw={600} aria-current="page">
                {name}
              </Text>
            ) : (
              <Anchor key={name} component="button" type="button" onClick={() => setPath(path.slice(0, index))}>
                {name}
              </Anchor>
            ),
          )}
        </Breadcrumbs>
        <Loaded of={listing}>
          {({ children }) => (
            <div className={styles['scroll']}>
              {children.length === 0 && <Text c="dimmed">{w.empty}</Text>}
              <ul className={styles['list']}>
                {children.map(({ name, isFolder }) => (
                  <Group key={name} component="li" gap="xs" wrap="nowrap" py={4}>
                    {isFolder ? (
                      <Button
                        className={styles['name'] ?? ''}
                        variant="subtle"
                        justify="flex-start"
                        leftSection={<IconFolder size={20} />}
                        onClick={() => setPath([...path, name])}
                      >
                        {name}
                      </Button>
                    ) : (
                      <Group className={styles['name'] ?? ''} gap="xs" px="md" wrap="nowrap">
                        <IconFile aria-hidden size={20} />
                        <Text truncate>{name}</Text>
                      </Group>
                    )}
                    <ActionIcon
                      variant="light"
                      size="lg"
                      aria-label={w.shareOne(name)}
                      onClick={() => onChoose({ path: [...path, name], name, isFolder })}
                    >
                      <IconShare size={18} />
                    </ActionIcon>
                  </Group>
                ))}
              </ul>
            </div>
          )}
        </Loaded>
        <Group justify="flex-end">
          <Button onClick={() => onChoose({ path, name: here, isFolder: true })}>{w.chooseThis(here)}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
