import { IconCheck, IconHeartFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { type JSX, type MouseEvent, memo, type NamedExoticComponent } from 'react';
import { useWords } from '../../i18n/language.ts';
import { playTime, usePhotoDates } from './dates.ts';
import styles from './photos.module.css';
import { Picture } from './picture.tsx';
import type { Photo } from './timeline.ts';
import { words } from './words.ts';

interface CellProps {
  readonly photo: Photo | undefined;
  readonly index: number;
  readonly side: number;
  readonly isChosen: boolean;
  readonly isChoosing: boolean;
  readonly onOpen: (index: number) => void;
  readonly onChoose: (index: number, isStretch: boolean) => void;
}

/** One photo of the grid. Drawn again only when something of it changed: thousands scroll by. */
export const PhotoCell: NamedExoticComponent<CellProps> = memo(function PhotoCell(props: CellProps): JSX.Element {
  const { photo, index, side, isChosen, isChoosing, onOpen, onChoose } = props;
  const w = useWords(words);
  const dates = usePhotoDates();
  const style = { width: side, height: side };
  if (photo === undefined) return <div className={styles['cell']} style={style} />;
  const alt = photo.isVideo ? w.videoOf(dates.day(photo.takenMs)) : w.photoOf(dates.day(photo.takenMs));
  const open = (event: MouseEvent): void => {
    if (isChoosing || event.shiftKey || event.ctrlKey || event.metaKey) onChoose(index, event.shiftKey);
    else onOpen(index);
  };
  return (
    <div className={styles['cell']} style={style} data-chosen={isChosen}>
      <button type="button" className={styles['open']} onClick={open} data-node={photo.node}>
        <Picture {...photo} size="small" alt={alt} />
      </button>
      {photo.isVideo && (
        <span className={`${styles['badge']} ${styles['duration']}`}>
          <IconPlayerPlayFilled size={11} aria-hidden />
          {photo.durationMs > 0 && playTime(photo.durationMs)}
        </span>
      )}
      {photo.isFavourite && (
        <span className={`${styles['badge']} ${styles['favourite']}`}>
          <IconHeartFilled size={14} aria-label={w.favourite} role="img" />
        </span>
      )}
      <button
        type="button"
        className={styles['mark']}
        aria-pressed={isChosen}
        aria-label={w.choose(alt)}
        onClick={(event) => onChoose(index, event.shiftKey)}
      >
        <span>{isChosen && <IconCheck size={16} stroke={3} aria-hidden />}</span>
      </button>
    </div>
  );
});
