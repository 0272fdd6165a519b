import { Fault } from '../base/fault.ts';
import { type CredentialId, idBytes } from '../base/ids.ts';
import type { CborValue, Fields } from './cbor.ts';

/** What a passkey's assertions are checked with (docs/format.md §8). */
export interface PasskeyFacts {
  /** WebAuthn's own id of the credential. */
  readonly id: Uint8Array;
  /** COSE public key (RFC 9052 §7). */
  readonly key: Uint8Array;
  /** Name of the site that the passkey belongs to. */
  readonly rp: string;
}

/** WebAuthn §4: at most 1,023 bytes. */
export const maxPasskeyIdBytes = 1023;
const maxKeyBytes = 2048;
const maxRpLength = 253;

export function passkeyToCbor(credential: CredentialId, { id, key, rp }: PasskeyFacts): CborValue {
  return { o: 'passkey', credential: idBytes(credential), id, key, rp };
}

/** @throws Fault `damaged`. */
export function passkeyFromCbor(fields: Fields): PasskeyFacts {
  const facts = { id: fields.bytes('id'), key: fields.bytes('key'), rp: fields.text('rp') };
  if (facts.id.length > maxPasskeyIdBytes || facts.key.length > maxKeyBytes || facts.rp.length > maxRpLength)
    throw new Fault('damaged', 'Damaged operation: a passkey is larger than one can be.');
  return facts;
}
