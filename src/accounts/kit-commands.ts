import type { Secret } from '../base/secret.ts';
import { x25519Public } from '../crypto/primitives.ts';
import type { KitPlace } from '../format/instance-operations.ts';
import type { Instance } from './instance.ts';
import type { CredentialRecord } from './instance-view.ts';
import type { Unlocked } from './proofs.ts';

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
