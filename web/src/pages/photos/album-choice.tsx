import { Button, Group, Modal, NavLink, Stack, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState, useSyncExternalStore } from 'react';
import type { PhotoAlbum } from '#faces/api/contract/photos.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useLanguage, useWords, wordsNow } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { Loaded } from '../../ui/states.tsx';
import { makeStore } from '../../ui/store.ts';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import type { PhotoChanges } from './changes.ts';
import { words } from './words.ts';

const choosing = makeStore<((album: PhotoAlbum | undefined) => void) | undefined>(undefined);

/** Asks for an album and puts the photos into it. @returns whether they are in it now. */
export async function chooseAlbum(nodes: readonly string[], changes: PhotoChanges): Promise<boolean> {
  const album = await new Promise<PhotoAlbum | undefined>((resolve) => {
    choosing.set((chosen) => {
      choosing.set(undefined);
      resolve(chosen);
    });
  });
  if (album === undefined || !(await changes.putInto(album.id, nodes, true))) return false;
  toast(wordsNow(words).addedTo(album.name));
  return true;
}

/** The dialog behind `chooseAlbum`; once in the page. */
export function AlbumChoice(): JSX.Element | null {
  const answer = useSyncExternalStore(choosing.subscribe, choosing.get);
  return answer === undefined ? null : <Choice onChosen={answer} />;
}

function Choice({ onChosen }: { readonly onChosen: (album: PhotoAlbum | undefined) => void }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const albums = useApi<readonly PhotoAlbum[]>('/vaults/files/albums');
  const [isNew, setNew] = useState(false);
  return (
    <Modal opened onClose={() => onChosen(undefined)} title={w.addToAlbum} closeButtonProps={{ 'aria-label': w.close }}>
      <Loaded of={albums}>
        {(found) =>
          isNew || found.length === 0 ? (
            <AlbumName action={w.make} onNamed={(name) => makeAlbum(name)} onDone={onChosen} />
          ) : (
            <Stack gap={2}>
              {found.map((album) => (
                <NavLink
                  key={album.id}
                  component="button"
                  label={album.name}
                  description={plural(language, album.count, w.photos)}
                  onClick={() => onChosen(album)}
                />
              ))}
              <NavLink
                component="button"
                label={w.newAlbum}
                leftSection={<IconPlus size={20} aria-hidden />}
                onClick={() => setNew(true)}
              />
            </Stack>
          )
        }
      </Loaded>
    </Modal>
  );
}

export function makeAlbum(name: string): Promise<PhotoAlbum> {
  return call<PhotoAlbum>('POST', '/vaults/files/albums', { body: { name } });
}

interface AlbumNameProps {
  readonly action: string;
  readonly name?: string;
  readonly onNamed: (name: string) => Promise<PhotoAlbum>;
  readonly onDone: (album: PhotoAlbum) => void;
}

export function AlbumName({ action, name: before = '', onNamed, onDone }: AlbumNameProps): JSX.Element {
  const w = useWords(words);
  const client = useQueryClient();
  const [name, setName] = useState(before);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const album = await onNamed(name.trim());
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/vaults/files/albums' });
      onDone(album);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          data-autofocus
          label={w.albumName}
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
