import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Clock } from '#base/clock.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import type { FilesPort, ReadPlan } from '#vault/files/port.ts';
import type { Conditions, NodeInfo } from '#vault/files/types.ts';
import type { Answer } from './answer.ts';
import { httpDate, parseHttpDate } from './http-date.ts';
import type { Leaving } from './leaving.ts';
import { buffer, type Outgoing } from './outgoing.ts';
import { type ByteRange, parseRange } from './ranges.ts';
import { type Sending, slices } from './slices.ts';

/** A request for the content of a file, whichever face it came by. */
export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
  readonly files: Pick<FilesPort, 'readPiece'>;
  readonly clock: Clock;
  /** Content on its way out, over all requests. */
  readonly leaving: Leaving;
}

/** How much of the content to ask for with the plan: a condition or a range may make it unnecessary. */
export function wantedWithPlan({ method, headers }: Pick<Asked, 'method' | 'headers'>): number {
  const isPlain =
    method !== 'HEAD' &&
    headers.range === undefined &&
    headers['if-none-match'] === undefined &&
    headers['if-modified-since'] === undefined;
  return isPlain ? pieceSizeBytes : 0;
}

/** Headers of every face. */
export function contentHeaders(info: NodeInfo): Record<string, string> {
  return {
    etag: `"${info.etag}"`,
    'last-modified': httpDate(info.mtimeMs),
    'accept-ranges': 'bytes',
    'content-length': String(info.sizeBytes),
  };
}

/**
 * RFC 9110 §13 and §14: the whole, some ranges, or nothing.
 * @returns `changed` when a condition does not hold (412), `no-such-range` when none can be given (416).
 */
export async function represent(
  asked: Asked,
  plan: ReadPlan,
  headers: Record<string, string>,
  conditions: Pick<Conditions, 'ifMatch' | 'ifNoneMatch'>,
): Promise<Answer | 'changed' | 'no-such-range'> {
  const { info } = plan;
  const valid = checkValidators(asked, info, conditions);
  if (valid === 'changed') return valid;
  if (valid === 'not-modified') return { status: 304, headers: validatorHeaders(headers), node: info.id };
  const ranges = rangesOf(asked, info);
  if (ranges === 'whole') return whole(asked, plan, headers);
  const [only, ...more] = ranges;
  if (only === undefined) return 'no-such-range';
  return more.length === 0 ? part(asked, plan, headers, only) : parts(asked, plan, headers, ranges);
}

/** RFC 9110 §15.4.5: what a 304 tells. */
function validatorHeaders(headers: Record<string, string>): Record<string, string> {
  const told = ['etag', 'oc-etag', 'last-modified'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => told.includes(name)));
}

/** RFC 9110 §13.2.2, in its order. */
function checkValidators(
  asked: Asked,
  info: NodeInfo,
  { ifMatch, ifNoneMatch }: Pick<Conditions, 'ifMatch' | 'ifNoneMatch'>,
): 'send' | 'not-modified' | 'changed' {
  const wholeSecondMs = Math.floor(info.mtimeMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (ifMatch !== '*' && !ifMatch.includes(info.etag)) return 'changed';
  } else {
    const unmodifiedSinceMs = dateOf(asked, 'if-unmodified-since');
    if (unmodifiedSinceMs !== undefined && wholeSecondMs > unmodifiedSinceMs) return 'changed';
  }
  if (ifNoneMatch !== undefined)
    return ifNoneMatch === '*' || ifNoneMatch.includes(info.etag) ? 'not-modified' : 'send';
  const modifiedSinceMs = dateOf(asked, 'if-modified-since');
  return modifiedSinceMs !== undefined && wholeSecondMs <= modifiedSinceMs ? 'not-modified' : 'send';
}

