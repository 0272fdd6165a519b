import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { revokeCredential } from '#accounts/account-commands.ts';
import { addPasskey, passkeysOf } from '#accounts/passkeys.ts';
import { type Unlocked, unlockWithPasskey } from '#accounts/proofs.ts';
import { idBytes } from '#base/ids.ts';
import { passkeyInput } from '#crypto/credential-keys.ts';
import type { Passkey, PasskeyCreation, PasskeyRequest } from '../contract/credentials.ts';
import { type Call, type Endpoint, open, personal } from '../endpoint.ts';
import { ApiProblem, notFound, upgradeNeeded } from '../problem.ts';
import { begin, begunFields, deviceFields, traceProof, wrongProof } from '../proof.ts';
import {
  assertionSchema,
  isVerifiedAssertion,
  outputSchema,
  registrationSchema,
  relyingParty,
  verifiedRegistration,
} from '../webauthn.ts';

const passkey: z.ZodType<Passkey> = z.object({
  id: z.string(),
  label: z.string(),
  site: z.string().describe('the name that it belongs to'),
  createdMs: z.number(),
});

const creation: z.ZodType<PasskeyCreation> = z.object({
  challenge: z.string(),
  site: z.string(),
  user: z.string(),
  name: z.string(),
  input: z.string().describe('what the PRF extension is asked for'),
  known: z.array(z.string()),
});

const wanted: z.ZodType<PasskeyRequest> = z.object({ challenge: z.string(), site: z.string(), input: z.string() });

/** An assertion, and what the PRF gave with it. */
export const passkeyProofFields: {
  readonly assertion: typeof assertionSchema;
  readonly output: typeof outputSchema;
} = { assertion: assertionSchema, output: outputSchema };

const input: string = Buffer.from(passkeyInput).toString('base64url');

export const passkeyEndpoints: readonly Endpoint[] = [
  open({
    method: 'POST',
    path: '/passkey/options',
    summary: 'what a browser needs to ask for a passkey',
    answer: wanted,
    run: async ({ parts, request }) => ({ challenge: parts.challenges.issue(), site: relyingParty(request), input }),
  }),
  open({
    method: 'POST',
    path: '/passkey/sign-in',
    summary: 'begin a session with a passkey whose PRF opens the vaults',
    body: z.object({ ...passkeyProofFields, ...deviceFields }),
    answer: z.object(begunFields),
    run: async (call) => begin(call, await provePasskey(call, call.body)),
  }),
  personal({
    method: 'GET',
    path: '/passkeys',
    summary: 'passkeys of the account',
    answer: z.array(passkey),
    run: async ({ parts, session }) =>
      passkeysOf(parts.instance, session.unlocked).map(({ id, label, passkey: { rp }, createdMs }) => ({
        id,
        label: label ?? '',
        site: rp,
        createdMs,
      })),
  }),
  personal({
    method: 'POST',
    path: '/passkeys/options',
    who: 'fresh',
    summary: 'what a browser needs to make a passkey',
    answer: creation,
    run: async ({ parts, request, session }) => {
      const { account } = session.unlocked;
      return {
        challenge: parts.challenges.issue(),
        site: relyingParty(request),
        user: Buffer.from(idBytes(account.id)).toString('base64url'),
        name: account.name,
        input,
        known: passkeysOf(parts.instance, session.unlocked).map((each) =>
          Buffer.from(each.passkey.id).toString('base64url'),
        ),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/passkeys',
    who: 'fresh',
    summary: 'keep a passkey that was made; it opens the vaults from here on',
    body: z.object({
      label: z.string().min(1).max(100),
      registration: registrationSchema,
      output: outputSchema.describe('what the PRF extension gave; a passkey without it opens nothing and is not kept'),
    }),
    answer: z.object({ id: z.string() }),
    run: async ({ parts, request, session, body }) => {
      const facts = await verifiedRegistration(parts.challenges, request, body.registration);
      if (facts === undefined)
        throw new ApiProblem(400, 'not-verified', 'This passkey could not be verified. Nothing was kept; try again.');
      const { unlocked } = session;
      const added = await parts.inTurn(() => addPasskey(parts.instance, unlocked, facts, body.output, body.label));
      if (added.kind === 'added') return { id: added.credential };
      if (added.why === 'upgrade-needed') throw upgradeNeeded();
      const details = {
        'too-many': 'There are too many passkeys already; end one first.',
        'known-already': 'This passkey is known already.',
      } as const;
      throw new ApiProblem(409, added.why, `${details[added.why]} Nothing was kept.`);
    },
  }),
  personal({
    method: 'DELETE',
    path: '/passkeys/:id',
    who: 'fresh',
    summary: 'end a passkey: the vaults get new keys, and its sessions end',
    answer: z.undefined(),
    run: async ({ parts, session, params }) => {
      const { unlocked } = session;
      const known = passkeysOf(parts.instance, unlocked).find((each) => each.id === params['id']);
      if (known === undefined) throw notFound();
      await parts.withNewKeys(unlocked, [...known.wraps.keys()], () =>
        revokeCredential(parts.instance, unlocked, known),
      );
    },
  }),
];

/** Both have to be right: the signature says that the owner is here now, what the PRF gave opens. @throws ApiProblem 401. */
export async function provePasskey(
  { parts, request }: Pick<Call<unknown, unknown>, 'parts' | 'request'>,
  { assertion, output }: { readonly assertion: AuthenticationResponseJSON; readonly output: Uint8Array },
): Promise<Unlocked> {
  const { instance, challenges } = parts;
  const known = instance.view.passkeyWithId(Buffer.from(assertion.id, 'base64url'));
  if (known?.passkey === undefined) throw wrongProof();
  const isHere = await isVerifiedAssertion(challenges, request, assertion, known.passkey);
  const unlocked = isHere ? unlockWithPasskey(instance, known, output) : undefined;
  const name = instance.view.account(known.account)?.name ?? '';
  traceProof(parts, request, name, unlocked);
  if (unlocked === undefined) throw wrongProof();
  return unlocked;
}
