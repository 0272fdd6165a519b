import { pieceSizeBytes } from '#format/frame.ts';
import type { ReadPlan } from '#vault/files/port.ts';
import type { NodeInfo } from '#vault/files/types.ts';
import { checkIfHeader } from '../caller.ts';
import { conditionsOf } from '../conditions.ts';
import { type Answer, type Exchange, header } from '../exchange.ts';
import { folderPage } from '../folder-page.ts';
import { httpDate, parseHttpDate } from '../http-date.ts';
import { checksumText, stableId } from '../live-properties.ts';
import { mediaTypeOf } from '../media-types.ts';
import { buffer, type Outgoing } from '../outgoing.ts';
import { DavProblem } from '../problem.ts';
import { type ByteRange, parseRange } from '../ranges.ts';
import { notFound, refusalProblem } from '../refusals.ts';
import { type Sending, slices } from '../slices.ts';

/** RFC 9110 §9.3.1, §9.3.2. */
export async function get(exchange: Exchange): Promise<Answer> {
  await checkIfHeader(exchange);
  const isHead = exchange.method === 'HEAD';
  // A condition or a range may make the content unnecessary: then it is not read before that is known.
  const isPlain =
    !isHead &&
    exchange.headers.range === undefined &&
    exchange.headers['if-none-match'] === undefined &&
    exchange.headers['if-modified-since'] === undefined;
  const plan = await exchange.files.plan(exchange.path, isPlain ? pieceSizeBytes : 0);
  if (plan.kind === 'refused') {
    if (plan.why === 'is-a-folder') return folder(exchange);
    throw refusalProblem(plan, exchange);
  }
  const { info } = plan;
  const headers = fileHeaders(exchange, info);
  if (checkValidators(exchange, info) === 'not-modified')
    return { status: 304, headers: validatorHeaders(headers), node: info.id };
  const ranges = rangesOf(exchange, info);
  if (ranges === 'whole') return whole(exchange, plan, headers);
  const [only, ...more] = ranges;
  if (only === undefined) {
    throw new DavProblem(416, `The file has ${info.sizeBytes} bytes; none of those that were asked for.`, {
      headers: { 'content-range': `bytes */${info.sizeBytes}` },
    });
  }
  return more.length === 0 ? part(exchange, plan, headers, only) : parts(exchange, plan, headers, ranges);
}

async function folder(exchange: Exchange): Promise<Answer> {
  const listing = await exchange.files.list(exchange.path);
  if (listing === undefined) throw notFound();
  return folderPage(exchange, listing);
}

function fileHeaders(exchange: Exchange, info: NodeInfo): Record<string, string> {
  const etag = `"${info.etag}"`;
  const checksums = info.sums.size === 0 ? undefined : checksumText(info.sums);
  return {
    etag,
    'oc-etag': etag,
    'oc-fileid': stableId(exchange.files.id, info),
    'last-modified': httpDate(info.mtimeMs),
    'accept-ranges': 'bytes',
    'content-type': mediaTypeOf(info),
    'content-length': String(info.sizeBytes),
    // Files of people never run as a page of ours, whatever they are.
    'content-disposition': 'attachment',
    'content-security-policy': 'sandbox',
    ...(checksums !== undefined && { 'oc-checksum': checksums }),
  };
}

/** RFC 9110 §15.4.5: what a 304 tells. */
function validatorHeaders(headers: Record<string, string>): Record<string, string> {
  return {
    etag: headers['etag'] ?? '',
    'oc-etag': headers['etag'] ?? '',
    'last-modified': headers['last-modified'] ?? '',
  };
}

/** RFC 9110 §13.2.2, in its order. @throws DavProblem 412. */
function checkValidators(exchange: Exchange, info: NodeInfo): 'send' | 'not-modified' {
  const { ifMatch, ifNoneMatch } = conditionsOf(exchange);
  const wholeSecondMs = Math.floor(info.mtimeMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (ifMatch !== '*' && !ifMatch.includes(info.etag)) throw changed();
  } else {
    const unmodifiedSinceMs = dateOf(exchange, 'if-unmodified-since');
    if (unmodifiedSinceMs !== undefined && wholeSecondMs > unmodifiedSinceMs) throw changed();
  }
  if (ifNoneMatch !== undefined)
    return ifNoneMatch === '*' || ifNoneMatch.includes(info.etag) ? 'not-modified' : 'send';
  const modifiedSinceMs = dateOf(exchange, 'if-modified-since');
  return modifiedSinceMs !== undefined && wholeSecondMs <= modifiedSinceMs ? 'not-modified' : 'send';
}

function dateOf(exchange: Exchange, name: string): number | undefined {
  const text = header(exchange, name);
  return text === undefined ? undefined : parseHttpDate(text);
}

function changed(): DavProblem {
  return new DavProblem(412, 'The file is not in the state that was expected any more. Look at it again.');
}

function rangesOf(exchange: Exchange, info: NodeInfo): readonly ByteRange[] | 'whole' {
  const ifRange = header(exchange, 'if-range')?.trim();
  // RFC 9110 §13.1.5: only a strong validator may join parts. Clients choose the times of files, so a date never is one.
  if (ifRange !== undefined && ifRange !== `"${info.etag}"`) return 'whole';
  // RFC 9110 §14.2: a range means something for GET only.
  return exchange.method === 'GET' ? parseRange(header(exchange, 'range'), info.sizeBytes) : 'whole';
}

async function whole(exchange: Exchange, plan: ReadPlan, headers: Record<string, string>): Promise<Answer> {
  const { info } = plan;
  const answer = { status: 200, headers, node: info.id };
  if (exchange.method === 'HEAD') return answer;
  if (plan.whole !== undefined) {
    // What is small is not worth counting.
    if (plan.whole.length >= countedBytes) await exchange.leaving.departure(exchange.response).enter(plan.whole.length);
    return { ...answer, body: buffer(plan.whole) };
  }
  return { ...answer, body: await content(exchange, plan, [{ first: 0, last: info.sizeBytes - 1 }]) };
}

async function part(
  exchange: Exchange,
  plan: ReadPlan,
  headers: Record<string, string>,
  range: ByteRange,
): Promise<Answer> {
  return {
    status: 206,
    headers: { ...headers, 'content-length': String(lengthOf(range)), 'content-range': contentRange(range, plan.info) },
    body: await content(exchange, plan, [range]),
    node: plan.info.id,
  };
}

/** RFC 9110 §15.3.7.2. */
async function parts(
  exchange: Exchange,
  plan: ReadPlan,
  headers: Record<string, string>,
  ranges: readonly ByteRange[],
): Promise<Answer> {
  const { info } = plan;
  // Longer than anything that a file could hold by chance at the start of a line, and never reused for other content.
  const boundary = `part-${info.etag}-${exchange.clock.nowMs().toString(36)}`;
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
    body: await content(exchange, plan, ranges, heads, end),
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
  exchange: Exchange,
  plan: ReadPlan,
  ranges: readonly ByteRange[],
  heads: readonly string[] = [],
  end = '',
): Promise<Buffer | Outgoing> {
  const departure = exchange.leaving.departure(exchange.response);
  const steps = generate({ files: exchange.files, plan, departure }, ranges, heads, end);
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
