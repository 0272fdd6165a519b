import { z } from 'zod';
import { kitOf, noteKitPlace, proveKit, replaceKit } from '#accounts/kit-commands.ts';
import { kitFacts } from '#accounts/kit-facts.ts';
import { Secret } from '#base/secret.ts';
import { findIdentity } from '#format/identity.ts';
import { kitPlaces } from '#format/instance-operations.ts';
import type { KitState } from '../contract/kit.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { ApiProblem } from '../problem.ts';
import { kitSchema } from '../proof.ts';

const state: z.ZodType<KitState> = z.object({ isProven: z.boolean(), place: z.enum(kitPlaces).nullable() });

export const kitEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/kit',
    summary: 'whether the recovery kit was read back, and where its owner keeps it',
    answer: state,
    run: async (call) => stateOf(call),
  }),
  personal({
    method: 'POST',
    path: '/kit',
    who: 'fresh',
    summary: 'a new recovery kit in place of the one before; it is shown once, and the vaults get new keys',
    answer: kitSchema,
    run: async ({ parts, session }) => {
      const { unlocked } = session;
      return kitFacts(
        await parts.withNewKeys(unlocked, [...unlocked.vaults.keys()], () => replaceKit(parts.instance, unlocked)),
      );
    },
  }),
  personal({
    method: 'POST',
    path: '/kit/prove',
    summary: 'show that the kit is kept, by its text',
    body: z.object({ kit: z.string().min(1).max(20_000) }),
    answer: state,
    run: async (call) => {
      const { parts, session, body } = call;
      const identity = findIdentity(body.kit);
      if (identity === undefined)
        throw new ApiProblem(400, 'not-a-kit', 'There is no recovery kit in this. Nothing was changed.');
      if ((await proveKit(parts.instance, session.unlocked, new Secret(identity))) === 'wrong-kit')
        throw new ApiProblem(409, 'wrong-kit', 'This kit is not the one of this account. Nothing was changed.');
      return stateOf(call);
    },
  }),
  personal({
    method: 'PUT',
    path: '/kit/place',
    summary: 'say where the kit is kept; one that was not proven is not anywhere yet',
    body: z.object({ place: z.enum(kitPlaces) }),
    answer: state,
    run: async (call) => {
      const { parts, session, body } = call;
      if ((await noteKitPlace(parts.instance, session.unlocked, body.place)) === 'not-proven')
        throw new ApiProblem(409, 'kit-not-proven', 'Show first that the kit is kept. Nothing was changed.');
      return stateOf(call);
    },
  }),
];

function stateOf({ parts, session }: Pick<OwnedCall<unknown, unknown>, 'parts' | 'session'>): KitState {
  const kit = kitOf(parts.instance, session.unlocked);
  return { isProven: kit?.proven ?? false, place: kit?.place ?? null };
}
