import { type CredentialId, credentialIdOf } from '../base/ids.ts';
import { passkeyKey } from '../crypto/credential-keys.ts';
import { x25519Public } from '../crypto/primitives.ts';
import type { PasskeyFacts } from '../format/passkey.ts';
import { takesFurtherCredentials } from './escrow.ts';
import type { Instance } from './instance.ts';
import type { CredentialRecord } from './instance-view.ts';
import { addCredential } from './new-epochs.ts';
import type { Unlocked } from './proofs.ts';

const maxPasskeys = 20;

export interface PasskeyRecord extends CredentialRecord {
  readonly passkey: PasskeyFacts;
}

export type AddPasskeyResult =
  | { readonly kind: 'added'; readonly credential: CredentialId }
  | { readonly kind: 'refused'; readonly why: 'too-many' | 'known-already' | 'upgrade-needed' };

/**
 * A passkey that opens the vaults. @param output what its PRF gives for `passkeyInput`: a passkey without PRF cannot open
 * anything, and is not kept.
 */
export async function addPasskey(
  instance: Instance,
  owner: Unlocked,
  facts: PasskeyFacts,
  output: Uint8Array,
  label: string,
): Promise<AddPasskeyResult> {
  if (!(await takesFurtherCredentials(instance))) return { kind: 'refused', why: 'upgrade-needed' };
  if (instance.view.passkeyWithId(facts.id) !== undefined) return { kind: 'refused', why: 'known-already' };
  if (passkeysOf(instance, owner).length >= maxPasskeys) return { kind: 'refused', why: 'too-many' };
  const id = credentialIdOf(instance.newId());
  const publicKey = x25519Public(passkeyKey(output, id).expose());
  await addCredential(instance, owner, { id, kind: 'passkey', publicKey, label, password: undefined }, [
    { o: 'passkey', credential: id, ...facts },
  ]);
  return { kind: 'added', credential: id };
}

export function passkeysOf(instance: Instance, { account }: Pick<Unlocked, 'account'>): readonly PasskeyRecord[] {
  return instance.view
    .credentialsOf(account.id)
    .flatMap((each) => (each.passkey === undefined ? [] : [{ ...each, passkey: each.passkey }]));
}
