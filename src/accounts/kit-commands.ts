import { type CredentialId, credentialIdOf } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { x25519Public } from '../crypto/primitives.ts';
import type { KitPlace } from '../format/instance-operations.ts';
import type { Instance } from './instance.ts';
import type { CredentialRecord } from './instance-view.ts';
import { credentialOperation, endCredentials, type NewCredential } from './new-epochs.ts';
import type { Unlocked } from './proofs.ts';

export function newKitCredential(id: CredentialId, kit: Secret): NewCredential {
  return { id, kind: 'kit', publicKey: x25519Public(kit.expose()), label: undefined, password: undefined };
}

/** The kit that counts: what is said of an earlier one says nothing of it. */
export function kitOf(instance: Instance, owner: Pick<Unlocked, 'account'>): CredentialRecord | undefined {
  return instance.view.credentialsOf(owner.account.id).findLast((each) => each.kind === 'kit');
}

/** The owner has it: it was read back whole. */
export async function proveKit(instance: Instance, owner: Unlocked, kit: Secret): Promise<'proven' | 'wrong-kit'> {
  const credential = instance.view.credentialWithKey(owner.account.id, x25519Public(kit.expose()));
  if (credential?.kind !== 'kit') return 'wrong-kit';
  await instance.change(owner.credential.id, () => [{ o: 'proven', credential: credential.id, place: undefined }]);
  return 'proven';
}

/** Where a kit is kept that was proven before. */
export async function noteKitPlace(
  instance: Instance,
  owner: Unlocked,
  place: KitPlace,
): Promise<'noted' | 'not-proven'> {
  const kit = kitOf(instance, owner);
  if (kit?.proven !== true) return 'not-proven';
  await instance.change(owner.credential.id, () => [{ o: 'proven', credential: kit.id, place }]);
  return 'noted';
}

/** A new kit in place of the ones before, which open nothing that is written from here on. */
export async function replaceKit(instance: Instance, owner: Unlocked): Promise<Secret> {
  const kit = new Secret(instance.parts.random.bytes(32));
  const credential = newKitCredential(credentialIdOf(instance.newId()), kit);
  const old = instance.view.credentialsOf(owner.account.id).filter((each) => each.kind === 'kit');
  const operations = [credentialOperation(owner.account.id, credential)];
  await endCredentials(instance, owner, old, { credential, operations });
  return kit;
}
