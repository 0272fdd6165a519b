import { Instance, unlockByHeader } from '#accounts/instance.ts';
import { unlockWithPassword } from '#accounts/proofs.ts';
import { assert } from '#base/assert.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import type { OpenedVault } from '#copies/verify.ts';
import { passwordCost } from '#crypto/primitives.ts';
import { findIdentity } from '#format/identity.ts';
import { instanceKey, type Places } from '#server/data-folder.ts';
import { realClock, realRandomness } from '#server/real-world.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { readOnlyJournal } from '#store/read-only.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { Failure } from './failure.ts';
import type { Proof } from './proof.ts';
import { visible } from './terminal.ts';
import { refusalOf } from './words.ts';

export interface GivenProof {
  readonly account: string | undefined;
  readonly proof: Proof;
}

/** Keys for reading alone: nothing is written, and no server is asked. */
export async function keysForVerify(
  reader: JournalReader,
  places: Places,
  { account, proof }: GivenProof,
): Promise<ReadonlyMap<VaultId, OpenedVault>> {
  if (proof.kit !== undefined) return keysOfKit(reader, proof.kit);
  assert(proof.password !== undefined && account !== undefined, 'a kit, or an account and its password');
  return keysOfPassword(reader, places, account, proof.password);
}

/** A kit opens by the public headers alone: no instance key, no account record, not even its name. */
async function keysOfKit(reader: JournalReader, kit: string): Promise<ReadonlyMap<VaultId, OpenedVault>> {
  const instance = await reader.meta('instance');
  return new Map(
    (await vaultsOfKit(reader, kit)).map(({ keys }) => [keys.vault, { keys, holdsFiles: keys.vault !== instance }]),
  );
}

/** What holds public headers: a data folder, or copies. */
interface KeptHeaders {
  vaults(): Promise<readonly VaultId[]>;
  publicHeaders: JournalReader['publicHeaders'];
}

export interface KitVault {
  readonly keys: VaultKeys;
  /** As the wrap says; absent in older ones. */
  readonly kind: string | undefined;
}

/** Every vault that a kit opens. @throws Failure `wrong-proof` when that is none. */
export async function vaultsOfKit(headers: KeptHeaders, kit: string): Promise<readonly KitVault[]> {
  const identity = findIdentity(kit);
  if (identity === undefined) throw refusalOf('not-a-kit', 'the kit');
  const opened: KitVault[] = [];
  for (const vault of await headers.vaults()) {
    const found = await byHeader(headers, vault, new Secret(identity));
    if (found !== undefined) opened.push(found);
  }
  if (opened.length === 0) throw refusalOf('wrong-kit', 'the kit');
  return opened;
}

/** Undefined for a vault that the key is not for, and for one whose header is damaged, which verify reports. */
async function byHeader(
  headers: Pick<KeptHeaders, 'publicHeaders'>,
  vault: VaultId,
  key: Secret,
): Promise<KitVault | undefined> {
  try {
    const { header, secrets } = await unlockByHeader(headers, vault, key);
    return { keys: VaultKeys.unlock(vault, secrets.secret, header.epochs), kind: secrets.kind };
  } catch (error) {
    if (isFault(error, 'bad-key') || isFault(error, 'damaged') || isFault(error, 'missing')) return undefined;
    throw error;
  }
}

async function keysOfPassword(
  reader: JournalReader,
  places: Places,
  account: string,
  password: string,
): Promise<ReadonlyMap<VaultId, OpenedVault>> {
  const key = await instanceKey(places, false);
  const instance = await openInstance(reader, key);
  const unlocked = await unlockWithPassword(instance, account, password);
  if (unlocked === undefined) throw refusalOf('wrong-proof', visible(account));
  const opened = new Map<VaultId, OpenedVault>();
  for (const [vault, { secret }] of unlocked.vaults) {
    const epochs = instance.view.vault(vault)?.epochs ?? [];
    opened.set(vault, { keys: VaultKeys.unlock(vault, secret, epochs), holdsFiles: true });
  }
  const own = await byHeader(reader, instance.vault, key);
  if (own !== undefined) opened.set(instance.vault, { keys: own.keys, holdsFiles: false });
  return opened;
}

const wantedToWrite = new Fault('read-only', 'A check wanted to write. Nothing was written.');

/** @throws Failure when the accounts cannot be read: the password is of no use then, a kit still is. */
async function openInstance(reader: JournalReader, key: Secret): Promise<Instance> {
  try {
    return await Instance.open(
      { journal: readOnlyJournal(reader, wantedToWrite), clock: realClock, random: realRandomness, passwordCost },
      key,
    );
  } catch (error) {
    if (!isFault(error, 'damaged') && !isFault(error, 'missing')) throw error;
    throw new Failure(
      'damaged',
      `The list of accounts is damaged: ${error.message}`,
      'verify without an account, or with its kit, which needs no list',
    );
  }
}
