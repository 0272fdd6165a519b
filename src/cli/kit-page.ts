import qrcode from 'qrcode-generator';
import type { KitFacts } from './answers.ts';

/** Whose kit it is, for the text around it. */
export interface KitSubject {
  readonly title: string;
  /** What it does and how to keep it; a line each. */
  readonly advice: readonly string[];
}

/**
 * The kit as one page to print: no script, nothing from elsewhere. The identity stands on a line of its own, so that the
 * page itself can be used as a kit file.
 */
export function kitPage(subject: KitSubject, kit: KitFacts, day: string): string {
  const words = kit.words.map((word) => `<li>${escaped(word)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(subject.title)}</title>
<style>
  body { font: 12pt/1.5 system-ui, sans-serif; margin: 2cm auto; max-width: 17cm; padding: 0 1cm; color: #000; background: #fff }
  h1 { font-size: 18pt }
  svg { width: 6cm; height: 6cm }
  code { font: 11pt/1.6 monospace; white-space: pre-wrap; overflow-wrap: anywhere }
  ol { columns: 2; font-size: 14pt }
</style>
<h1>${escaped(subject.title)}</h1>
<p>Made on ${escaped(day)}.</p>
${subject.advice.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<h2>The key</h2>
${qrSvg(kit.identity)}
<p><code>
${escaped(kit.identity)}
</code></p>
<h2>Check words</h2>
<p>They tell whether the right kit was typed in; they do not open anything.</p>
<ol>${words}</ol>
<p>Public key: <code>${escaped(kit.recipient)}</code></p>
</html>
`;
}

/** The quiet zone of ISO/IEC 18004 §5.3.8. */
const quietModules = 4;

/** An identity is upper case, digits and dashes: alphanumeric mode makes a smaller code than bytes would. */
export function qrSvg(identity: string): string {
  const code = qrcode(0, 'M');
  code.addData(identity, 'Alphanumeric');
  code.make();
  const modules = code.getModuleCount();
  const side = modules + 2 * quietModules;
  const dark: string[] = [];
  for (let row = 0; row < modules; row += 1) {
    for (let column = 0; column < modules; column += 1) {
      if (code.isDark(row, column)) dark.push(`M${column + quietModules} ${row + quietModules}h1v1h-1z`);
    }
  }
  const box = `viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="QR code of the key" ${box}><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${dark.join('')}"/></svg>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
