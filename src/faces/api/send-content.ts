import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadPlan, VaultPort } from '#vault/files/port.ts';
import type { Path } from '#vault/files/types.ts';
import { sendAnswer } from '../content/answer.ts';
import { parseEntityTags } from '../content/entity-tags.ts';
import { archiveHeaders, fileHeaders } from '../content/file-headers.ts';
import { type ArchiveSource, folderArchive } from '../content/folder-archive.ts';
import { contentHeaders, represent } from '../content/represent.ts';
import type { ApiParts } from './parts.ts';
import { ApiProblem, notFound, refusalProblem } from './problem.ts';

type Parts = Pick<ApiParts, 'clock' | 'leaving'>;

/** The content of a file, or what its conditions and ranges leave of it. @throws ApiProblem 400, 412, 416. */
export async function sendFile(
  { clock, leaving }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  files: Pick<VaultPort, 'readPiece'>,
  plan: ReadPlan,
  as: 'shown' | 'kept',
): Promise<FastifyReply> {
  const { method, headers } = request;
  const answer = await represent(
    { method, headers, response: reply.raw, files, clock, leaving },
    plan,
    { ...contentHeaders(plan.info), ...fileHeaders(plan.info, as) },
    conditionsOf(request),
  );
  if (answer === 'changed') throw refusalProblem('precondition-failed');
  if (answer === 'no-such-range')
    throw new ApiProblem(416, 'no-such-range', 'The file does not have the bytes that were asked for.', {
      'content-range': `bytes */${plan.info.sizeBytes}`,
    });
  return sendAnswer(request, reply, answer);
}

function conditionsOf({ headers }: FastifyRequest): Parameters<typeof represent>[3] {
  const read = (text: string | undefined, comparison: 'strong' | 'weak'): readonly string[] | '*' | undefined => {
    const tags = text === undefined ? undefined : parseEntityTags(text, comparison);
    if (text === undefined || tags !== undefined) return tags;
    throw new ApiProblem(400, 'bad-request', 'An If-Match or If-None-Match header is no list of entity tags.');
  };
  const ifMatch = read(headers['if-match'], 'strong');
  const ifNoneMatch = read(headers['if-none-match'], 'weak');
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

interface Archived {
  readonly folder: Path;
  /** Of what to take from the folder; all of it when undefined. */
  readonly names: readonly string[] | undefined;
  /** What the archive is called, without its ending. */
  readonly title: string;
}

/** @throws ApiProblem 404, 413. */
export async function sendArchive(
  { leaving }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  source: ArchiveSource,
  { folder, names, title }: Archived,
): Promise<FastifyReply> {
  const archive = await folderArchive(source, folder, names, leaving.departure(reply.raw));
  if (archive === 'not-there') throw notFound();
  if (archive === 'too-many')
    throw new ApiProblem(413, 'too-large', 'This has too many files for one archive. Nothing was changed; take parts.');
  return sendAnswer(request, reply, { status: 200, headers: archiveHeaders(title), body: archive });
}
