import { ActionIcon, Button, Menu, Modal, Text } from '@mantine/core';
import { IconDots, IconLibraryPhoto, IconPhoto, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { PhotoAlbum } from '#faces/api/contract/photos.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { AlbumName, makeAlbum } from './album-choice.tsx';
import styles from './photos.module.css';
import { Picture } from './picture.tsx';
import { addressOf, type Show } from './show.ts';
import { words } from './words.ts';

export function Albums(): JSX.Element {
  const w = useWords(words);
  const albums = useApi<readonly PhotoAlbum[]>('/vaults/files/albums');
  return (
    <Loaded of={albums}>
      {(found) =>
        found.length === 0 ? (
          <EmptyState icon={IconLibraryPhoto} title={w.noAlbums} text={w.noAlbumsText} action={<NewAlbum />} />
        ) : (
          <div className={styles['albums']}>
            {found.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}

function AlbumCard({ album }: { readonly album: PhotoAlbum }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  return (
    <Link to={addressOf(album.id as Show) as '/'} className={styles['album']}>
      <div className={styles['cover']}>
        {album.cover === null ? (
          <span className={styles['blank']}>
            <IconPhoto size={40} stroke={1.3} aria-hidden />
          </span>
        ) : (
          <Picture node={album.cover} version="cover" size="small" alt="" />
        )}
      </div>
      <Text fw={600} lineClamp={2}>
        {album.name}
      </Text>
      <Text size="sm" c="dimmed">
        {plural(language, album.count, w.photos)}
      </Text>
    </Link>
  );
}

export function NewAlbum(): JSX.Element {
  const w = useWords(words);
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setOpen(true)}>
        {w.newAlbum}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={w.newAlbum}
        closeButtonProps={{ 'aria-label': w.close }}
      >
        <AlbumName
          action={w.make}
          onNamed={makeAlbum}
          onDone={(album) => void navigate({ to: addressOf(album.id as Show) as '/' })}
        />
      </Modal>
    </>
  );
}

/** What can be done with an album that is open. */
export function AlbumMenu({ album }: { readonly album: PhotoAlbum }): JSX.Element {
  const w = useWords(words);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isNaming, setNaming] = useState(false);
  const end = async (): Promise<void> => {
    if (!(await confirm({ title: w.endAlbumTitle, text: w.endAlbumText, action: w.endAlbum, isDangerous: true })))
      return;
    try {
      await call('DELETE', `/vaults/files/albums/${album.id}`);
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/vaults/files/albums' });
      toast(w.albumEnded);
      await navigate({ to: addressOf('albums') as '/' });
    } catch (error) {
      toastProblem(error);
    }
  };
  const rename = (name: string): Promise<PhotoAlbum> =>
    call<PhotoAlbum>('PATCH', `/vaults/files/albums/${album.id}`, { body: { name } });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size="input-sm" variant="default" aria-label={w.menu}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setNaming(true)}>{w.rename}</Menu.Item>
          <Menu.Item color="red" onClick={() => void end()}>
            {w.endAlbum}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isNaming}
        onClose={() => setNaming(false)}
        title={w.renameAlbum}
        closeButtonProps={{ 'aria-label': w.close }}
      >
        <AlbumName action={w.rename} name={album.name} onNamed={rename} onDone={() => setNaming(false)} />
      </Modal>
    </>
  );
}
