import { IconPhoto, IconVideo } from '@tabler/icons-react';
import { type JSX, useEffect, useState } from 'react';
import styles from './photos.module.css';
import { knownPicture, wantPicture } from './pictures.ts';

interface PictureProps {
  readonly node: string;
  readonly version: string;
  readonly size: 'small' | 'large';
  readonly alt: string;
  readonly isVideo?: boolean;
  readonly hasPicture?: boolean;
}

/** The picture once it is there; until then, and when there is none, what kind of thing it is. */
export function Picture({ node, version, size, alt, isVideo, hasPicture = true }: PictureProps): JSX.Element {
  const [url, setUrl] = useState(() => knownPicture(node, version, size));
  useEffect(() => {
    setUrl(knownPicture(node, version, size));
    return hasPicture ? wantPicture(node, version, size, setUrl) : undefined;
  }, [node, version, size, hasPicture]);
  const Sign = isVideo === true ? IconVideo : IconPhoto;
  return url === undefined ? (
    <span className={styles['blank']} role="img" aria-label={alt}>
      <Sign size={28} stroke={1.4} aria-hidden />
    </span>
  ) : (
    <img src={url} alt={alt} decoding="async" draggable={false} />
  );
}
