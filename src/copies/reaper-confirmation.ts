import { concat, fromHex, toHex, utf8 } from '#base/bytes.ts';
import { idBytes, type VaultId } from '#base/ids.ts';
import type { Secret } from '#base/secret.ts';
import { ed25519Sign, ed25519Verify } from '#crypto/primitives.ts';
import type { JournalReader } from '#store/journal/journal.ts';

/** docs/format.md §14: where in `meta` a plan of the reaper is confirmed. */
export function ownerKey(vault: VaultId): string {
  return `reaper-owner:${vault}`;
}
export function operatorKey(vault: VaultId): string {
  return `reaper-operator:${vault}`;
}

/** @param sha256 of the plan's file, hex. */
export function signConfirmation(vault: VaultId, sha256: string, signSeed: Secret): string {
  return `${sha256} ${toHex(ed25519Sign(signSeed.expose(), confirmedBytes(vault, sha256)))}`;
}

/** Whether the owner has confirmed exactly this plan: what is stored is believed only when the vault's key signed it. */
export async function ownerConfirmed(
  reader: Pick<JournalReader, 'meta'>,
  vault: VaultId,
  sha256: string,
  sign: Uint8Array,
): Promise<boolean> {
  const match = /^([0-9a-f]{64}) ([0-9a-f]{128})$/.exec((await reader.meta(ownerKey(vault))) ?? '');
  const [, plan, signature] = match ?? [];
  if (plan !== sha256 || signature === undefined) return false;
  return ed25519Verify(sign, confirmedBytes(vault, sha256), fromHex(signature));
}

export async function operatorConfirmed(
  reader: Pick<JournalReader, 'meta'>,
  vault: VaultId,
  sha256: string,
): Promise<boolean> {
  return (await reader.meta(operatorKey(vault))) === sha256;
}

function confirmedBytes(vault: VaultId, sha256: string): Uint8Array {
  return concat(utf8('reaper plan'), idBytes(vault), fromHex(sha256));
}
