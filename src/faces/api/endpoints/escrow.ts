import { z } from 'zod';
import { offerEscrow, setEscrow } from '#accounts/escrow.ts';
import { findRecipient } from '#format/identity.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import { ApiProblem, upgradeNeeded } from '../problem.ts';

const nothing = z.undefined();

export const escrowEndpoints: readonly Endpoint[] = [
  personal({
    method: 'POST',
    path: '/escrow',
    who: 'fresh',
    summary: "let the operator's offline key open this account too, or end that: then the vaults get new keys",
    body: z.object({ isAgreed: z.boolean() }),
    answer: nothing,
    run: async ({ parts, session, body }) => {
      const { unlocked } = session;
      const change = (): ReturnType<typeof setEscrow> => setEscrow(parts.instance, unlocked, body.isAgreed);
      const result = await parts.withNewKeys(unlocked, body.isAgreed ? [] : [...unlocked.vaults.keys()], change);
      if (result === 'upgrade-needed') throw upgradeNeeded();
      if (result === 'not-offered')
        throw new ApiProblem(409, 'not-offered', 'The operator offers no such key. Nothing was changed.');
    },
  }),
  personal({
    method: 'PUT',
    path: '/escrow-key',
    who: 'operator',
    summary: 'offer an offline key, to open accounts whose owners agree; or offer none any more',
    body: z.object({ recipient: z.string().max(200).nullable() }),
    answer: nothing,
    run: async ({ parts, session, body }) => {
      const publicKey = body.recipient === null ? null : findRecipient(body.recipient);
      if (publicKey === undefined)
        throw new ApiProblem(400, 'not-a-recipient', 'This is not an age recipient: it starts with age1.');
      const { credential } = session.unlocked;
      if ((await offerEscrow(parts.instance, publicKey, credential.id)) === 'upgrade-needed') throw upgradeNeeded();
    },
  }),
];
