import { usage } from './failure.ts';

/** Something in a vault: `ACCOUNT:PATH`. The empty path is the root folder. */
export interface Target {
  readonly account: string;
  readonly path: readonly string[];
  /** Written with a slash at the end: it must be a folder. */
  readonly isFolder: boolean;
}

/** @throws Failure `usage`. */
export function parseTarget(text: string): Target {
  const colon = text.indexOf(':');
  if (colon <= 0) {
    throw usage(
      `\`${text}\` is not ACCOUNT:PATH.`,
      `things in a vault are named like alice:/photos/${text.includes('/') ? '' : 'x.jpg'}`,
    );
  }
  const rest = text.slice(colon + 1);
  const path = rest.split('/').filter((name) => name !== '');
  if (path.some((name) => name === '.' || name === '..')) {
    throw usage(`\`${text}\` has . or .. in its path.`, 'paths in a vault start at its root folder');
  }
  return { account: text.slice(0, colon), path, isFolder: path.length === 0 || rest.endsWith('/') };
}

export function targetText(account: string, path: readonly string[]): string {
  return `${account}:/${path.join('/')}`;
}

/** A name without a colon is an account, and stands for its root folder. */
export function parseAccountOrTarget(text: string): Target {
  return text.includes(':') ? parseTarget(text) : { account: text, path: [], isFolder: true };
}

const instant = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds since 1970 UTC. @throws Failure `usage`. */
export function parseTime(text: string): number {
  const match = instant.exec(text);
  // A day alone is its beginning, here; Date alone would take it as UTC.
  const isDay = match !== null && match[4] === undefined;
  const timeMs = match === null ? Number.NaN : Date.parse(isDay ? `${text}T00:00:00` : text.replace(' ', 'T'));
  if (Number.isNaN(timeMs) || timeMs < 0) {
    throw usage(`\`${text}\` is not a time.`, 'write 2026-11-20T10:00:00Z, or without Z for the time of this machine');
  }
  return timeMs;
}

const multiples: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KIB', 2 ** 10],
  ['MIB', 2 ** 20],
  ['GIB', 2 ** 30],
  ['TIB', 2 ** 40],
]);

/** `10GB`, `1.5TiB`, `none`. @throws Failure `usage`. */
export function parseSize(text: string): number | null {
  if (text === 'none') return null;
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i.exec(text);
  const multiple = multiples.get(match?.[2]?.toUpperCase() ?? 'unknown');
  const bytes = match === null || multiple === undefined ? Number.NaN : Math.round(Number(match[1]) * multiple);
  if (!Number.isSafeInteger(bytes)) throw usage(`\`${text}\` is not a size.`, 'write 500MB, 10GB, 1.5TiB, or none');
  return bytes;
}
