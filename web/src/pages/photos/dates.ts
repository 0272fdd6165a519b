import { type Language, useLanguage } from '../../i18n/language.ts';

/** Dates of photos are what a clock showed where they were taken: no zone of here changes them. */
export interface PhotoDates {
  /** May 2019 */
  month(month: string): string;
  /** 6 May 2019 */
  day(takenMs: number): string;
  /** Monday, 6 May 2019 at 07:08 */
  moment(takenMs: number): string;
}

const made = new Map<Language, PhotoDates>();

export function usePhotoDates(): PhotoDates {
  const language = useLanguage();
  const known = made.get(language) ?? datesOf(language);
  made.set(language, known);
  return known;
}

function datesOf(language: Language): PhotoDates {
  const utc = { timeZone: 'UTC' } as const;
  const month = new Intl.DateTimeFormat(language, { ...utc, month: 'long', year: 'numeric' });
  const day = new Intl.DateTimeFormat(language, { ...utc, dateStyle: 'long' });
  const moment = new Intl.DateTimeFormat(language, { ...utc, dateStyle: 'full', timeStyle: 'short' });
  return {
    month: (text) => month.format(Date.parse(`${text}-01T00:00:00Z`)),
    day: (takenMs) => day.format(takenMs),
    moment: (takenMs) => moment.format(takenMs),
  };
}

/** 1:05 */
export function playTime(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((each) => String(each).padStart(2, '0'))].join(':');
}
