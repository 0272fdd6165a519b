import { present } from '../base/assert.ts';
import { toHex } from '../base/bytes.ts';
import { accountIdOf, type CredentialId, credentialIdOf, type VaultId, vaultIdOf } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { appPasswordKey, passwordKey } from '../crypto/credential-keys.ts';
import { x25519Public } from '../crypto/primitives.ts';
import { appPasswordBytes, encodeAppPassword } from '../format/app-password.ts';
import { type InstanceOperation, type VaultKind, vaultKinds } from '../format/instance-operations.ts';
import { newEscrowCredential } from './escrow.ts';
import { type Instance, putHeader } from './instance.ts';
import type { Account, CredentialRecord } from './instance-view.ts';
import { makeVault, sealWrap } from './keyring.ts';
import { newKitCredential } from './kit-commands.ts';
import {
  assertFresh,
  credentialOperation,
  endCredentials,
  epochOperation,
  type NewCredential,
  opensCopies,
} from './new-epochs.ts';
import type { Unlocked } from './proofs.ts';

const minPasswordLength = 8;
const maxPasswordLength = 1024;
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const maxLabelLength = 100;
const maxAppPasswords = 100;

export type CreateAccountResult =
  | { readonly kind: 'created'; readonly account: Account; readonly kit: Secret }
  | { readonly kind: 'refused'; readonly why: 'name-taken' | 'bad-name' | 'bad-password' };

function passwordFits(password: string): boolean {
  return password.length >= minPasswordLength && password.length <= maxPasswordLength && password.isWellFormed();
}

async function newPasswordCredential(instance: Instance, password: string): Promise<NewCredential> {
  const id = credentialIdOf(instance.newId());
  const { memoryKiB, passes } = instance.parts.passwordCost;
  const parameters = { salt: instance.newId(), memoryKiB, passes };
  const key = await passwordKey(password, id, parameters.salt, parameters);
  return { id, kind: 'password', publicKey: x25519Public(key.expose()), label: undefined, password: parameters };
}

/** A person: a password, a recovery kit, and one vault of each kind. Crash on the way: public headers of vaults that nobody
 *  knows, and no account. */
export async function createAccount(
  instance: Instance,
  name: string,
  password: string,
  agreesToEscrow = false,
): Promise<CreateAccountResult> {
  if (!namePattern.test(name)) return { kind: 'refused', why: 'bad-name' };
  if (!passwordFits(password)) return { kind: 'refused', why: 'bad-password' };
  if (instance.view.accountNamed(name) !== undefined) return { kind: 'refused', why: 'name-taken' };
  const { journal, random } = instance.parts;
  const account = accountIdOf(instance.newId());
  const kit = new Secret(random.bytes(32));
  const kitCredential = newKitCredential(credentialIdOf(instance.newId()), kit);
  const escrow = agreesToEscrow ? newEscrowCredential(instance) : undefined;
  const credentials = [
    await newPasswordCredential(instance, password),
    kitCredential,
    ...(escrow === undefined ? [] : [escrow]),
  ];
  const operations: InstanceOperation[] = [
    { o: 'account', account, name, tag: toHex(random.bytes(8)), quotaBytes: undefined },
    ...credentials.map((each) => credentialOperation(account, each)),
  ];
  for (const kind of vaultKinds) {
    const vault = vaultIdOf(instance.newId());
    const made = makeVault(vault, random, kind);
    const wraps = credentials.map((to) => ({ to, box: sealWrap(to, vault, made.secrets, random) }));
    operations.push(
      { o: 'vault', vault, account, kind, signPublic: made.signPublic },
      epochOperation(vault, made.firstEpoch),
    );
    operations.push(
      ...wraps.map(({ to, box }): InstanceOperation => ({ o: 'wrap', credential: to.id, vault, epoch: 1, box })),
    );
    const kitWraps = wraps
      .filter(({ to }) => opensCopies(to.kind))
      .map(({ to, box }) => ({ credential: to.id, publicKey: to.publicKey, epoch: 1, box }));
    const header = {
      vault,
      account,
      number: 1,
      signPublic: made.signPublic,
      epochs: [made.firstEpoch],
      wraps: kitWraps,
    };
    await putHeader(journal, header, made.secrets.signSeed);
  }
  const created = await instance.change(undefined, (view) =>
    view.accountNamed(name) === undefined ? operations : undefined,
  );
  if (!created) return { kind: 'refused', why: 'name-taken' };
  return { kind: 'created', account: present(instance.view.account(account), 'account'), kit };
}

export type CreateAppPasswordResult =
  | { readonly kind: 'created'; readonly credential: CredentialId; readonly text: string }
  | { readonly kind: 'refused'; readonly why: 'bad-label' | 'no-such-vault' | 'too-many' };

/** An app password gets files unless told otherwise; documents only when named (DESIGN: wraps for ticked vaults only). */
export const defaultAppKinds: readonly VaultKind[] = ['files'];

export async function createAppPassword(
  instance: Instance,
  owner: Unlocked,
  label: string,
  kinds: readonly VaultKind[],
): Promise<CreateAppPasswordResult> {
  if (label.trim() === '' || label.length > maxLabelLength || hasControlCharacter(label))
    return { kind: 'refused', why: 'bad-label' };
  const vaults = instance.view.vaultsOf(owner.account.id).filter((each) => kinds.includes(each.kind));
  if (vaults.length === 0 || vaults.length < new Set(kinds).size) return { kind: 'refused', why: 'no-such-vault' };
  const apps = instance.view.credentialsOf(owner.account.id).filter((each) => each.kind === 'app');
  if (apps.length >= maxAppPasswords) return { kind: 'refused', why: 'too-many' };
  assertFresh(instance, owner);
  const bytes = instance.parts.random.bytes(appPasswordBytes);
  const credential: NewCredential = {
    id: credentialIdOf(instance.newId()),
    kind: 'app',
    publicKey: x25519Public(appPasswordKey(bytes).expose()),
    label,
    password: undefined,
  };
  const wraps = vaults.map((vault): InstanceOperation => {
    const secrets = present(owner.vaults.get(vault.id), 'secrets of an owned vault');
    const box = sealWrap(credential, vault.id, { ...secrets, signSeed: undefined }, instance.parts.random);
    return { o: 'wrap', credential: credential.id, vault: vault.id, epoch: secrets.epoch, box };
  });
  await instance.change(owner.credential.id, () => [credentialOperation(owner.account.id, credential), ...wraps]);
  return { kind: 'created', credential: credential.id, text: encodeAppPassword(bytes) };
}

export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Ends a credential: every vault that it opened gets a new epoch, sealed to those that stay; they need not be present. */
export async function revokeCredential(
  instance: Instance,
  owner: Unlocked,
  credential: CredentialRecord,
): Promise<readonly VaultId[]> {
  const vaults = [...credential.wraps.keys()];
  await endCredentials(instance, owner, [credential]);
  return vaults;
}

/** A new password, proven by the old one or by a kit. The old one is revoked: new epochs for all vaults. */
export async function changePassword(
  instance: Instance,
  owner: Unlocked,
  password: string,
): Promise<'changed' | 'bad-password'> {
  if (!passwordFits(password)) return 'bad-password';
  const all = instance.view.credentialsOf(owner.account.id);
  const old = present(
    all.find((each) => each.kind === 'password'),
    'password credential',
  );
  const fresh = await newPasswordCredential(instance, password);
  await endCredentials(instance, owner, [old], {
    credential: fresh,
    operations: [credentialOperation(owner.account.id, fresh)],
  });
  return 'changed';
}
