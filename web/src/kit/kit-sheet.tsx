import qrcode from 'qrcode-generator';
import type { JSX } from 'react';
import { createPortal } from 'react-dom';
import type { Kit } from '#faces/api/contract/kit.ts';
import { useFormats } from '../i18n/formats.ts';
import { useWords } from '../i18n/language.ts';
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
      <QrCode text={kit.identity} label={w.qr} />
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

/** The quiet zone of ISO/IEC 18004 §5.3.8. */
const quietModules = 4;

function QrCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const code = qrcode(0, 'M');
  code.addData(text, 'Alphanumeric');
  code.make();
  const modules = code.getModuleCount();
  const side = modules + 2 * quietModules;
  const cells = Array.from({ length: modules * modules }, (_, index) => [Math.floor(index / modules), index % modules]);
  const dark = cells
    .filter(([row = 0, column = 0]) => code.isDark(row, column))
    .map(([row = 0, column = 0]) => `M${column + quietModules} ${row + quietModules}h1v1h-1z`)
    .join('');
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${side} ${side}`} shapeRendering="crispEdges">
      <path fill="#fff" d={`M0 0h${side}v${side}H0z`} />
      <path d={dark} />
    </svg>
  );
}
