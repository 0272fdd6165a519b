import { type Language, useLanguage } from './language.ts';

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const minuteMs = 60_000;

/** Times and sizes as the chosen language writes them. */
export interface Formats {
  size(bytes: number): string;
  number(value: number): string;
  percent(share: number): string;
  /** 25 November 2026 */
  date(timeMs: number): string;
  /** 25 November 2026 at 14:05 */
  dateTime(timeMs: number): string;
  /** "3 minutes ago", "yesterday"; a date when it is longer than a month away. */
  ago(timeMs: number, nowMs?: number): string;
  /** 2 hours 5 minutes */
  duration(spanMs: number): string;
}

const made = new Map<Language, Formats>();

export function formatsOf(language: Language): Formats {
  const known = made.get(language) ?? makeFormats(language);
  made.set(language, known);
  return known;
}

export function useFormats(): Formats {
  return formatsOf(useLanguage());
}

function makeFormats(language: Language): Formats {
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' });
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  return {
    size: (bytes) => size(language, bytes),
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    date: (timeMs) => date.format(timeMs),
    dateTime: (timeMs) => dateTime.format(timeMs),
    ago: (timeMs, nowMs = Date.now()) => ago(language, timeMs - nowMs) ?? date.format(timeMs),
    duration: (spanMs) => duration(language, spanMs),
  };
}

function size(language: Language, bytes: number): string {
  let rank = 0;
  let value = bytes;
  // 999.5 would be written as 1,000 of the smaller unit.
  while (value >= 999.5 && rank < byteUnits.length - 1) {
    value /= 1000;
    rank += 1;
  }
  const unit = byteUnits[rank] ?? 'byte';
  const maximumFractionDigits = rank === 0 || value >= 100 ? 0 : 1;
  // The short form of "byte" is "byte" for some; the long one has a plural.
  const unitDisplay = rank === 0 ? 'long' : 'short';
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(value);
}

function ago(language: Language, differenceMs: number): string | undefined {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const minutes = Math.round(differenceMs / minuteMs);
  if (Math.abs(minutes) < 60) return format.format(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  if (Math.abs(hours) < 24) return format.format(hours, 'hour');
  const days = Math.round(hours / 24);
  return Math.abs(days) <= 31 ? format.format(days, 'day') : undefined;
}

function duration(language: Language, spanMs: number): string {
  const seconds = Math.max(1, Math.round(spanMs / 1000));
  const parts = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor(seconds / 3600) % 24],
    ['minute', Math.floor(seconds / 60) % 60],
    ['second', seconds % 60],
  ] as const;
  const from = parts.findIndex(([, count]) => count > 0);
  const shown = parts.slice(from, from + 2).filter(([, count]) => count > 0);
  return shown
    .map(([unit, count]) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count))
    .join(' ');
}
