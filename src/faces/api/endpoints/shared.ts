import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Opening, Visit } from '#accounts/link-visits.ts';
import { type CredentialId, parseCredentialId } from '#base/ids.ts';
import { grantRights } from '#format/instance-operations.ts';
import type { Listing } from '#vault/files/port.ts';
import { SharedPart } from '#vault/files/shared-part.ts';
import type { Path } from '#vault/files/types.ts';
import type { OpenedLink, SharedItem, SharedListing } from '../contract/links.ts';
import { type Call, type Endpoint, open } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { sendArchive, sendFile } from '../send-content.ts';

/**
 * What the bearer of a link sees, without an account. The token stands behind the `#` of the link, where browsers send it to
 * nobody: the page sends it once as a header, and gets a pass. Neither is ever in an address.
 */
const linkHeader = 'coffre-link';
const passHeader = 'coffre-pass';

/** What a ticket of a link is good for: one file, or a folder as an archive. */
export interface SharedTicket {
  readonly link: CredentialId;
  readonly pass: Uint8Array;
  readonly path: Path;
  readonly as: 'file' | 'zip';
}

const right = z.enum(grantRights);

const opened: z.ZodType<OpenedLink> = z.object({
  pass: z.string().describe('stands for the proof in the header coffre-pass'),
  right,
  title: z.string(),
  endsMs: z.number().nullable(),
});

const item: z.ZodType<SharedItem> = z.object({
  name: z.string(),
  isFolder: z.boolean(),
  sizeBytes: z.number(),
  mtimeMs: z.number(),
  type: z.string().nullable(),
});

const listing: z.ZodType<SharedListing> = z.object({ self: item, children: z.array(item) });

export const sharedEndpoints: readonly Endpoint[] = [
  open({
    method: 'POST',
    path: '/s/:link/open',
    summary: 'open a link with its token, and its password when it has one',
    body: z.object({ password: z.string().min(1).max(1024).optional() }),
    answer: opened,
    run: async (call) => {
      const { parts, request, body } = call;
      const id = linkOf(call);
      const token = request.headers[linkHeader];
      const opening = await parts.links.open(id, typeof token === 'string' ? token : '', body.password, request.ip);
      note(parts, request, id, 'link-open', opening.kind === 'opened' ? 200 : 401);
      if (opening.kind !== 'opened') throw openProblem(opening);
      const { grant, label } = opening.visit.link;
      return {
        pass: Buffer.from(opening.pass).toString('base64url'),
        right: grant.right,
        title: label ?? '',
        endsMs: grant.endsMs ?? null,
      };
    },
  }),
  open({
    method: 'GET',
    path: '/s/:link/list',
    summary: 'what was shared: a file, or a folder and what is in it',
    query: pathQuery,
    answer: listing,
    run: async (call) => {
      const visit = visitOf(call);
      const found = await partOf(call.parts, visit).list(pathOf(call.query.path));
      note(call.parts, call.request, visit.link.id, 'link-list', found === undefined ? 404 : 200, call.query.path);
      if (found === undefined) throw gone();
      return { self: plain(found.self), children: found.children.map(plain) };
    },
  }),
  open({
    method: 'POST',
    path: '/s/:link/tickets',
    summary: 'a short-lived address for one file, or for a folder as an archive',
    body: z.object({ path, as: z.enum(['file', 'zip']) }),
    answer: z.object({ url: z.string() }),
    run: async (call) => {
      const { parts, body } = call;
      const visit = visitOf(call);
      const listing = await partOf(parts, visit).list(body.path);
      if (listing === undefined || listing.self.isFolder !== (body.as === 'zip')) throw gone();
      const ticket = parts.sharedTickets.issue({ link: visit.link.id, pass: passOf(call), ...body });
      return { url: `/api/s/${visit.link.id}/take/${ticket}` };
    },
  }),
];

/** Content, which is no JSON. */
export function addSharedContent(scope: FastifyInstance, parts: ApiParts): void {
  scope.get('/s/:link/take/:ticket', async (request, reply) => take(parts, request, reply));
}

