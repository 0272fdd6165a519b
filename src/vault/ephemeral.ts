import { concat, u32 } from '../base/bytes.ts';
import type { Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import { openRow, sealRow } from '../crypto/seals.ts';
import { BinaryReader } from '../format/binary.ts';
import { type CborValue, decodeCbor, encodeCbor, Fields } from '../format/cbor.ts';
import type { VaultKeys } from './vault-keys.ts';

/** Kinds of short-lived rows (docs/format.md §9). */
export const lockRow = 1;
export const lastUseRow = 2;
export const sessionRow = 3;
export const uploadRow = 4;
export const invitationRow = 5;
export const receivedRow = 6;
const rowVersion = 1;

export function sealEphemeral(
  keys: VaultKeys,
  random: Randomness,
  kind: number,
  id: Uint8Array,
  value: CborValue,
): Uint8Array {
  const salt = random.bytes(32);
  const sealed = sealRow(keys.current.ephemeralKey, salt, kind, id, encodeCbor(value));
  return concat(new Uint8Array([rowVersion]), u32(keys.current.epoch), salt, sealed);
}

/** Undefined for a row that does not open or parse: such a row is left alone and means nothing. */
export function openEphemeral(keys: VaultKeys, kind: number, id: Uint8Array, sealed: Uint8Array): Fields | undefined {
  try {
    const reader = new BinaryReader(sealed, 'short-lived row');
    if (reader.u8() !== rowVersion) return undefined;
    const { ephemeralKey } = keys.epoch(reader.u32());
    const opened = openRow(ephemeralKey, reader.bytes(32), kind, id, reader.rest());
    return opened === undefined ? undefined : new Fields(decodeCbor(opened, 'short-lived row'), 'short-lived row');
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
