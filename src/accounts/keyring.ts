import { concat, u32 } from '../base/bytes.ts';
import type { Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import { type AccountId, accountIdOf, type CredentialId, idBytes, type VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { openBox, sealBox } from '../crypto/box.ts';
import { EpochKeys, sealPrevious } from '../crypto/epoch-keys.ts';
import { ed25519Public } from '../crypto/primitives.ts';
import { cborMap, decodeCbor, encodeCbor, Fields } from '../format/cbor.ts';
import type { VaultKind } from '../format/instance-operations.ts';
import type { EpochRecord } from '../vault/vault-keys.ts';

/** What a wrap holds (docs/format.md §3). App passwords never get the signing seed. */
export interface VaultSecrets {
  readonly epoch: number;
  readonly secret: Secret;
  readonly signSeed: Secret | undefined;
  /** Kind of the vault, so that a rescue can name its folder; absent in wraps from before it was noted. */
  readonly kind?: string | undefined;
}

function wrapContext(credential: CredentialId, vault: VaultId, epoch: number): Uint8Array {
  return concat(idBytes(credential), idBytes(vault), u32(epoch));
}

export function sealWrap(
  to: { readonly id: CredentialId; readonly publicKey: Uint8Array },
  vault: VaultId,
  secrets: VaultSecrets,
  random: Randomness,
): Uint8Array {
  const plaintext = encodeCbor(
    cborMap({ secret: secrets.secret.expose(), sign: secrets.signSeed?.expose(), kind: secrets.kind }),
  );
  return sealBox(to.publicKey, 'wrap', wrapContext(to.id, vault, secrets.epoch), plaintext, random.bytes(32));
}

/** @throws Fault `bad-key` when the wrap was not made for this credential, vault and epoch. */
export function openWrap(
  privateKey: Secret,
  credential: CredentialId,
  vault: VaultId,
  epoch: number,
  box: Uint8Array,
): VaultSecrets {
  const opened = openBox(privateKey.expose(), 'wrap', wrapContext(credential, vault, epoch), box);
  if (opened === undefined)
    throw new Fault('bad-key', 'This key does not open the vault it was to open. Nothing was shown.');
  const fields = new Fields(decodeCbor(opened, 'wrap'), 'wrap');
  return {
    epoch,
    secret: new Secret(fields.bytes('secret', 32)),
    signSeed: fields.has('sign') ? new Secret(fields.bytes('sign', 32)) : undefined,
    kind: fields.has('kind') ? fields.text('kind') : undefined,
  };
}

export interface NewVault {
  readonly secrets: VaultSecrets & { readonly signSeed: Secret };
  readonly signPublic: Uint8Array;
  readonly firstEpoch: EpochRecord;
}

export function makeVault(vault: VaultId, random: Randomness, kind?: VaultKind): NewVault {
  const secret = new Secret(random.bytes(32));
  const signSeed = new Secret(random.bytes(32));
  const keys = new EpochKeys(vault, 1, secret);
  return {
    secrets: { epoch: 1, secret, signSeed, kind },
    signPublic: ed25519Public(signSeed.expose()),
    firstEpoch: { epoch: 1, inboxPublic: keys.inboxPublic, previous: null },
  };
}

/** The next epoch: a new secret, and the old one sealed under it. */
export function nextEpoch(
  vault: VaultId,
  old: VaultSecrets,
  random: Randomness,
): { readonly secrets: VaultSecrets; readonly record: EpochRecord } {
  const epoch = old.epoch + 1;
  const secret = new Secret(random.bytes(32));
  const keys = new EpochKeys(vault, epoch, secret);
  return {
    secrets: { epoch, secret, signSeed: old.signSeed, kind: old.kind },
    record: { epoch, inboxPublic: keys.inboxPublic, previous: sealPrevious(vault, epoch, secret, old.secret) },
  };
}

/** The instance vault belongs to no account. */
export const noAccount: AccountId = accountIdOf(new Uint8Array(16));