async function take(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { link, ticket } = request.params as { readonly link: string; readonly ticket: string };
  const found = parts.sharedTickets.find(ticket);
  // Looked at anew: a link that was ended meanwhile opens nothing, whatever tickets were given out.
  const visit = found === undefined || found.link !== link ? undefined : parts.links.resume(found.link, found.pass);
  if (found === undefined || visit === undefined) throw gone();
  const part = partOf(parts, visit);
  const where = JSON.stringify(found.path);
  if (found.as === 'zip') {
    const name = found.path.at(-1) ?? visit.link.label ?? 'files';
    note(parts, request, visit.link.id, 'link-zip', 200, where);
    return sendArchive(parts, request, reply, part, { folder: found.path, names: undefined, title: name });
  }
  const plan = await part.plan(found.path);
  note(parts, request, visit.link.id, 'link-read', plan.kind === 'plan' ? 200 : 404, where);
  if (plan.kind === 'refused') throw gone();
  return sendFile(parts, request, reply, part, plan, 'kept');
}

/** @throws ApiProblem 404: a link that never was looks like one that was ended. */
function linkOf({ params }: Pick<Call<unknown, unknown>, 'params'>): CredentialId {
  const id = parseCredentialId(params['link'] ?? '');
  if (id === undefined) throw gone();
  return id;
}

function passOf({ request }: Pick<Call<unknown, unknown>, 'request'>): Uint8Array {
  const sent = request.headers[passHeader];
  return typeof sent === 'string' && sent.length <= 64 ? Buffer.from(sent, 'base64url') : new Uint8Array(0);
}

/** @throws ApiProblem 401 when the pass is not one of this link, or is one no more. */
export function visitOf(call: Pick<Call<unknown, unknown>, 'parts' | 'params' | 'request'>): Visit {
  const visit = call.parts.links.resume(linkOf(call), passOf(call));
  if (visit === undefined)
    throw new ApiProblem(401, 'no-visit', 'Open the link again. Nothing was shown and nothing was changed.');
  return visit;
}

/** The one way from a link to content. @throws ApiProblem 404 for a link that does not read. */
function partOf(parts: ApiParts, { link, unlocked }: Visit): SharedPart {
  const { right, vault, node } = link.grant;
  const files = right === 'read' ? parts.files(unlocked, vault) : undefined;
  if (files === undefined) throw gone();
  return new SharedPart(files, node);
}

function gone(): ApiProblem {
  return notFound();
}

function openProblem(opening: Exclude<Opening, { readonly kind: 'opened' }>): ApiProblem {
  switch (opening.kind) {
    case 'no-such-link':
      return new ApiProblem(
        404,
        'no-such-link',
        'This link opens nothing. It was ended, its time is over, or a part of it is missing.',
      );
    case 'password-needed':
      return new ApiProblem(401, 'password-needed', 'This link has a password.');
    case 'wrong-password':
      return new ApiProblem(403, 'wrong-password', 'This is not the password of the link.');
    case 'wait': {
      const seconds = Math.ceil(opening.waitMs / 1000);
      return new ApiProblem(429, 'too-many-guesses', `Too many wrong passwords. Try again in ${seconds} s.`, {
        'retry-after': String(seconds),
      });
    }
  }
}

function plain(info: Listing['self']): SharedItem {
  const { name, isFolder, sizeBytes, mtimeMs, type } = info;
  return { name, isFolder, sizeBytes, mtimeMs, type: type ?? null };
}

/** In the trace of the owner: which link, when, from where. */
export function note(
  parts: ApiParts,
  { ip }: FastifyRequest,
  id: CredentialId,
  action: string,
  status: number,
  target = '',
): void {
  const link = parts.instance.view.credential(id);
  parts.trace({
    account: link?.account,
    credential: link?.id,
    action,
    target: target.slice(0, 1000),
    vault: link?.grant?.vault,
    node: link?.grant?.node,
    status,
    address: ip,
  });
}
