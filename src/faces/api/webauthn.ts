import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { passkeyOutputBytes } from '#crypto/credential-keys.ts';
import { maxPasskeyIdBytes, type PasskeyFacts } from '#format/passkey.ts';
import type { Challenges } from './challenges.ts';
import { ApiProblem } from './problem.ts';

const base64url = (maxBytes: number): z.ZodString =>
  z
    .string()
    .max(Math.ceil((maxBytes * 4) / 3))
    .regex(/^[\w-]*$/);
const id = base64url(maxPasskeyIdBytes);
const common = { id, rawId: id, type: z.literal('public-key'), clientExtensionResults: z.object({}).default({}) };

export const registrationSchema: z.ZodType<RegistrationResponseJSON> = z.object({
  ...common,
  response: z.object({ clientDataJSON: base64url(8192), attestationObject: base64url(64 * 1024) }),
});
export const assertionSchema: z.ZodType<AuthenticationResponseJSON> = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(8192),
  }),
});

/** What the passkey's PRF gave; with it the vaults open. */
export const outputSchema: z.ZodType<Uint8Array, string> = z
  .string()
  .length(43)
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64url')))
  .refine((bytes) => bytes.length === passkeyOutputBytes);

/** WebAuthn §5.1.2: a passkey belongs to a name, and addresses of numbers have none. @throws ApiProblem. */
export function relyingParty(request: FastifyRequest): string {
  const name = new URL(`http://${request.headers.host}`).hostname;
  if (/^[\d.]+$/.test(name) || name.startsWith('['))
    throw new ApiProblem(400, 'no-name', 'Passkeys work under a name only, not under an address of numbers.');
  return name;
}

function expected(request: FastifyRequest): { readonly expectedOrigin: string; readonly expectedRPID: string } {
  return {
    expectedOrigin: `${request.protocol}://${request.headers.host}`,
    expectedRPID: relyingParty(request),
  };
}

/** Undefined for one that is not made for this site, now, by somebody who was there. */
export async function verifiedRegistration(
  challenges: Challenges,
  request: FastifyRequest,
  response: RegistrationResponseJSON,
): Promise<PasskeyFacts | undefined> {
  const challenge = challengeOf(response.response.clientDataJSON);
  if (challenge === undefined || !challenges.isGood(challenge)) return undefined;
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    ...expected(request),
    requireUserVerification: true,
  }).catch(() => undefined);
  if (verified?.registrationInfo === undefined) return undefined;
  challenges.spend(challenge);
  const { credential } = verified.registrationInfo;
  return {
    id: new Uint8Array(Buffer.from(credential.id, 'base64url')),
    key: credential.publicKey,
    rp: relyingParty(request),
  };
}

export async function isVerifiedAssertion(
  challenges: Challenges,
  request: FastifyRequest,
  response: AuthenticationResponseJSON,
  facts: PasskeyFacts,
): Promise<boolean> {
  const challenge = challengeOf(response.response.clientDataJSON);
  if (challenge === undefined || !challenges.isGood(challenge)) return false;
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    ...expected(request),
    // Signature counters are not kept: passkeys that are synchronised have none (WebAuthn §6.1.1).
    credential: { id: response.id, publicKey: new Uint8Array(facts.key), counter: 0 },
    requireUserVerification: true,
  }).catch(() => undefined);
  if (verified?.verified !== true) return false;
  challenges.spend(challenge);
  return true;
}

function challengeOf(clientData: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(clientData, 'base64url').toString());
    const read = z.object({ challenge: z.string().max(1000) }).safeParse(parsed);
    return read.success ? read.data.challenge : undefined;
  } catch {
    return undefined;
  }
}
