import { type CredentialId, credentialIdOf } from '../base/ids.ts';
import type { Instance } from './instance.ts';
import { addCredential, endCredentials, type NewCredential } from './new-epochs.ts';
import type { Unlocked } from './proofs.ts';

/** Passkeys and escrow are stored as came with this format of the data folder. */
const furtherCredentialsFormat = 3;

export async function takesFurtherCredentials(instance: Instance): Promise<boolean> {
  return Number(await instance.parts.journal.meta('format')) >= furtherCredentialsFormat;
}

/** Undefined when the operator offers none. */
export function newEscrowCredential(instance: Instance): NewCredential | undefined {
  const publicKey = instance.view.escrow();
  if (publicKey === undefined) return undefined;
  return { id: credentialIdOf(instance.newId()), kind: 'escrow', publicKey, label: undefined, password: undefined };
}

export type EscrowResult = 'done' | 'not-offered' | 'upgrade-needed';

/** The owner agrees to the escrow that the operator offers, or ends it: then all vaults get new keys. */
export async function setEscrow(instance: Instance, owner: Unlocked, isAgreed: boolean): Promise<EscrowResult> {
  const standing = instance.view.credentialsOf(owner.account.id).filter((each) => each.kind === 'escrow');
  if (!isAgreed) {
    if (standing.length > 0) await endCredentials(instance, owner, standing);
    return 'done';
  }
  if (standing.length > 0) return 'done';
  if (!(await takesFurtherCredentials(instance))) return 'upgrade-needed';
  const credential = newEscrowCredential(instance);
  if (credential === undefined) return 'not-offered';
  await addCredential(instance, owner, credential);
  return 'done';
}

/** What the operator offers from here on; accounts that agreed to another key before keep that one. */
export async function offerEscrow(
  instance: Instance,
  publicKey: Uint8Array | null,
  by: CredentialId | undefined,
): Promise<'done' | 'upgrade-needed'> {
  if (!(await takesFurtherCredentials(instance))) return 'upgrade-needed';
  await instance.change(by, () => [{ o: 'escrow', publicKey }]);
  return 'done';
}
