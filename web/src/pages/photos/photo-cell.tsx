import { IconHeartFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { type JSX, type MouseEvent, memo, type NamedExoticComponent, useEffect, useState } from 'react';
import { playTime } from './dates.ts';
import styles from './photos.module.css';
import { knownPicture, wantPicture } from './pictures.ts';
import type { Photo } from './timeline.ts';

export interface CellTexts {
  /** What it is, for who does not see it. */
  readonly name: string;
  readonly choose: string;
  readonly favourite: string;
}

interface CellProps {
  readonly photo: Photo | undefined;
  readonly index: number;
  readonly textsOf: (photo: Photo) => CellTexts;
  readonly isChosen: boolean;
  readonly isChoosing: boolean;
  readonly onOpen: (index: number) => void;
  readonly onChoose: (index: number, isStretch: boolean) => void;
}

/**
 * One photo of the grid. As few elements as can be, and drawn again only when something of it changed: thousands scroll by,
 * and no step of that may take long.
 */
export const PhotoCell: NamedExoticComponent<CellProps> = memo(function PhotoCell(props: CellProps): JSX.Element {
  const { photo, index, textsOf, isChosen, isChoosing, onOpen, onChoose } = props;
  if (photo === undefined) return <div className={styles['cell']} />;
  const texts = textsOf(photo);
  const open = (event: MouseEvent): void => {
    if (isChoosing || event.shiftKey || event.ctrlKey || event.metaKey) onChoose(index, event.shiftKey);
    else onOpen(index);
  };
  return (
    <div className={styles['cell']} data-chosen={isChosen}>
      <button type="button" className={styles['open']} onClick={open} data-node={photo.node} aria-label={texts.name}>
        {photo.hasPicture && <Thumbnail node={photo.node} version={photo.version} />}
      </button>
      {photo.isVideo && (
        <span className={`${styles['badge']} ${styles['duration']}`}>
          <IconPlayerPlayFilled size={11} aria-hidden />
          {photo.durationMs > 0 && playTime(photo.durationMs)}
        </span>
      )}
      {photo.isFavourite && (
        <span className={`${styles['badge']} ${styles['favourite']}`}>
          <IconHeartFilled size={14} aria-label={texts.favourite} role="img" />
        </span>
      )}
      <button
        type="button"
        className={styles['mark']}
        aria-pressed={isChosen}
        aria-label={texts.choose}
        onClick={(event) => onChoose(index, event.shiftKey)}
      />
    </div>
  );
});

function Thumbnail({ node, version }: { readonly node: string; readonly version: string }): JSX.Element | null {
  const [url, setUrl] = useState(() => knownPicture(node, version, 'small'));
  useEffect(() => {
    setUrl(knownPicture(node, version, 'small'));
    return wantPicture(node, version, 'small', setUrl);
  }, [node, version]);
  return url === undefined ? null : <img src={url} alt="" decoding="async" draggable={false} />;
}
