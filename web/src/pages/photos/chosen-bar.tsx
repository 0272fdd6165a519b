import { ActionIcon, Group, Paper, Text } from '@mantine/core';
import {
  type Icon,
  IconHeart,
  IconHeartOff,
  IconLibraryMinus,
  IconLibraryPhoto,
  IconTrash,
  IconX,
} from '@tabler/icons-react';
import type { JSX } from 'react';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { chooseAlbum } from './album-choice.tsx';
import type { PhotoChanges } from './changes.ts';
import type { Chosen } from './chosen.ts';
import styles from './photos.module.css';
import type { Show } from './show.ts';
import { words } from './words.ts';

interface BarProps {
  readonly chosen: Chosen;
  readonly show: Show;
  readonly changes: PhotoChanges;
  /** Nothing is chosen any more, and nothing is about to be. */
  readonly onDone: () => void;
}

/** How many are chosen, and what can be done with them. It stays in sight. */
export function ChosenBar({ chosen, show, changes, onDone }: BarProps): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const nodes = [...chosen.nodes];
  const after = async (change: Promise<boolean>): Promise<void> => {
    if (await change) onDone();
  };
  const isAlbum = show !== 'all' && show !== 'favourites' && show !== 'videos';
  return (
    <Paper
      className={styles['bar']}
      shadow="md"
      px="sm"
      py={6}
      role="toolbar"
      aria-label={plural(language, nodes.length, w.chosen)}
    >
      <Group gap={4} wrap="nowrap">
        <Tool icon={IconX} label={w.clear} onClick={onDone} />
        <Text fw={600} flex={1} aria-live="polite">
          {plural(language, nodes.length, w.chosen)}
        </Text>
        {nodes.length > 0 && (
          <>
            {show === 'favourites' ? (
              <Tool
                icon={IconHeartOff}
                label={w.removeFavourite}
                onClick={() => void after(changes.favourite(nodes, false))}
              />
            ) : (
              <Tool
                icon={IconHeart}
                label={w.addFavourite}
                onClick={() => void after(changes.favourite(nodes, true))}
              />
            )}
            {isAlbum ? (
              <Tool
                icon={IconLibraryMinus}
                label={w.removeFromAlbum}
                onClick={() => void after(changes.putInto(show, nodes, false))}
              />
            ) : (
              <Tool
                icon={IconLibraryPhoto}
                label={w.addToAlbum}
                onClick={() => void after(chooseAlbum(nodes, changes))}
              />
            )}
            <Tool icon={IconTrash} label={w.trash} onClick={() => void after(changes.trash(nodes))} />
          </>
        )}
      </Group>
    </Paper>
  );
}

function Tool(props: { readonly icon: Icon; readonly label: string; readonly onClick: () => void }): JSX.Element {
  const { icon: Sign, label, onClick } = props;
  return (
    <ActionIcon
      size={44}
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Sign size={22} stroke={1.7} />
    </ActionIcon>
  );
}
