import { type DragEvent, type JSX, type ReactNode, useRef, useState } from 'react';
import { useWords } from '../../i18n/language.ts';
import { toastProblem } from '../../ui/toasts.tsx';
import { fromDrop } from '../../uploads/dropped.ts';
import styles from './files-page.module.css';
import type { Path } from './place.ts';
import { startUploads } from './start-uploads.tsx';
import { words } from './words.ts';

interface ZoneProps {
  readonly folder: Path;
  readonly children: ReactNode;
}

/** Files and folders that are dropped anywhere on the page go into the folder that is shown. */
export function DropZone({ folder, children }: ZoneProps): JSX.Element {
  const w = useWords(words);
  const [isOver, setOver] = useState(false);
  // Each element below is entered and left by itself.
  const depth = useRef(0);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');
  const enter = (event: DragEvent, by: 1 | -1): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  const drop = async (event: DragEvent): Promise<void> => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    try {
      await startUploads(folder, await fromDrop(event.dataTransfer));
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside does the same by keyboard
    <div
      style={{ minHeight: '60dvh' }}
      onDragEnter={(event) => enter(event, 1)}
      onDragLeave={(event) => enter(event, -1)}
      onDragOver={(event) => {
        if (hasFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => void drop(event)}
    >
      {children}
      {isOver && <div className={styles['dropping']}>{w.dropHere(folder.at(-1) ?? w.title)}</div>}
    </div>
  );
}
