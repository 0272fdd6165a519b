import { z } from 'zod';
import { isOver } from '#accounts/instance-view.ts';
import { createLink, endLinks, type LinkRecord, linksOf } from '#accounts/link-commands.ts';
import { grantRights } from '#format/instance-operations.ts';
import type { VaultPort } from '#vault/files/port.ts';
import type { MadeLink, NewLink, OwnLink } from '../contract/links.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { path } from '../paths.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { vaultOf } from './files.ts';

const link: z.ZodType<OwnLink> = z.object({
  id: z.string(),
  title: z.string(),
  right: z.enum(grantRights),
  vault: z.string().describe('as in the addresses of vaults'),
  path: z.array(z.string()).nullable().describe('where it is now; null when it is not there any more'),
  isFolder: z.boolean().nullable(),
  hasPassword: z.boolean(),
  createdMs: z.number(),
  endsMs: z.number().nullable(),
  isOver: z.boolean(),
  lastUse: z.object({ timeMs: z.number(), address: z.string() }).nullable(),
});

const newLink: z.ZodType<NewLink> = z.object({
  path,
  right: z.enum(grantRights),
  title: z.string().min(1).max(100),
  password: z.string().min(1).max(1024).optional(),
  endsMs: z.number().int().positive().optional(),
  maxBytes: z.number().int().positive().optional().describe('the most that a link receives in all'),
});

/** Of a link that receives, unless its owner says more or less. */
const defaultMaxBytes = 10_000_000_000;
const maxFiles = 1000;

const madeLink: z.ZodType<MadeLink> = z.object({ id: z.string(), token: z.string() });

export const linkEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/links',
    summary: 'everything that was shared with a link',
    answer: z.array(link),
    run: async ({ parts, session }) => {
      const uses = await parts.instance.lastUses();
      return Promise.all(
        linksOf(parts.instance, session.unlocked).map(async (each) => {
          const where = await whereIs(parts, session, each);
          const { right, endsMs } = each.grant;
          return {
            id: each.id,
            title: each.label ?? '',
            right,
            vault: parts.instance.view.vault(each.grant.vault)?.kind ?? '',
            path: where === undefined ? null : [...where.path],
            isFolder: where?.isFolder ?? null,
            hasPassword: each.password !== undefined,
            createdMs: each.createdMs,
            endsMs: endsMs ?? null,
            isOver: isOver(each.grant, parts.clock.nowMs()),
            lastUse: uses.get(each.id) ?? null,
          };
        }),
      );
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/links',
    summary: 'share a file or folder with a link; its token is shown once',
    body: newLink,
    answer: madeLink,
    run: async (call) => {
      const { parts, session, body } = call;
      const files = vaultOf(call);
      const shared = await files.stat(body.path);
      if (shared === undefined || (body.right === 'receive' && !shared.isFolder)) throw notFound();
      const made = await parts.inTurn(() =>
        createLink(parts.instance, session.unlocked, {
          vault: files.id,
          node: shared.id,
          right: body.right,
          title: body.title,
          password: body.password,
          endsMs: body.endsMs,
          limit: body.right === 'receive' ? { bytes: body.maxBytes ?? defaultMaxBytes, files: maxFiles } : undefined,
        }),
      );
      if (made.kind === 'created') return { id: made.credential, token: made.token };
      throw new ApiProblem(
        made.why === 'upgrade-needed' ? 409 : 400,
        made.why,
        `${refusals[made.why]} Nothing was shared.`,
      );
    },
  }),
  personal({
    method: 'DELETE',
    path: '/links/:id',
    summary: 'end a link; the vault that it read gets a new key',
    answer: z.undefined(),
    run: async ({ parts, session, params }) => {
      const { unlocked } = session;
      const ended = linksOf(parts.instance, unlocked).find((each) => each.id === params['id']);
      if (ended === undefined) throw notFound();
      await parts.withNewKeys(unlocked, [...ended.wraps.keys()], () => endLinks(parts.instance, unlocked, [ended]));
    },
  }),
];

const refusals = {
  'bad-title': 'Give the link a title without control characters.',
  'bad-password': 'This password cannot be used.',
  'over-already': 'The end of the link lies in the past.',
  'too-many': 'There are too many links already; end one first.',
  'upgrade-needed': 'The data folder has an older format. The operator can upgrade it.',
} as const;

/** Undefined when it is in the trash, or gone. */
function whereIs(
  parts: ApiParts,
  session: OwnedCall<unknown, unknown>['session'],
  { grant }: LinkRecord,
): ReturnType<VaultPort['whereIs']> {
  // Names in documents want a fresh proof, here too.
  const isHidden = parts.instance.view.vault(grant.vault)?.kind === 'documents' && !parts.sessions.isFresh(session);
  const files = isHidden ? undefined : parts.files(session.unlocked, grant.vault);
  return files === undefined ? Promise.resolve(undefined) : files.whereIs(grant.node);
}
