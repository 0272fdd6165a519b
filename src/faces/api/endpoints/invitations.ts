import { z } from 'zod';
import {
  acceptInvitation,
  type Invitation as Invited,
  invitationOf,
  invite,
  openInvitations,
  withdrawInvitation,
} from '#accounts/invitations.ts';
import { kitFacts } from '#accounts/kit-facts.ts';
import { unlockWithPassword } from '#accounts/proofs.ts';
import { fromHex, toHex } from '#base/bytes.ts';
import type { Invitation } from '../contract/credentials.ts';
import { type Endpoint, open, personal } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { ApiProblem } from '../problem.ts';
import {
  accountProblem,
  begin,
  begunFields,
  deviceFields,
  kitSchema,
  nameSchema,
  passwordSchema,
  wrongProof,
} from '../proof.ts';

const token = z.string().max(100);
const invitation: z.ZodType<Invitation> = z.object({
  id: z.string(),
  label: z.string(),
  createdMs: z.number(),
  endsMs: z.number(),
  quotaBytes: z.number().nullable(),
});

export const invitationEndpoints: readonly Endpoint[] = [
  open({
    method: 'POST',
    path: '/invitation',
    summary: 'whether an invitation is good',
    body: z.object({ token }),
    answer: z.object({ endsMs: z.number() }),
    run: async ({ parts, body }) => ({ endsMs: (await found(parts, body.token)).endsMs }),
  }),
  open({
    method: 'POST',
    path: '/invitation/accept',
    summary: 'make the account that somebody was invited to make; only they know its password and kit',
    body: z.object({
      token,
      name: nameSchema,
      password: passwordSchema,
      agreesToEscrow: z.boolean().default(false).describe("the operator's offline key may open the account"),
      ...deviceFields,
    }),
    answer: z.object({ ...begunFields, kit: kitSchema }),
    run: async (call) => {
      const { parts, body } = call;
      const made = await parts.inTurn(async () =>
        acceptInvitation(parts.instance, await found(parts, body.token), body),
      );
      if (made.kind === 'refused') throw accountProblem(made.why);
      const unlocked = await unlockWithPassword(parts.instance, body.name, body.password);
      if (unlocked === undefined) throw wrongProof();
      return { ...(await begin(call, unlocked)), kit: kitFacts(made.kit) };
    },
  }),
  personal({
    method: 'GET',
    path: '/invitations',
    who: 'operator',
    summary: 'invitations that wait',
    answer: z.array(invitation),
    run: async ({ parts }) =>
      (await openInvitations(parts.instance)).map(({ id, label, createdMs, endsMs, quotaBytes }) => ({
        id: toHex(id),
        label,
        createdMs,
        endsMs,
        quotaBytes: quotaBytes ?? null,
      })),
  }),
  personal({
    method: 'POST',
    path: '/invitations',
    who: 'operator',
    summary: 'invite somebody: the token of a link, shown once, with which they make an account of their own',
    body: z.object({
      label: z.string().max(100).describe('who it is for; the invited person does not see it'),
      quotaBytes: z.number().int().min(0).optional(),
    }),
    answer: z.object({ token: z.string(), endsMs: z.number() }),
    run: async ({ parts, body }) => {
      const made = await parts.inTurn(() => invite(parts.instance, body.label, body.quotaBytes));
      if (made === undefined)
        throw new ApiProblem(409, 'too-many', 'Too many invitations wait already. None was made; withdraw one first.');
      return made;
    },
  }),
  personal({
    method: 'DELETE',
    path: '/invitations/:id',
    who: 'operator',
    summary: 'withdraw an invitation',
    answer: z.undefined(),
    run: async ({ parts, params }) => {
      const { id = '' } = params;
      if (/^[0-9a-f]{32}$/.test(id)) await withdrawInvitation(parts.instance, fromHex(id));
    },
  }),
];

/** @throws ApiProblem 404, the same whatever is wrong with it. */
async function found({ instance }: Pick<ApiParts, 'instance'>, text: string): Promise<Invited> {
  const known = await invitationOf(instance, text);
  if (known !== undefined) return known;
  throw new ApiProblem(
    404,
    'no-such-invitation',
    'This invitation was used, was withdrawn, or is over. Ask whoever runs this for a new one.',
  );
}
