import type { CredentialId, VaultId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { appPasswordKey, passkeyKey, passwordKey } from '../crypto/credential-keys.ts';
import { equalSecrets, x25519Public } from '../crypto/primitives.ts';
import { decodeAppPassword } from '../format/app-password.ts';
import type { Instance } from './instance.ts';
import type { Account, CredentialRecord } from './instance-view.ts';
import { openWrap, type VaultSecrets } from './keyring.ts';

/** What a proof opened: an account, and the secrets of those of its vaults that the credential holds. */
export interface Unlocked {
  readonly account: Account;
  readonly credential: CredentialRecord;
  readonly vaults: ReadonlyMap<VaultId, VaultSecrets>;
  /** The credential's own private key: opens what is sealed to it from here on, too. */
  readonly key: Secret;
}

/**
 * Proofs of an owner. Undefined for a wrong one, whatever was wrong. A right one is one whose key the wraps were sealed to:
 * with rows of one account pointed at another nothing opens.
 */
export async function unlockWithPassword(
  instance: Instance,
  name: string,
  password: string,
): Promise<Unlocked | undefined> {
  const account = instance.view.accountNamed(name);
  const credential =
    account === undefined
      ? undefined
      : instance.view.credentialsOf(account.id).find((each) => each.kind === 'password');
  if (account === undefined || credential?.password === undefined) {
    // The same work for a name that does not exist, so that time does not tell which names do.
    await passwordKey(password, decoyCredential, decoySalt, instance.parts.passwordCost);
    return undefined;
  }
  const key = await passwordKey(password, credential.id, credential.password.salt, credential.password);
  if (!equalSecrets(x25519Public(key.expose()), credential.publicKey)) return undefined;
  // Looked at again: it may have been revoked while this was computed.
  const now = instance.view.credentialsOf(account.id).find((each) => each.id === credential.id);
  return now === undefined ? undefined : unlocked(account, now, key);
}

const decoyCredential = '0'.repeat(32) as CredentialRecord['id'];
const decoySalt: Uint8Array = new Uint8Array(16);

export function unlockWithAppPassword(instance: Instance, name: string, text: string): Unlocked | undefined {
  const bytes = decodeAppPassword(text);
  return bytes === undefined ? undefined : unlockWithKey(instance, name, appPasswordKey(bytes), 'app');
}

/** `privateKey` is that of the age identity in the kit. */
export function unlockWithKit(instance: Instance, name: string, privateKey: Secret): Unlocked | undefined {
  return unlockWithKey(instance, name, privateKey, 'kit');
}

/** The operator's offline key, for an account that agreed to it. */
export function unlockWithEscrow(instance: Instance, name: string, privateKey: Secret): Unlocked | undefined {
  return unlockWithKey(instance, name, privateKey, 'escrow');
}

/** `output`: what the passkey's PRF gave. Its assertion was verified before. */
export function unlockWithPasskey(
  instance: Instance,
  credential: CredentialRecord,
  output: Uint8Array,
): Unlocked | undefined {
  return unlockWithCredentialKey(instance, credential.id, passkeyKey(output, credential.id));
}

function unlockWithKey(
  instance: Instance,
  name: string,
  key: Secret,
  kind: CredentialRecord['kind'],
): Unlocked | undefined {
  // The same work for a name that does not exist.
  const publicKey = x25519Public(key.expose());
  const account = instance.view.accountNamed(name);
  if (account === undefined) return undefined;
  const credential = instance.view.credentialWithKey(account.id, publicKey);
  return credential?.kind === kind ? unlocked(account, credential, key) : undefined;
}

function unlocked(account: Account, credential: CredentialRecord, key: Secret): Unlocked {
  const vaults = new Map<VaultId, VaultSecrets>();
  for (const [vault, wrap] of credential.wraps)
    vaults.set(vault, openWrap(key, credential.id, vault, wrap.epoch, wrap.box));
  return { account, credential, vaults, key };
}

/** By the private key alone, as a session keeps it; undefined once the credential was revoked. */
export function unlockWithCredentialKey(instance: Instance, id: CredentialId, key: Secret): Unlocked | undefined {
  const credential = instance.view.credential(id);
  if (credential === undefined || credential.revokedMs !== undefined) return undefined;
  if (!equalSecrets(x25519Public(key.expose()), credential.publicKey)) return undefined;
  const account = instance.view.account(credential.account);
  return account === undefined ? undefined : unlocked(account, credential, key);
}
