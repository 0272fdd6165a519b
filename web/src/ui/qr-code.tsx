import qrcode from 'qrcode-generator';
import type { JSX } from 'react';

/** The quiet zone of ISO/IEC 18004 §5.3.8. */
const quietModules = 4;

interface QrCodeProps {
  readonly text: string;
  readonly label: string;
  /** Capital letters, digits and a few signs take less room. */
  readonly mode?: 'Alphanumeric' | 'Byte';
}

export function QrCode({ text, label, mode = 'Byte' }: QrCodeProps): JSX.Element {
  const code = qrcode(0, 'M');
  code.addData(text, mode);
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
