import type { Kit } from '#faces/api/contract/kit.ts';
import { formatsOf } from '../i18n/formats.ts';
import { currentLanguage, wordsNow } from '../i18n/language.ts';
import type { KitSubject } from './kit-subject.ts';
import { words } from './words.ts';

/** As a file (docs/format.md §4): the first line that starts with AGE-SECRET-KEY-1 is the key, the others are for people. */
function kitText(subject: KitSubject, kit: Kit, nowMs: number): string {
  const w = wordsNow(words);
  const day = formatsOf(currentLanguage()).date(nowMs);
  return [
    `# ${subject.title}`,
    `# ${w.madeOn(day)}`,
    '#',
    `# ${subject.whoHasIt}`,
    `# ${w.keepApart}`,
    '#',
    `# ${w.checkWords.toLowerCase()}: ${kit.words.join(' ')}`,
    `# ${kit.recipient}`,
    kit.identity,
    '',
  ].join('\n');
}

/** Hands the file to the browser; it goes nowhere else. */
export function downloadKit(subject: KitSubject, kit: Kit): void {
  const url = URL.createObjectURL(new Blob([kitText(subject, kit, Date.now())], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = subject.fileName;
  link.click();
  // The browser has taken it up by then.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
