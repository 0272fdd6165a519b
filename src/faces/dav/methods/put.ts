import { pieceSizeBytes } from '#format/frame.ts';
import type { Caller } from '#vault/files/commands.ts';
import type { Meta } from '#vault/files/port.ts';
import type { WriteResult } from '#vault/files/types.ts';
import type { DeclaredSum } from '#vault/files/upload.ts';
import type { Answer } from '../../content/answer.ts';
import { declaredMediaType } from '../../content/media-types.ts';
import { BodyPieces } from '../body.ts';
import { callerOf } from '../caller.ts';
import { type Exchange, header } from '../exchange.ts';
import { contentLengthOf } from '../headers.ts';
import { DavProblem } from '../problem.ts';
import { overQuota, refusalProblem } from '../refusals.ts';
import { identityHeaders } from './change.ts';

/** Sealing one, and an fsync for each of those before it. */
const piecesInFlight = 6;

/** RFC 9110 §9.3.4, RFC 4918 §9.7. */
export async function put(exchange: Exchange): Promise<Answer> {
  refuseWhatIsNotWhole(exchange);
  const declared = declaredSums(header(exchange, 'oc-checksum'));
  const mtimeMs = declaredMtime(header(exchange, 'x-oc-mtime'));
  const meta = { mtimeMs, type: declaredMediaType(header(exchange, 'content-type')) };
  const wantedBytes = declaredSizes(exchange);
  const caller = await callerOf(exchange);
  await refuseEarly(exchange, caller, wantedBytes[0]);
  const result = await receive(exchange, { caller, declared, meta, wantedBytes });
  if (result.kind === 'refused') throw refusalProblem(result, exchange);
  return {
    status: result.created ? 201 : 204,
    headers: { ...identityHeaders(exchange, result), ...(mtimeMs !== undefined && { 'x-oc-mtime': 'accepted' }) },
    node: result.node.id,
  };
}

