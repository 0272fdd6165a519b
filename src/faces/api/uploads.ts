import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { DataStore, ERRORS, MemoryLocker, Server, Upload } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Unlocked } from '#accounts/proofs.ts';
import { isFault } from '#base/fault.ts';
import type { CredentialId } from '#base/ids.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { vaultKinds } from '#format/instance-operations.ts';
import { pieces } from '#vault/files/pieces.ts';
import type { VaultPort } from '#vault/files/port.ts';
import type { NodeInfo } from '#vault/files/types.ts';
import type { UploadTarget } from '#vault/files/unfinished-port.ts';
import { declaredMediaType } from '../content/media-types.ts';
import { throwAway } from '../content/throw-away.ts';
import { admit } from './admit.ts';
import { personalBase } from './endpoint.ts';
import type { ApiParts } from './parts.ts';
import { pathOf } from './paths.ts';
import { ApiProblem, faultProblem, notFound, notFresh, refusalProblem } from './problem.ts';

/** Of one upload at once, over the thread that stores them. */
const piecesInFlight = 3;
/** What a crash may take back, which the client then sends again. */
const piecesPerKeep = 8;
const maxFileBytes: number = 16 * 1024 ** 4;
/** Uploads that were finished lately: whoever lost the answer asks again. */
const maxRemembered = 10_000;

const metadata = z.object({
  folder: z
    .string()
    .max(64 * 1024)
    .default('[]'),
  name: z.string().min(1).max(1024),
  // A key without a value is null.
  type: z.string().max(255).nullish(),
  mtimeMs: z.coerce.number().int().min(0).max(253_402_300_799_999).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  ifTaken: z.enum(['number', 'version']).default('number'),
});

