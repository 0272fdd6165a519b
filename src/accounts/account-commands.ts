import { present } from '../base/assert.ts';
import { toHex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import {
  type AccountId,
  accountIdOf,
  type CredentialId,
  credentialIdOf,
  type VaultId,
  vaultIdOf,
} from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { appPasswordKey, passwordKey } from '../crypto/credential-keys.ts';
import { x25519Public } from '../crypto/primitives.ts';
import { appPasswordBytes, encodeAppPassword } from '../format/app-password.ts';
import {
  type CredentialKind,
  type InstanceOperation,
  type PasswordParameters,
  type VaultKind,
  vaultKinds,
} from '../format/instance-operations.ts';
import { type Instance, newestHeader, putHeader } from './instance.ts';
import type { Account, CredentialRecord, VaultRecord } from './instance-view.ts';
import { makeVault, nextEpoch, sealWrap, type VaultSecrets } from './keyring.ts';
import type { Unlocked } from './proofs.ts';

const minPasswordLength = 8;
const maxPasswordLength = 1024;
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const maxLabelLength = 100;
const maxAppPasswords = 100;

interface NewCredential {
  readonly id: CredentialId;
  readonly kind: CredentialKind;
  readonly publicKey: Uint8Array;
  readonly label: string | undefined;
  readonly password: PasswordParameters | undefined;
}

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

function credentialOperation(account: AccountId, credential: NewCredential): InstanceOperation {
  return {
    o: 'credential',
    credential: credential.id,
    account,
    kind: credential.kind,
    publicKey: credential.publicKey,
    label: credential.label,
    password: credential.password,
  };
}

/** A person: a password, a recovery kit, and one vault of each kind. Crash on the way: public headers of vaults that nobody
 *  knows, and no account. */
export async function createAccount(instance: Instance, name: string, password: string): Promise<CreateAccountResult> {
  if (!namePattern.test(name)) return { kind: 'refused', why: 'bad-name' };
  if (!passwordFits(password)) return { kind: 'refused', why: 'bad-password' };
  if (instance.view.accountNamed(name) !== undefined) return { kind: 'refused', why: 'name-taken' };
  const { journal, random } = instance.parts;
  const account = accountIdOf(instance.newId());
  const kit = new Secret(random.bytes(32));
  const kitCredential: NewCredential = {
    id: credentialIdOf(instance.newId()),
    kind: 'kit',
    publicKey: x25519Public(kit.expose()),
    label: undefined,
    password: undefined,
  };
  const credentials = [await newPasswordCredential(instance, password), kitCredential];
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
      .filter(({ to }) => to.kind === 'kit')
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

function epochOperation(
  vault: VaultId,
  record: { readonly epoch: number; readonly inboxPublic: Uint8Array; readonly previous: Uint8Array | null },
): InstanceOperation {
  return {
    o: 'epoch',
    vault,
    epoch: record.epoch,
    inboxPublic: record.inboxPublic,
    previous: record.previous ?? undefined,
  };
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

/** Wraps made from the key of an epoch that has passed would lock their credential out. */
function assertFresh(instance: Instance, owner: Unlocked): void {
  for (const [id, { epoch }] of owner.vaults) {
    if (instance.view.vault(id)?.epochs.length === epoch) continue;
    throw new Fault(
      'unavailable',
      'The keys were changed meanwhile. Nothing was changed now; prove who you are again.',
    );
  }
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Ends a credential: every vault that it opened gets a new epoch, sealed to those that stay; they need not be present. */
export async function revokeCredential(
  instance: Instance,
  owner: Unlocked,
  credential: CredentialRecord,
): Promise<readonly VaultId[]> {
  const vaults = [...credential.wraps.keys()];
  const staying = instance.view.credentialsOf(owner.account.id).filter((each) => each.id !== credential.id);
  await replaceCredential(instance, owner, credential, staying, []);
  return vaults;
}

async function replaceCredential(
  instance: Instance,
  owner: Unlocked,
  leaving: CredentialRecord,
  staying: readonly CredentialRecord[],
  first: readonly InstanceOperation[],
  arriving?: NewCredential,
): Promise<void> {
  assertFresh(instance, owner);
  const operations: InstanceOperation[] = [...first, { o: 'revoke', credential: leaving.id }];
  for (const id of leaving.wraps.keys()) {
    const vault = present(instance.view.vault(id), 'vault');
    const next = nextEpoch(id, present(owner.vaults.get(id), 'secrets of an owned vault'), instance.parts.random);
    const recipients = [...staying.filter((each) => each.wraps.has(id)), ...(arriving === undefined ? [] : [arriving])];
    const wraps = recipients.map((to) => ({ to, box: wrapFor(instance, to, id, next.secrets) }));
    // The public header first: a kit opens both epochs from it, whether or not the crash comes before the entry.
    await putNextHeader(instance, vault, next.record, next.secrets, wraps);
    operations.push(epochOperation(id, next.record));
    operations.push(
      ...wraps.map(
        ({ to, box }): InstanceOperation => ({
          o: 'wrap',
          credential: to.id,
          vault: id,
          epoch: next.record.epoch,
          box,
        }),
      ),
    );
  }
  await instance.change(owner.credential.id, () => operations);
}

function wrapFor(
  instance: Instance,
  to: { readonly id: CredentialId; readonly publicKey: Uint8Array; readonly kind: CredentialKind },
  vault: VaultId,
  secrets: VaultSecrets,
): Uint8Array {
  return sealWrap(to, vault, to.kind === 'app' ? { ...secrets, signSeed: undefined } : secrets, instance.parts.random);
}

async function putNextHeader(
  instance: Instance,
  vault: VaultRecord,
  record: VaultRecord['epochs'][number],
  secrets: VaultSecrets,
  wraps: readonly {
    readonly to: { readonly id: CredentialId; readonly publicKey: Uint8Array; readonly kind: CredentialKind };
    readonly box: Uint8Array;
  }[],
): Promise<void> {
  const newest = await newestHeader(instance.parts.journal, vault.id);
  const kitWraps = wraps
    .filter(({ to }) => to.kind === 'kit')
    .map(({ to, box }) => ({ credential: to.id, publicKey: to.publicKey, epoch: record.epoch, box }));
  const header = { ...newest, number: newest.number + 1, epochs: [...vault.epochs, record], wraps: kitWraps };
  await putHeader(instance.parts.journal, header, present(secrets.signSeed, 'signing seed'));
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
  const staying = all.filter((each) => each.id !== old.id);
  await replaceCredential(instance, owner, old, staying, [credentialOperation(owner.account.id, fresh)], fresh);
  return 'changed';
}
