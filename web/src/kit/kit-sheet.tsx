import type { JSX } from 'react';
import { createPortal } from 'react-dom';
import type { Kit } from '#faces/api/contract/kit.ts';
import { useFormats } from '../i18n/formats.ts';
import { useWords } from '../i18n/language.ts';
import { QrCode } from '../ui/qr-code.tsx';
import styles from './kit-sheet.module.css';
import type { KitSubject } from './kit-subject.ts';
import { words } from './words.ts';

interface KitSheetProps {
  readonly subject: KitSubject;
  readonly kit: Kit;
}

/** The kit on one sheet of paper. It is never on the screen: while it is there, printing prints it and nothing else. */
export function KitSheet({ subject, kit }: KitSheetProps): JSX.Element {
  const w = useWords(words);
  const { date } = useFormats();
  return createPortal(
    <div className={styles['sheet']}>
      <h1>{subject.title}</h1>
      <p>{w.madeOn(date(Date.now()))}</p>
      <p>{subject.whoHasIt}</p>
      <p>{w.keepApart}</p>
      <h2>{w.key}</h2>
      <QrCode text={kit.identity} label={w.qr} mode="Alphanumeric" />
      <p>
        <code>{kit.identity}</code>
      </p>
      <h2>{w.checkWords}</h2>
      <p>{w.checkWordsText}</p>
      <ol>
        {kit.words.map((word) => (
          <li key={word}>{word}</li>
        ))}
      </ol>
    </div>,
    document.body,
  );
}