/** The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) at `/vaults/:kind/uploads`. */
export function addUploads(scope: FastifyInstance, parts: ApiParts, callers: WeakMap<FastifyRequest, Unlocked>): void {
  const locker = new MemoryLocker();
  const finished = new Map<string, number>();
  void scope.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
      const session = admit(parts, 'owner', request);
      callers.set(request, session.unlocked);
      const { tag, kind: text } = request.params as { readonly tag: string; readonly kind: string };
      const kind = vaultKinds.find((each) => each === text);
      if (kind === undefined) throw notFound();
      if (kind === 'documents' && !parts.sessions.isFresh(session)) throw notFresh();
      const files = parts.files(session.unlocked, kind);
      if (files === undefined) throw notFound();
      reply.header('coffre-account', session.unlocked.account.tag);
      const store = new VaultStore({ files, by: session.unlocked.credential.id, parts, finished });
      return answer(request, reply, store, `/api/@${tag}/vaults/${kind}/uploads`, locker);
    };
    const base = `${personalBase}/vaults/:kind/uploads`;
    uploads.route({ method: ['OPTIONS', 'POST'], url: base, handler });
    uploads.route({ method: ['DELETE', 'HEAD', 'PATCH'], url: `${base}/:id`, exposeHeadRoute: false, handler });
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  store: VaultStore,
  base: string,
  locker: MemoryLocker,
): Promise<FastifyReply> {
  let problem: unknown;
  const server = new Server({
    path: base,
    datastore: store,
    locker,
    maxSize: maxFileBytes,
    allowedOrigins: [],
    relativeLocation: true,
    onUploadFinish: async () => ({ headers: store.writtenHeaders() }),
    onResponseError: (_request, error) => {
      problem = error;
      return undefined;
    },
  });
  const { method, headers, raw } = request;
  const body = method === 'PATCH' || method === 'POST' ? bodyOf(raw) : undefined;
  const response = await server.handleWeb(
    new Request(`http://localhost${request.url}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        value === undefined || name.startsWith(':') ? [] : [[name, String(value)] as [string, string]],
      ),
      ...(body !== undefined && { body: Readable.toWeb(body) as ReadableStream, duplex: 'half' as const }),
    }),
  );
  // What was refused before it was read.
  if (body !== undefined) raw.unpipe(body);
  throwAway(raw, reply.raw);
  if (problem instanceof ApiProblem) throw problem;
  if (isFault(problem)) throw faultProblem(problem);
  // Closing the connection while the client still sends would take the answer with it.
  for (const [name, value] of response.headers) if (name !== 'connection') reply.header(name, value);
  return reply.code(response.status).send(await response.text());
}

/** Whoever gives up reading this does not end the connection: the client is to see why. */
function bodyOf(raw: IncomingMessage): PassThrough {
  const body = new PassThrough();
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('the connection was cut'));
  });
  return raw.pipe(body);
}

/** As the tus server knows its own problems. */
class TusProblem extends Error {
  override name = 'TusProblem';
  readonly status_code: number;
  readonly body: string;

  constructor({ status_code, body }: { readonly status_code: number; readonly body: string }) {
    super(body);
    this.status_code = status_code;
    this.body = body;
  }
}

interface StoreParts {
  readonly files: VaultPort;
  readonly by: CredentialId;
  readonly parts: Pick<ApiParts, 'arriving'>;
  readonly finished: Map<string, number>;
}

/** What the tus server keeps its uploads in: the unfinished ones of one vault, for one request. */
class VaultStore extends DataStore {
  override extensions: string[] = ['creation', 'creation-with-upload', 'termination'];
  readonly #parts: StoreParts;
  #written: NodeInfo | undefined;

  constructor(parts: StoreParts) {
    super();
    this.#parts = parts;
  }

  /** The name that the file got. */
  writtenHeaders(): Record<string, string> {
    return this.#written === undefined ? {} : { 'coffre-name': encodeURIComponent(this.#written.name) };
  }

  override async create(upload: Upload): Promise<Upload> {
    const begun = await this.#parts.files.beginUpload(targetOf(upload));
    if (begun.kind === 'refused') throw refusalProblem(begun.why);
    upload.id = begun.id;
    if (upload.size === 0) await this.#finish(begun.id, 0);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const known = await this.#parts.files.unfinishedUpload(id);
    if (known !== undefined) return new Upload({ id, size: known.sizeBytes, offset: known.offset });
    const size = this.#parts.finished.get(this.#key(id));
    if (size === undefined) throw new TusProblem(ERRORS.FILE_NOT_FOUND);
    return new Upload({ id, size, offset: size });
  }

  override async remove(id: string): Promise<void> {
    if ((await this.#parts.files.unfinishedUpload(id)) === undefined) throw new TusProblem(ERRORS.FILE_NOT_FOUND);
    await this.#parts.files.dropUpload(id);
  }

  /** @returns the offset up to which all is durable; the whole length once the file is there. */
  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const { files } = this.#parts;
    const known = await files.unfinishedUpload(id);
    // An empty file is there as soon as it is begun.
    if (known === undefined && this.#written !== undefined) return this.#written.sizeBytes;
    if (known === undefined) throw new TusProblem(ERRORS.FILE_NOT_FOUND);
    const arrived = await this.#add(stream, id, offset, known.sizeBytes);
    if (arrived.at === known.sizeBytes) {
      await this.#finish(id, known.sizeBytes);
      return known.sizeBytes;
    }
    const kept = await files.keepUpload(id);
    if (kept === undefined) throw new TusProblem(ERRORS.FILE_NOT_FOUND);
    if (kept === offset && !arrived.isCut)
      throw new ApiProblem(
        400,
        'too-small',
        `Send at least ${pieceSizeBytes} bytes at once, or all that is left. Nothing of this part was stored.`,
      );
    return kept;
  }

  async #add(
    stream: Readable,
    id: string,
    offset: number,
    sizeBytes: number,
  ): Promise<{ readonly at: number; readonly isCut: boolean }> {
    const { files, parts } = this.#parts;
    const inFlight: Promise<void>[] = [];
    let at = offset;
    let isCut = false;
    const add = async (piece: Uint8Array, from: number): Promise<void> => {
      const bytes = piece.length;
      try {
        const added = await files.addToUpload(id, from, piece);
        if (added !== 'stored') throw addProblem(added);
      } finally {
        parts.arriving.leave(bytes);
      }
    };
    try {
      for await (const piece of pieces(stream)) {
        // The cut end of a piece comes again.
        if (piece.length < pieceSizeBytes && at + piece.length !== sizeBytes) break;
        await parts.arriving.enter(piece.length);
        const from = at;
        at += piece.length;
        const adding = add(piece, from);
        // Awaited below, in order; one that fails meanwhile must not count as unhandled.
        adding.catch(() => undefined);
        inFlight.push(adding);
        if (inFlight.length >= piecesInFlight) await inFlight.shift();
        if (((at - offset) / pieceSizeBytes) % piecesPerKeep !== 0 || at === sizeBytes) continue;
        await Promise.all(inFlight.splice(0));
        await files.keepUpload(id);
      }
    } catch (error) {
      if (error instanceof ApiProblem || isFault(error)) throw error;
      // The connection was cut. What came whole is kept.
      isCut = true;
    }
    await Promise.all(inFlight);
    return { at, isCut };
  }

  async #finish(id: string, sizeBytes: number): Promise<void> {
    const { files, by, finished } = this.#parts;
    const result = await files.finishUpload(by, id);
    if (result.kind === 'refused') throw refusalProblem(result.why);
    this.#written = result.node;
    const [oldest] = finished.keys();
    if (finished.size >= maxRemembered && oldest !== undefined) finished.delete(oldest);
    finished.set(this.#key(id), sizeBytes);
  }

  #key(id: string): string {
    return `${this.#parts.files.id} ${id}`;
  }
}

function addProblem(why: 'over-quota' | 'out-of-place' | 'no-such-upload'): Error {
  switch (why) {
    case 'over-quota':
      return refusalProblem('over-quota');
    case 'out-of-place':
      return new TusProblem(ERRORS.INVALID_OFFSET);
    case 'no-such-upload':
      return new TusProblem(ERRORS.FILE_NOT_FOUND);
  }
}

/** @throws ApiProblem 400, 404. */
function targetOf({ size, metadata: sent }: Upload): UploadTarget {
  const parsed = metadata.safeParse(sent ?? {});
  if (!parsed.success || size === undefined) {
    const [issue] = parsed.error?.issues ?? [];
    const where = issue === undefined ? 'Upload-Length' : `Upload-Metadata: ${issue.path.join('.')}: ${issue.message}`;
    throw new ApiProblem(400, 'bad-request', `${where}. Nothing was stored.`);
  }
  const { folder, name, type, mtimeMs, sha256, ifTaken } = parsed.data;
  return {
    folder: pathOf(folder),
    name,
    sizeBytes: size,
    meta: { mtimeMs, type: declaredMediaType(type ?? undefined) },
    declared: sha256 === undefined ? [] : [{ name: 'SHA256', hex: sha256 }],
    ifTaken,
  };
}
