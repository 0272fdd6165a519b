import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Unlocked } from '#accounts/proofs.ts';
import { parseVersionId, type VersionId } from '#base/ids.ts';
import { type VaultKind, vaultKinds } from '#format/instance-operations.ts';
import type { VaultPort } from '#vault/files/port.ts';
import type { Path } from '#vault/files/types.ts';
import { wantedWithPlan } from '../../content/represent.ts';
import type { TicketAddress } from '../contract/files.ts';
import { cookieHalf } from '../cookies.ts';
import { type Endpoint, personal, personalBase } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { notFound, refusalProblem } from '../problem.ts';
import { sendArchive, sendFile } from '../send-content.ts';
import { vaultOf } from './files.ts';

/** What a ticket is good for: one version of one file, or an archive; for the browser of one session. */
export interface FileTicket {
  readonly session: string;
  readonly unlocked: Unlocked;
  readonly kind: VaultKind;
  readonly what:
    | { readonly as: 'shown' | 'kept'; readonly path: Path; readonly version: VersionId }
    | { readonly as: 'archive'; readonly folder: Path; readonly names: readonly string[] | undefined };
}

const versionText = z.string().regex(/^[0-9a-f]{1,16}$/);

const ticketBody = z.discriminatedUnion('as', [
  z.object({
    as: z.enum(['shown', 'kept']).describe('`shown`: where a browser can show it without running anything'),
    path,
    version: versionText.optional(),
  }),
  z.object({
    as: z.literal('archive').describe('files and folders of one folder as a ZIP archive'),
    folder: path,
    names: z.array(z.string().min(1).max(1024)).min(1).max(10_000).optional(),
  }),
]);

const ticketAddress: z.ZodType<TicketAddress> = z.object({ address: z.string() });

export const contentEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/content',
    summary: 'the content of a file, or of an earlier version of it; ranges and conditions as in RFC 9110',
    query: pathQuery.extend({ version: versionText.optional() }),
    answer: z.undefined().describe('bytes'),
    run: async (call) => {
      const { path: text, version } = call.query;
      const asked = { files: vaultOf(call), path: pathOf(text), version: versionOf(version), as: 'shown' } as const;
      await sendContent(call.parts, call.request, call.reply, asked);
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/tickets',
    summary: 'a short-lived address for what a browser fetches by itself: a video, a picture, a download',
    body: ticketBody,
    answer: ticketAddress,
    run: async (call) => {
      const { parts, body, session } = call;
      const files = vaultOf(call);
      const kind = vaultKinds.find((each) => each === call.params['kind']);
      if (kind === undefined) throw notFound();
      const common = { session: session.id, unlocked: session.unlocked, kind };
      const { what, name } = await meant(files, body);
      const ticket = parts.tickets.issue({ ...common, what });
      // The name is for people only: what a browser calls the file that it keeps comes with the file.
      return { address: `/api/@${session.unlocked.account.tag}/tickets/${ticket}/${encodeURIComponent(name)}` };
    },
  }),
];

async function meant(
  files: VaultPort,
  body: z.infer<typeof ticketBody>,
): Promise<{ readonly what: FileTicket['what']; readonly name: string }> {
  if (body.as === 'archive') {
    const folder = await files.stat(body.folder);
    if (folder === undefined || !folder.isFolder) throw notFound();
    return { what: { as: body.as, folder: body.folder, names: body.names }, name: 'archive.zip' };
  }
  const info = await files.stat(body.path);
  const version = versionOf(body.version) ?? info?.version;
  if (info === undefined || version === null || version === undefined) throw notFound();
  return { what: { as: body.as, path: body.path, version }, name: info.name };
}

function versionOf(text: string | undefined): VersionId | undefined {
  return text === undefined ? undefined : parseVersionId(BigInt(`0x${text}`));
}

/** Addresses that a browser fetches without the application: each asks for its ticket and for the session's cookie. */
export function addTickets(scope: FastifyInstance, parts: ApiParts): void {
  scope.route({
    method: ['GET', 'HEAD'],
    url: `${personalBase}/tickets/:ticket/:name`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
      const { tag, ticket: text } = request.params as { readonly tag: string; readonly ticket: string };
      const ticket = parts.tickets.find(text);
      const cookie = cookieHalf(request);
      if (ticket === undefined || cookie === undefined || ticket.unlocked.account.tag !== tag) throw notFound();
      if (!parts.sessions.isCookieOf(cookie, ticket.session)) throw notFound();
      const files = parts.files(ticket.unlocked, ticket.kind);
      if (files === undefined) throw notFound();
      const { what } = ticket;
      return what.as === 'archive'
        ? sendArchive(parts, request, reply, files, { ...what, title: titleOf(what) })
        : sendContent(parts, request, reply, { files, ...what });
    },
  });
}

interface Wanted {
  readonly files: VaultPort;
  readonly path: Path;
  readonly version: VersionId | undefined;
  readonly as: 'shown' | 'kept';
}

/** @throws ApiProblem 400, 404, 409, 410, 412, 416. */
async function sendContent(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { files, path: at, version, as }: Wanted,
): Promise<FastifyReply> {
  const plan = await files.plan(at, wantedWithPlan(request), version);
  if (plan.kind === 'refused') throw refusalProblem(plan.why);
  return sendFile(parts, request, reply, files, plan, as);
}

function titleOf({ folder, names = [] }: Extract<FileTicket['what'], { readonly as: 'archive' }>): string {
  const [only, ...more] = names;
  return only !== undefined && more.length === 0 ? only : (folder.at(-1) ?? 'Coffre');
}
