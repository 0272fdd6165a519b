import { present } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { AccountId, CredentialId, VaultId } from '../base/ids.ts';
import type { CredentialKind, InstanceOperation, PasswordParameters } from '../format/instance-operations.ts';
import { type Instance, newestHeader, putHeader } from './instance.ts';
import { type CredentialRecord, isOver, type VaultRecord } from './instance-view.ts';
import { nextEpoch, sealWrap, type VaultSecrets } from './keyring.ts';
import type { Unlocked } from './proofs.ts';

export interface NewCredential {
  readonly id: CredentialId;
  readonly kind: CredentialKind;
  readonly publicKey: Uint8Array;
  readonly label: string | undefined;
  readonly password: PasswordParameters | undefined;
}

export function credentialOperation(account: AccountId, credential: NewCredential): InstanceOperation {
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

export function epochOperation(
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

/** Wraps made from the key of an epoch that has passed would lock their credential out. */
export function assertFresh(instance: Instance, owner: Unlocked): void {
  for (const [id, { epoch }] of owner.vaults) {
    if (instance.view.vault(id)?.epochs.length === epoch) continue;
    throw new Fault(
      'unavailable',
      'The keys were changed meanwhile. Nothing was changed now; prove who you are again.',
    );
  }
}

interface Arriving {
  readonly credential: NewCredential;
  /** That make it, before its wraps. */
  readonly operations: readonly InstanceOperation[];
}

/**
 * Ends credentials: every vault that one of them opened gets one new epoch, sealed to those that stay; they need not be present.
 * Crash on the way: public headers with wraps of an epoch that never began; the ones before still stand beside them.
 */
export async function endCredentials(
  instance: Instance,
  owner: Unlocked,
  ended: readonly CredentialRecord[],
  arriving?: Arriving,
): Promise<void> {
  assertFresh(instance, owner);
  const nowMs = instance.parts.clock.nowMs();
  const isLate = (each: CredentialRecord): boolean => each.grant !== undefined && isOver(each.grant, nowMs);
  // Links whose time is over go along: they need no epoch of their own.
  const leaving = [...ended, ...instance.view.credentialsOf(owner.account.id).filter(isLate)];
  const gone = new Set(leaving.map((each) => each.id));
  const operations: InstanceOperation[] = [
    ...(arriving?.operations ?? []),
    ...[...gone].map((credential): InstanceOperation => ({ o: 'revoke', credential })),
  ];
  for (const id of new Set(leaving.flatMap((each) => [...each.wraps.keys()]))) {
    const staying = instance.view.credentialsHolding(id).filter((each) => !gone.has(each.id));
    const recipients = [...staying, ...(arriving === undefined ? [] : [arriving.credential])];
    operations.push(...(await beginEpoch(instance, owner, id, recipients)));
  }
  await instance.change(owner.credential.id, () => operations);
}

/**
 * One more credential, which opens what its owner has open now. Crash on the way: public headers with a wrap of a kit that is not
 * known otherwise; who holds it can open a copy, and was to be able to.
 */
export async function addCredential(
  instance: Instance,
  owner: Unlocked,
  credential: NewCredential,
  further: readonly InstanceOperation[] = [],
): Promise<void> {
  assertFresh(instance, owner);
  const operations: InstanceOperation[] = [credentialOperation(owner.account.id, credential), ...further];
  for (const [vault, secrets] of owner.vaults) {
    const { epoch } = secrets;
    const box = wrapFor(instance, credential, vault, secrets);
    if (opensCopies(credential.kind)) {
      const newest = await newestHeader(instance.parts.journal, vault);
      const wraps = [...newest.wraps, { credential: credential.id, publicKey: credential.publicKey, epoch, box }];
      await putHeader(
        instance.parts.journal,
        { ...newest, number: newest.number + 1, wraps },
        present(secrets.signSeed, 'signing seed'),
      );
    }
    operations.push({ o: 'wrap', credential: credential.id, vault, epoch, box });
  }
  await instance.change(owner.credential.id, () => operations);
}

/** The public header comes first: a kit opens both epochs from it, whether or not the crash comes before the entry. */
async function beginEpoch(
  instance: Instance,
  owner: Unlocked,
  id: VaultId,
  recipients: readonly Recipient[],
): Promise<readonly InstanceOperation[]> {
  const vault = present(instance.view.vault(id), 'vault');
  const next = nextEpoch(id, present(owner.vaults.get(id), 'secrets of an owned vault'), instance.parts.random);
  const wraps = recipients.map((to) => ({ to, box: wrapFor(instance, to, id, next.secrets) }));
  await putNextHeader(instance, vault, next.record, next.secrets, wraps);
  const { epoch } = next.record;
  return [
    epochOperation(id, next.record),
    ...wraps.map(({ to, box }): InstanceOperation => ({ o: 'wrap', credential: to.id, vault: id, epoch, box })),
  ];
}

type Recipient = Pick<NewCredential, 'id' | 'publicKey' | 'kind'>;

/** What an owner does not sign in with never gets the signing key. */
export function wrapFor(instance: Instance, to: Recipient, vault: VaultId, secrets: VaultSecrets): Uint8Array {
  const mayNotSign = to.kind === 'app' || to.kind === 'link';
  return sealWrap(to, vault, mayNotSign ? { ...secrets, signSeed: undefined } : secrets, instance.parts.random);
}

/** Kinds whose wraps travel with the vault: they open a copy without the instance. */
export function opensCopies(kind: CredentialKind): boolean {
  return kind === 'kit' || kind === 'escrow';
}

async function putNextHeader(
  instance: Instance,
  vault: VaultRecord,
  record: VaultRecord['epochs'][number],
  secrets: VaultSecrets,
  wraps: readonly {
    readonly to: Recipient;
    readonly box: Uint8Array;
  }[],
): Promise<void> {
  const newest = await newestHeader(instance.parts.journal, vault.id);
  const kitWraps = wraps
    .filter(({ to }) => opensCopies(to.kind))
    .map(({ to, box }) => ({ credential: to.id, publicKey: to.publicKey, epoch: record.epoch, box }));
  const header = { ...newest, number: newest.number + 1, epochs: [...vault.epochs, record], wraps: kitWraps };
  await putHeader(instance.parts.journal, header, present(secrets.signSeed, 'signing seed'));
}
