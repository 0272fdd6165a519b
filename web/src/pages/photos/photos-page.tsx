import { Button, Stack } from '@mantine/core';
import { IconHeart, IconLibraryPhoto, IconPhoto, IconVideo } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { type JSX, useCallback, useEffect, useMemo, useState } from 'react';
import type { PhotoAlbum, PhotoMonths } from '#faces/api/contract/photos.ts';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { AlbumChoice } from './album-choice.tsx';
import { AlbumMenu, Albums, NewAlbum } from './albums.tsx';
import { usePhotoChanges } from './changes.ts';
import { useChosen } from './chosen.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { PhotoGrid } from './photo-grid.tsx';
import styles from './photos.module.css';
import { addressOf, type Show, showOf } from './show.ts';
import { Timeline } from './timeline.ts';
import { UploadPhotos } from './upload-photos.tsx';
import { Viewer } from './viewer.tsx';
import { words } from './words.ts';

/** What is being read appears without being asked for. */
const refreshMs = 15_000;

export function PhotosPage(): JSX.Element {
  const { _splat: splat } = useParams({ strict: false }) as { readonly _splat?: string };
  const show = showOf(splat ?? '') ?? 'all';
  return show === 'albums' ? <AlbumsPage /> : <ShownPhotos key={show} show={show} />;
}

function AlbumsPage(): JSX.Element {
  const w = useWords(words);
  const albums = useApi<readonly PhotoAlbum[]>('/vaults/files/albums');
  return (
    <Page title={w.albums} actions={(albums.data?.length ?? 0) > 0 && <NewAlbum />}>
      <Views />
      <Albums />
    </Page>
  );
}

function Views(): JSX.Element {
  const w = useWords(words);
  const views = [
    ['all', w.all],
    ['favourites', w.favourites],
    ['videos', w.videos],
    ['albums', w.albums],
  ] as const;
  return (
    <nav className={styles['tabs']} aria-label={w.views}>
      {views.map(([view, label]) => (
        <Link
          key={view}
          to={addressOf(view) as '/'}
          className={styles['tab']}
          activeOptions={{ exact: view === 'all' }}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

function ShownPhotos({ show }: { readonly show: Show }): JSX.Element {
  const w = useWords(words);
  const isView = show === 'all' || show === 'favourites' || show === 'videos';
  const albums = useApi<readonly PhotoAlbum[]>('/vaults/files/albums', {}, { enabled: !isView });
  const album = albums.data?.find((each) => each.id === show);
  const months = useApi<PhotoMonths>('/vaults/files/photos/months', { show }, { refreshMs });
  const [isChoosing, setChoosing] = useState(false);
  const chosen = useChosen();
  const stop = useCallback(() => {
    setChoosing(false);
    chosen.clear();
  }, [chosen]);
  const title = isView ? w.title : (album?.name ?? (albums.data === undefined ? '…' : w.unknownAlbum));
  const isEmpty = (months.data?.count ?? 0) === 0;
  return (
    <Page
      title={title}
      actions={
        <>
          {show === 'all' && <UploadPhotos />}
          {!isEmpty && (
            <Button variant="default" onClick={() => (isChoosing ? stop() : setChoosing(true))}>
              {isChoosing ? w.done : w.select}
            </Button>
          )}
          {album !== undefined && <AlbumMenu album={album} />}
        </>
      }
    >
      <Views />
      <Loaded of={months}>
        {(found) =>
          found.count === 0 ? (
            <Nothing show={show} />
          ) : (
            <Photos show={show} months={found} chosen={chosen} isChoosing={isChoosing} onStop={stop} />
          )
        }
      </Loaded>
      <AlbumChoice />
    </Page>
  );
}

function Nothing({ show }: { readonly show: Show }): JSX.Element {
  const w = useWords(words);
  switch (show) {
    case 'all':
      return <EmptyState icon={IconPhoto} title={w.emptyTitle} text={w.emptyText} />;
    case 'favourites':
      return <EmptyState icon={IconHeart} title={w.noFavourites} text={w.noFavouritesText} />;
    case 'videos':
      return <EmptyState icon={IconVideo} title={w.noVideos} text={w.emptyText} />;
    default:
      return <EmptyState icon={IconLibraryPhoto} title={w.noAlbumPhotos} text={w.noAlbumPhotosText} />;
  }
}

interface PhotosProps {
  readonly show: Show;
  readonly months: PhotoMonths;
  readonly chosen: ReturnType<typeof useChosen>;
  readonly isChoosing: boolean;
  readonly onStop: () => void;
}

function Photos({ show, months, chosen, isChoosing, onStop }: PhotosProps): JSX.Element {
  const timeline = useTimeline(show, months);
  const changes = usePhotoChanges();
  const [index, setIndex] = useViewed();
  const isActive = isChoosing || chosen.nodes.size > 0;
  return (
    <Stack gap="xs">
      {isActive && <ChosenBar {...{ chosen, show, changes }} onDone={onStop} />}
      <PhotoGrid timeline={timeline} chosen={chosen} isChoosing={isActive} onOpen={setIndex} />
      {index !== undefined && index < months.count && (
        <Viewer
          {...{ timeline, index, changes }}
          onMove={(next) => setIndex(next, true)}
          onClose={() => setIndex(undefined)}
        />
      )}
    </Stack>
  );
}

function useTimeline(show: Show, months: PhotoMonths): Timeline {
  const client = useQueryClient();
  const onOutdated = useCallback(
    () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/vaults/files/photos/months' }),
    [client],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision counts the items anew
  return useMemo(() => new Timeline(show, months, onOutdated), [show, months.revision, onOutdated]);
}

/** The photo that is open stands behind the `#` of the address, so that the way back closes it. */
function useViewed(): readonly [number | undefined, (index: number | undefined, isStep?: boolean) => void] {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [wasOpened, setOpened] = useState(false);
  const index = /^\d+$/.test(hash) ? Number(hash) : undefined;
  useEffect(() => {
    if (index === undefined) setOpened(false);
  }, [index]);
  const set = useCallback(
    (next: number | undefined, isStep = false) => {
      if (next === undefined && wasOpened) {
        history.back();
        return;
      }
      if (!isStep && next !== undefined) setOpened(true);
      void navigate({
        to: '.',
        hash: next === undefined ? '' : String(next),
        replace: isStep || next === undefined,
        resetScroll: false,
        hashScrollIntoView: false,
      });
    },
    [navigate, wasOpened],
  );
  return [index, set];
}
