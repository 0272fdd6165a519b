import { ActionIcon, type ActionIconProps, Center, FocusTrap, Portal, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import {
  type Icon,
  IconArrowLeft,
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconHeart,
  IconHeartFilled,
  IconInfoCircle,
  IconLibraryPhoto,
  IconTrash,
} from '@tabler/icons-react';
import { type JSX, type PointerEvent, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { TicketAddress } from '#faces/api/contract/files.ts';
import type { PhotoDetails } from '#faces/api/contract/photos.ts';
import { call } from '../../api/client.ts';
import { useWords } from '../../i18n/language.ts';
import { toastProblem } from '../../ui/toasts.tsx';
import { chooseAlbum } from './album-choice.tsx';
import type { PhotoChanges } from './changes.ts';
import { usePhotoDates } from './dates.ts';
import { Details } from './details.tsx';
import { Picture } from './picture.tsx';
import type { Photo, Timeline } from './timeline.ts';
import styles from './viewer.module.css';
import { words } from './words.ts';

interface ViewerProps {
  readonly timeline: Timeline;
  readonly index: number;
  readonly changes: PhotoChanges;
  readonly onMove: (index: number) => void;
  readonly onClose: () => void;
}

/** A finger that moved so far to the side wants the next photo. */
const swipePixels = 60;

/** One photo on the whole screen. Arrows, fingers and buttons go on; Escape and the way back go out. */
export function Viewer({ timeline, index, changes, onMove, onClose }: ViewerProps): JSX.Element {
  const w = useWords(words);
  const dates = usePhotoDates();
  const [hasDetails, setDetails] = useState(false);
  useSyncExternalStore(
    useCallback((listener) => timeline.subscribe(listener), [timeline]),
    () => timeline.version,
  );
  useEffect(() => timeline.want(index - 3, index + 3), [timeline, index]);
  const last = timeline.months.count - 1;
  const go = (step: number): void => {
    if (index + step >= 0 && index + step <= last) onMove(index + step);
  };
  const photo = timeline.at(index);
  const love = (): void => {
    if (photo === undefined) return;
    timeline.markFavourite(new Set([photo.node]), !photo.isFavourite);
    void changes.favourite([photo.node], !photo.isFavourite);
  };
  const trash = async (): Promise<void> => {
    if (photo !== undefined && (await changes.trash([photo.node]))) onClose();
  };
  useHotkeys([
    ['ArrowLeft', alone(() => go(-1))],
    ['ArrowRight', alone(() => go(1))],
    ['Escape', alone(onClose)],
    ['f', alone(love)],
    ['i', alone(() => setDetails((is) => !is))],
  ]);
  useStillPage();
  const alt = photo === undefined ? w.title : altOf(photo, w, dates.moment(photo.takenMs));
  return (
    <Portal>
      <FocusTrap active>
        <div className={styles['viewer']} role="dialog" aria-modal aria-label={alt}>
          <div className={styles['stage']}>
            <div className={styles['tools']}>
              <Tool icon={IconArrowLeft} label={w.close} onClick={onClose} />
              <Tool
                icon={photo?.isFavourite === true ? IconHeartFilled : IconHeart}
                label={photo?.isFavourite === true ? w.removeFavourite : w.addFavourite}
                aria-pressed={photo?.isFavourite === true}
                onClick={love}
              />
              <Tool
                icon={IconLibraryPhoto}
                label={w.addToAlbum}
                onClick={() => photo !== undefined && void chooseAlbum([photo.node], changes)}
              />
              <Tool
                icon={IconInfoCircle}
                label={w.details}
                aria-pressed={hasDetails}
                onClick={() => setDetails(!hasDetails)}
              />
              <Tool icon={IconDownload} label={w.download} onClick={() => photo !== undefined && void keep(photo)} />
              <Tool icon={IconTrash} label={w.trash} onClick={() => void trash()} />
            </div>
            <Swipe onSwipe={go}>{photo !== undefined && <Shown photo={photo} alt={alt} />}</Swipe>
            {index > 0 && (
              <Tool
                className={`${styles['way']} ${styles['previous']}`}
                icon={IconChevronLeft}
                label={w.previous}
                onClick={() => go(-1)}
              />
            )}
            {index < last && (
              <Tool
                className={`${styles['way']} ${styles['next']}`}
                icon={IconChevronRight}
                label={w.next}
                onClick={() => go(1)}
              />
            )}
          </div>
          {hasDetails && photo !== undefined && (
            <aside className={styles['details']} aria-label={w.details}>
              <Details node={photo.node} />
            </aside>
          )}
        </div>
      </FocusTrap>
    </Portal>
  );
}

/** Keys that are meant for a question over the photo do nothing to it. */
function alone(act: () => void): () => void {
  return () => {
    if (document.querySelectorAll('[role="dialog"]').length === 1) act();
  };
}

/** What lies behind does not scroll. */
function useStillPage(): void {
  useEffect(() => {
    document.documentElement.style.overflow = 'hidden';
    return () => {
      document.documentElement.style.overflow = '';
    };
  }, []);
}

function altOf(photo: Photo, w: (typeof words)['en'], moment: string): string {
  return photo.isVideo ? w.videoOf(moment) : w.photoOf(moment);
}

interface ToolProps extends ActionIconProps {
  readonly icon: Icon;
  readonly label: string;
  readonly onClick: () => void;
  readonly 'aria-pressed'?: boolean;
}

function Tool({ icon: Sign, label, ...rest }: ToolProps): JSX.Element {
  return (
    <ActionIcon size={44} radius={22} variant="subtle" color="gray.0" aria-label={label} title={label} {...rest}>
      <Sign size={24} stroke={1.7} />
    </ActionIcon>
  );
}

function Shown({ photo, alt }: { readonly photo: Photo; readonly alt: string }): JSX.Element {
  const w = useWords(words);
  if (photo.isVideo) return <Film key={photo.node} photo={photo} alt={alt} />;
  if (!photo.hasPicture)
    return (
      <Center p="xl" maw={420} ta="center">
        <Text c="gray.3">{w.notShown}</Text>
      </Center>
    );
  return (
    <>
      {/* What the list had is there at once; the large one comes over it. */}
      <Picture key={`small-${photo.node}`} {...photo} size="small" alt="" />
      <Picture key={`large-${photo.node}`} {...photo} size="large" alt={alt} />
    </>
  );
}

/** Played from a short-lived address of its own, so that it can be sought in; until that is there, its picture. */
function Film({ photo, alt }: { readonly photo: Photo; readonly alt: string }): JSX.Element {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    let isOver = false;
    addressOf(photo, 'shown').then(
      (found) => {
        if (!isOver) setAddress(found);
      },
      (error: unknown) => toastProblem(error),
    );
    return () => {
      isOver = true;
    };
  }, [photo]);
  if (address === undefined) return <Picture {...photo} size="large" alt={alt} />;
  // biome-ignore lint/a11y/useMediaCaption: films of people have none
  return <video src={address} aria-label={alt} controls autoPlay playsInline />;
}

