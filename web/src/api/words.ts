import { wordsNow } from '../i18n/language.ts';
import { isProblem } from './problem.ts';
import { words } from './problem-words.ts';

/** What a person reads when something was not done. */
export function problemText(error: unknown): string {
  const { unknown, known, tooManyGuesses } = wordsNow(words);
  if (!isProblem(error)) return unknown;
  if (error.code === 'too-many-guesses') return tooManyGuesses(error.retryAfterSeconds ?? 60);
  const byCode: Readonly<Record<string, string>> = known;
  return byCode[error.code] ?? (error.message === '' ? unknown : error.message);
}
