import { type Exchange, header } from './exchange.ts';
import { DavProblem } from './problem.ts';

export type Depth = 0 | 1 | 'infinity';

type Asked = Pick<Exchange, 'headers'>;

/** RFC 4918 §10.2. Undefined when there is none. @throws DavProblem 400. */
export function depthOf(asked: Asked): Depth | undefined {
  const text = header(asked, 'depth');
  switch (text?.trim().toLowerCase()) {
    case undefined:
      return undefined;
    case '0':
      return 0;
    case '1':
      return 1;
    case 'infinity':
      return 'infinity';
    default:
      throw new DavProblem(400, 'The Depth header must be 0, 1 or infinity. Nothing was changed.');
  }
}

/** RFC 4918 §10.6: true unless it says F. @throws DavProblem 400. */
export function overwriteOf(asked: Asked): boolean {
  switch (header(asked, 'overwrite')?.trim()) {
    case undefined:
    case 'T':
    case 't':
      return true;
    case 'F':
    case 'f':
      return false;
    default:
      throw new DavProblem(400, 'The Overwrite header must be T or F. Nothing was changed.');
  }
}

/** Nobody is held up for longer by a client that went away; it refreshes its lock while it is there (RFC 4918 §6.6). */
const longestLockMs: number = 60 * 60 * 1000;

/** RFC 4918 §10.7: the first form in the list that we understand. Anything else counts as no wish. */
export function lockTimeoutMs(asked: Asked): number {
  for (const part of (header(asked, 'timeout') ?? '').split(',')) {
    const seconds = second.exec(part.trim())?.[1];
    if (seconds !== undefined) return Math.min(Math.max(Number(seconds), 1) * 1000, longestLockMs);
  }
  return longestLockMs;
}

const second = /^Second-(\d{1,10})$/i;

/** RFC 4918 §10.5: one Coded-URL. @throws DavProblem 400. */
export function lockTokenOf(asked: Asked): string {
  const token = codedUrl.exec(header(asked, 'lock-token') ?? '')?.[1];
  if (token === undefined)
    throw new DavProblem(400, 'The Lock-Token header must hold one token in angle brackets. Nothing was changed.');
  return token;
}

const codedUrl = /^[ \t]*<([^<>\s]+)>[ \t]*$/;

/** Declared size of the body; undefined when it comes in chunks. Node has already refused what is not a number. */
export function contentLengthOf(asked: Asked): number | undefined {
  const text = header(asked, 'content-length');
  return text === undefined ? undefined : Number(text);
}

/** RFC 9112 §6.3: a request has a body exactly when it says so. */
export function hasBody(asked: Asked): boolean {
  return asked.headers['transfer-encoding'] !== undefined || (contentLengthOf(asked) ?? 0) > 0;
}
