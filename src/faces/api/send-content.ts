import { type PassThrough, Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { ZipFile } from 'yazl';
import type { Piece } from '#format/piece.ts';
import type { ReadPlan } from '#vault/files/port.ts';
import type { SharedPart } from '#vault/files/shared-part.ts';
import type { NodeInfo, Path } from '#vault/files/types.ts';
import { mediaTypeOf } from '../dav/media-types.ts';
import { type ByteRange, parseRange } from '../dav/ranges.ts';
import { ApiProblem, notFound } from './problem.ts';

/** Files of people never run as a page of ours, whatever they are. */
const harmless: Readonly<Record<string, string>> = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
};

/** A file, or one range of it. @throws ApiProblem 416. */
export function sendFile(
  reply: FastifyReply,
  part: Pick<SharedPart, 'readPiece'>,
  plan: ReadPlan,
  rangeHeader: string | undefined,
): FastifyReply {
  const { info } = plan;
  const ranges = parseRange(rangeHeader, info.sizeBytes);
  const [range, ...more] = ranges === 'whole' ? [] : ranges;
  if (ranges !== 'whole' && range === undefined)
    throw new ApiProblem(416, 'no-such-range', 'The file does not have the bytes that were asked for.', {
      'content-range': `bytes */${info.sizeBytes}`,
    });
  // RFC 9110 §15.3.7: several ranges at once may be answered with the whole.
  const sent = range === undefined || more.length > 0 ? undefined : range;
  const bytes = sent ?? { first: 0, last: info.sizeBytes - 1 };
  reply.code(sent === undefined ? 200 : 206).headers({
    ...harmless,
    'content-type': mediaTypeOf(info),
    'content-disposition': attachment(info.name),
    'content-length': String(bytes.last - bytes.first + 1),
    'accept-ranges': 'bytes',
    etag: `"${info.etag}"`,
  });
  if (sent !== undefined) reply.header('content-range', `bytes ${sent.first}-${sent.last}/${info.sizeBytes}`);
  return reply.send(Readable.from(slices(part, plan.pieces, bytes), { highWaterMark: 1 }));
}

/** A piece is read when the one before has gone out. What fails then cuts the connection: short, never wrong. */
async function* slices(
  part: Pick<SharedPart, 'readPiece'>,
  pieces: readonly Piece[],
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array, void> {
  let start = 0;
  for (const piece of pieces) {
    const end = start + piece.sizeBytes;
    if (end > first && start <= last)
      yield (await part.readPiece(piece)).subarray(
        Math.max(0, first - start),
        Math.min(piece.sizeBytes, last + 1 - start),
      );
    start = end;
  }
}

/** RFC 6266 §4.1, RFC 8187: the name as it is, and one for programs that know ASCII only. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

const maxZipEntries = 50_000;

/** A folder and what is below it, made while it is sent. @throws ApiProblem 404, 413. */
export async function sendZip(reply: FastifyReply, part: SharedPart, path: Path, name: string): Promise<FastifyReply> {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  // What cannot be sent whole is cut off: an archive that lacks something must not look complete.
  const cut = (error: Error): void => void output.destroy(error);
  zip.on('error', cut);
  const taken = new Set<string>();
  for (const { at, info } of await listBelow(part, path)) {
    const target = freeName(at.slice(path.length), taken);
    const mtime = new Date(info.mtimeMs);
    if (info.isFolder) zip.addEmptyDirectory(target, { mtime });
    else
      zip.addReadStreamLazy(target, { mtime, size: info.sizeBytes, compress: false }, (give) => {
        const content = Readable.from(contentOf(part, at), { highWaterMark: 1 });
        content.once('error', cut);
        give(undefined, content);
      });
  }
  zip.end();
  reply.headers({ ...harmless, 'content-type': 'application/zip', 'content-disposition': attachment(`${name}.zip`) });
  return reply.send(output);
}

/** Folders too, where nothing is in them. */
async function listBelow(
  part: SharedPart,
  path: Path,
): Promise<readonly { readonly at: Path; readonly info: NodeInfo }[]> {
  const found: { readonly at: Path; readonly info: NodeInfo }[] = [];
  const waiting = [path];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const listing = await part.list(folder);
    if (listing === undefined || !listing.self.isFolder) throw notFound();
    if (listing.children.length === 0 && folder !== path) found.push({ at: folder, info: listing.self });
    for (const info of listing.children) {
      const at = [...folder, info.name];
      if (info.isFolder) waiting.push(at);
      else found.push({ at, info });
    }
    if (found.length + waiting.length > maxZipEntries)
      throw new ApiProblem(413, 'too-large', 'This folder has too many files for one archive. Take parts of it.');
  }
  return found;
}

async function* contentOf(part: SharedPart, at: Path): AsyncGenerator<Uint8Array, void> {
  const plan = await part.plan(at);
  if (plan.kind === 'refused') throw notFound();
  yield* slices(part, plan.pieces, { first: 0, last: plan.info.sizeBytes - 1 });
}

/** A backslash or a drive letter means something to programs that unpack archives; what became equal gets a number. */
function freeName(names: Path, taken: Set<string>): string {
  const plain = names.map((name) => name.replaceAll('\\', '_').replace(/^([A-Za-z]):/, '$1_')).join('/');
  let free = plain;
  for (let number = 2; taken.has(free); number += 1) free = plain.replace(/(\.[^./]*)?$/, ` (${number})$1`);
  taken.add(free);
  return free;
}
