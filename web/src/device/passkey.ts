import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { PasskeyCreation, PasskeyRequest } from '#faces/api/contract/credentials.ts';
import { knowsPasskeys } from './knows-passkeys.ts';

/** Why there is no passkey now; each has words of its own. */
export class PasskeyTrouble extends Error {
  override name = 'PasskeyTrouble';
  readonly why: 'not-here' | 'no-prf' | 'given-up';

  constructor(why: PasskeyTrouble['why']) {
    super(why);
    this.why = why;
  }
}

/** An assertion, and what the PRF gave with it. */
export interface PasskeyProof {
  readonly assertion: unknown;
  readonly output: string;
}

/** ES256, EdDSA, RS256. */
const algorithms = [-7, -8, -257];

function fromBase64url(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function toBase64url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

interface PrfResults {
  readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: ArrayBuffer } };
}

function prf(input: string): object {
  return { prf: { eval: { first: fromBase64url(input) } } };
}

function outputOf(results: object): string | undefined {
  const first = (results as PrfResults).prf?.results?.first;
  return first === undefined ? undefined : toBase64url(first);
}

/**
 * Makes a passkey and has its PRF give what opens the vaults. Some authenticators give that when a passkey is made, others only
 * when it is used: then it is asked for a second time. @throws PasskeyTrouble
 */
export async function makePasskey(
  options: PasskeyCreation,
): Promise<{ readonly registration: unknown; readonly output: string }> {
  const { challenge, site, user, name, input, known } = options;
  const registration = await unlessGivenUp(() =>
    startRegistration({
      optionsJSON: {
        challenge,
        rp: { id: site, name: 'Coffre' },
        user: { id: user, name, displayName: name },
        pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: known.map((id) => ({ type: 'public-key', id })),
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
        extensions: prf(input) as object,
      },
    }),
  );
  const { clientExtensionResults, ...rest } = registration;
  const given = outputOf(clientExtensionResults);
  if (given !== undefined) return { registration: rest, output: given };
  if ((clientExtensionResults as PrfResults).prf?.enabled !== true) throw new PasskeyTrouble('no-prf');
  const { output } = await askPasskey({ challenge, site, input }, rest.id);
  return { registration: rest, output };
}

/** @throws PasskeyTrouble */
export async function askPasskey({ challenge, site, input }: PasskeyRequest, id?: string): Promise<PasskeyProof> {
  const answer = await unlessGivenUp(() =>
    startAuthentication({
      optionsJSON: {
        challenge,
        rpId: site,
        userVerification: 'required',
        ...(id !== undefined && { allowCredentials: [{ type: 'public-key', id }] }),
        extensions: prf(input) as object,
      },
    }),
  );
  const { clientExtensionResults, ...assertion } = answer;
  const output = outputOf(clientExtensionResults);
  if (output === undefined) throw new PasskeyTrouble('no-prf');
  return { assertion, output };
}

async function unlessGivenUp<Value>(work: () => Promise<Value>): Promise<Value> {
  if (!knowsPasskeys()) throw new PasskeyTrouble('not-here');
  try {
    return await work();
  } catch {
    // The person closed the dialog, had none, or took too long: browsers do not tell pages which.
    throw new PasskeyTrouble('given-up');
  }
}