function refuseWhatIsNotWhole(exchange: Exchange): void {
  // RFC 9110 §14.5: a part must not be taken for the whole.
  if (exchange.headers['content-range'] !== undefined) {
    throw new DavProblem(
      400,
      'A part of a file cannot be written by itself (Content-Range). Nothing was changed; send the whole file.',
    );
  }
  const encoding = header(exchange, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DavProblem(
      415,
      'Content that is encoded (Content-Encoding) is not taken. Nothing was changed; send the file as it is.',
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
}

/** Before the body is asked for: what would be refused at the end is refused now. The end decides again. */
async function refuseEarly(exchange: Exchange, caller: Caller, sizeBytes: number | undefined): Promise<void> {
  const isSmall = sizeBytes !== undefined && sizeBytes <= pieceSizeBytes;
  if (isSmall && exchange.headers.expect === undefined) return;
  const { keptBytes, quotaBytes } = await exchange.files.usage();
  if (quotaBytes !== undefined && keptBytes + (sizeBytes ?? 0) > quotaBytes) throw overQuota();
  const refused = await exchange.files.check(caller, exchange.path, 'write');
  if (refused !== undefined) throw refusalProblem(refused, exchange);
}

async function receive(exchange: Exchange, about: Omit<Arriving, 'body'>): Promise<WriteResult> {
  const over = exchange.uploads.begin(exchange.user);
  const body = new BodyPieces(exchange.request, exchange.response);
  try {
    return await store(exchange, { body, ...about });
  } catch (error) {
    body.abandon();
    throw error;
  } finally {
    over();
  }
}

interface Arriving {
  readonly body: BodyPieces;
  readonly caller: Caller;
  readonly declared: readonly DeclaredSum[];
  readonly meta: Meta;
  readonly wantedBytes: readonly number[];
}

async function store(exchange: Exchange, arriving: Arriving): Promise<WriteResult> {
  const { body, caller, declared, meta } = arriving;
  const first = (await body.next()) ?? new Uint8Array(0);
  const second = first.length < pieceSizeBytes ? undefined : await body.next();
  if (second !== undefined) return upload(exchange, arriving, [first, second]);
  checkLength(arriving);
  const bytes = first.length;
  await exchange.arriving.enter(bytes);
  try {
    return await exchange.files.put(caller, exchange.path, first, declared, meta);
  } finally {
    exchange.arriving.leave(bytes);
  }
}

async function upload(exchange: Exchange, arriving: Arriving, begun: readonly Uint8Array[]): Promise<WriteResult> {
  const { body, caller, declared, meta } = arriving;
  const port = exchange.files.upload(caller.by, declared);
  const inFlight: Promise<'stored' | 'over-quota'>[] = [];
  const add = async (piece: Uint8Array): Promise<void> => {
    // Taken before: a piece that moved to another thread has no length here any more.
    const bytes = piece.length;
    await exchange.arriving.enter(bytes);
    const adding = port.add(piece).finally(() => exchange.arriving.leave(bytes));
    // Awaited below, in order; one that fails meanwhile must not count as unhandled.
    adding.catch(() => undefined);
    inFlight.push(adding);
    if (inFlight.length >= piecesInFlight) await oldest();
  };
  const oldest = async (): Promise<void> => {
    if ((await inFlight.shift()) === 'over-quota') throw overQuota();
  };
  try {
    for (const piece of begun) await add(piece);
    for (let piece = await body.next(); piece !== undefined; piece = await body.next()) await add(piece);
    while (inFlight.length > 0) await oldest();
    checkLength(arriving);
  } catch (error) {
    await port.abort();
    throw error;
  }
  return port.write(caller, exchange.path, meta);
}

/** Sizes that were declared: the HTTP one first, if there is one. */
function declaredSizes(exchange: Exchange): readonly number[] {
  const sizes: number[] = [];
  const length = contentLengthOf(exchange);
  if (length !== undefined) sizes.push(length);
  // Sync clients, and the Finder, which sends its files in chunks.
  for (const name of ['oc-total-length', 'x-expected-entity-length']) {
    const text = header(exchange, name);
    if (text === undefined) continue;
    if (!decimal.test(text))
      throw new DavProblem(400, `The header ${name} must be a number of bytes. Nothing was changed.`);
    sizes.push(Number(text));
  }
  return sizes;
}

function checkLength({ body, wantedBytes }: Arriving): void {
  if (wantedBytes.every((each) => each === body.receivedBytes)) return;
  throw new DavProblem(
    400,
    'What arrived does not have the length that was declared. Nothing was changed. Send it again.',
  );
}

const decimal = /^\d{1,15}$/;

/** `SHA1:hex`, or several with blanks between them. @throws DavProblem 400. */
function declaredSums(text: string | undefined): readonly DeclaredSum[] {
  if (text === undefined) return [];
  return text
    .trim()
    .split(blanks)
    .map((each) => {
      const match = checksum.exec(each);
      if (match === null)
        throw new DavProblem(400, 'The OC-Checksum header cannot be read. Nothing was changed; send NAME:hexadecimal.');
      return { name: match[1] ?? '', hex: match[2] ?? '' };
    });
}

const blanks = /[ \t]+/;
const checksum = /^([A-Za-z0-9-]{1,20}):([0-9a-fA-F]{1,128})$/;

const lastMtimeSeconds = 253_402_300_799;

/** Seconds since 1970, as sync clients send them. Before 1970, or after the year 9999, counts as not given. */
function declaredMtime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!seconds.test(text))
    throw new DavProblem(400, 'The X-OC-Mtime header must be a number of seconds. Nothing was changed.');
  const value = Number(text);
  return value >= 0 && value <= lastMtimeSeconds ? Math.round(value * 1000) : undefined;
}

const seconds = /^-?\d{1,15}(?:\.\d{1,9})?$/;
