import { Instance, unlockByHeader } from '#accounts/instance.ts';
import { unlockWithPassword } from '#accounts/proofs.ts';
import { assert } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import type { OpenedVault } from '#copies/verify.ts';
import { passwordCost } from '#crypto/primitives.ts';
import { findIdentity } from '#format/identity.ts';
import { instanceKey, type Places } from '#server/data-folder.ts';
import { realClock, realRandomness } from '#server/real-world.ts';
import type { Journal, JournalReader } from '#store/journal/journal.ts';
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
  const identity = findIdentity(kit);
  if (identity === undefined) throw refusalOf('not-a-kit', 'the kit');
  const opened = new Map<VaultId, OpenedVault>();
  const instance = await reader.meta('instance');
  for (const vault of await reader.vaults()) {
    const keys = await keysByHeader(reader, vault, new Secret(identity));
    if (keys !== undefined) opened.set(vault, { keys, holdsFiles: vault !== instance });
  }
  if (opened.size === 0) throw refusalOf('wrong-kit', 'the kit');
  return opened;
}

/** Undefined for a vault that the key is not for, and for one whose header is damaged, which verify reports. */
async function keysByHeader(reader: JournalReader, vault: VaultId, key: Secret): Promise<VaultKeys | undefined> {
  try {
    const { header, secrets } = await unlockByHeader(reader, vault, key);
    return VaultKeys.unlock(vault, secrets.secret, header.epochs);
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
  const own = await keysByHeader(reader, instance.vault, key);
  if (own !== undefined) opened.set(instance.vault, { keys: own, holdsFiles: false });
  return opened;
}

/** @throws Failure when the accounts cannot be read: the password is of no use then, a kit still is. */
async function openInstance(reader: JournalReader, key: Secret): Promise<Instance> {
  try {
    return await Instance.open(
      { journal: readOnly(reader), clock: realClock, random: realRandomness, passwordCost },
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

function readOnly(reader: JournalReader): Journal {
  const refuse = (): never => {
    throw new Failure('bug', 'A check wanted to write. Nothing was written.');
  };
  return {
    head: (vault) => reader.head(vault),
    vaults: () => reader.vaults(),
    entries: (vault, after, limit) => reader.entries(vault, after, limit),
    sequenceAt: (vault, timeMs) => reader.sequenceAt(vault, timeMs),
    chunk: (id) => reader.chunk(id),
    chunkData: (id) => reader.chunkData(id),
    chunks: (vault, after, limit) => reader.chunks(vault, after, limit),
    publicHeaders: (vault) => reader.publicHeaders(vault),
    ephemeral: (vault, kind) => reader.ephemeral(vault, kind),
    meta: (key) => reader.meta(key),
    close: () => reader.close(),
    append: refuse,
    lease: refuse,
    putPublicHeader: refuse,
    putEphemeral: refuse,
    removeEphemeral: refuse,
    setMeta: refuse,
  };
}