/** @throws Problem when it is not there any more. */
async function addressOf(photo: Photo, as: 'shown' | 'kept'): Promise<string> {
  const { path } = await call<PhotoDetails>('GET', `/vaults/files/photos/${photo.node}`);
  const body = { as, path, version: photo.version };
  return (await call<TicketAddress>('POST', '/vaults/files/tickets', { body })).address;
}

/** The answer says that it is to be kept, so the page stays where it is. */
async function keep(photo: Photo): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = await addressOf(photo, 'kept');
    link.download = '';
    link.click();
  } catch (error) {
    toastProblem(error);
  }
}

function Swipe(props: { readonly onSwipe: (step: number) => void; readonly children: React.ReactNode }): JSX.Element {
  const start = useRef<number>(undefined);
  const end = ({ clientX }: PointerEvent): void => {
    const moved = start.current === undefined ? 0 : clientX - start.current;
    start.current = undefined;
    if (Math.abs(moved) >= swipePixels) props.onSwipe(moved < 0 ? 1 : -1);
  };
  return (
    <div
      className={styles['picture']}
      onPointerDown={(event) => {
        start.current = event.clientX;
      }}
      onPointerUp={end}
      onPointerCancel={() => {
        start.current = undefined;
      }}
    >
      {props.children}
    </div>
  );
}