function header({ headers }: Asked, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

function dateOf(asked: Asked, name: string): number | undefined {
  const text = header(asked, name);
  return text === undefined ? undefined : parseHttpDate(text);
}

function rangesOf(asked: Asked, info: NodeInfo): readonly ByteRange[] | 'whole' {
  const ifRange = header(asked, 'if-range')?.trim();
  // RFC 9110 §13.1.5: only a strong validator may join parts. Clients choose the times of files, so a date never is one.
  if (ifRange !== undefined && ifRange !== `"${info.etag}"`) return 'whole';
  // RFC 9110 §14.2: a range means something for GET only.
  return asked.method === 'GET' ? parseRange(header(asked, 'range'), info.sizeBytes) : 'whole';
}

async function whole(asked: Asked, plan: ReadPlan, headers: Record<string, string>): Promise<Answer> {
  const { info } = plan;
  const answer = { status: 200, headers, node: info.id };
  if (asked.method === 'HEAD') return answer;
  if (plan.whole !== undefined) {
    // What is small is not worth counting.
    if (plan.whole.length >= countedBytes) await asked.leaving.departure(asked.response).enter(plan.whole.length);
    return { ...answer, body: buffer(plan.whole) };
  }
  return { ...answer, body: await content(asked, plan, [{ first: 0, last: info.sizeBytes - 1 }]) };
}

async function part(asked: Asked, plan: ReadPlan, headers: Record<string, string>, range: ByteRange): Promise<Answer> {
  return {
    status: 206,
    headers: { ...headers, 'content-length': String(lengthOf(range)), 'content-range': contentRange(range, plan.info) },
    body: await content(asked, plan, [range]),
    node: plan.info.id,
  };
}

/** RFC 9110 §15.3.7.2. */
async function parts(
  asked: Asked,
  plan: ReadPlan,
  headers: Record<string, string>,
  ranges: readonly ByteRange[],
): Promise<Answer> {
  const { info } = plan;
  // Longer than anything that a file could hold by chance at the start of a line, and never reused for other content.
  const boundary = `part-${info.etag}-${asked.clock.nowMs().toString(36)}`;
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\nContent-Type: ${headers['content-type']}\r\nContent-Range: ${contentRange(range, info)}\r\n\r\n`,
  );
  const end = `\r\n--${boundary}--\r\n`;
  const length = ranges.reduce((sum, range, i) => sum + lengthOf(range) + (heads[i]?.length ?? 0), end.length);
  return {
    status: 206,
    headers: {
      ...headers,
      'content-type': `multipart/byteranges; boundary=${boundary}`,
      'content-length': String(length),
    },
    body: await content(asked, plan, ranges, heads, end),
    node: info.id,
  };
}

const countedBytes: number = 64 * 1024;

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1;
}

function contentRange({ first, last }: ByteRange, info: NodeInfo): string {
  return `bytes ${first}-${last}/${info.sizeBytes}`;
}

/**
 * The bytes of some ranges. The first piece is read before anything is answered, so that damage there still becomes an
 * error; damage later on ends the answer, which cuts the connection: short, never wrong.
 */
async function content(
  asked: Asked,
  plan: ReadPlan,
  ranges: readonly ByteRange[],
  heads: readonly string[] = [],
  end = '',
): Promise<Buffer | Outgoing> {
  const departure = asked.leaving.departure(asked.response);
  const steps = generate({ files: asked.files, plan, departure }, ranges, heads, end);
  const begun: Buffer[] = [];
  // Of several ranges the first step is only the head of the first part.
  for (let i = 0; i < (heads.length > 0 ? 2 : 1); i += 1) {
    const step = await steps.next();
    if (step.done !== true) begun.push(step.value);
  }
  const [first = Buffer.alloc(0), ...more] = begun;
  const isAll = more.length === 0 && ranges.length === 1 && ranges.every((range) => lengthOf(range) === first.length);
  return isAll ? first : resume(begun, steps);
}

async function* resume(begun: readonly Buffer[], rest: Outgoing): Outgoing {
  yield* begun;
  yield* rest;
}

async function* generate(
  sending: Sending,
  ranges: readonly ByteRange[],
  heads: readonly string[],
  end: string,
): Outgoing {
  for (const [index, range] of ranges.entries()) {
    const head = heads[index];
    if (head !== undefined) yield Buffer.from(head);
    yield* slices(sending, range);
  }
  if (end !== '') yield Buffer.from(end);
}
