import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { type CopyId, copyIdOf, idBytes, type VaultId, vaultIdOf } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';
import { cborMap, decodeCbor, encodeCbor, Fields } from './cbor.ts';

/** docs/format.md §13: which copy of which instance a place holds. */
export interface CopyMarker {
  readonly copy: CopyId;
  readonly instance: VaultId;
  readonly createdMs: number;
  readonly country: string | undefined;
}

const markerVersion = 1;
const countryPattern = /^[A-Z]{2}$/;

/** The form of ISO 3166-1 alpha-2; which codes are given out changes, so any two letters do. */
export function isCountry(text: string): boolean {
  return countryPattern.test(text);
}

export function encodeCopyMarker({ copy, instance, createdMs, country }: CopyMarker): Uint8Array {
  assert(country === undefined || isCountry(country), 'a country has two capital letters');
  const map = cborMap({ copy: idBytes(copy), instance: idBytes(instance), created: createdMs, country });
  return concat(new Uint8Array([markerVersion]), encodeCbor(map));
}

/** @throws Fault `damaged`, `newer-format`. */
export function decodeCopyMarker(bytes: Uint8Array): CopyMarker {
  const reader = new BinaryReader(bytes, 'marker of a copy');
  const version = reader.u8();
  if (version > markerVersion)
    throw new Fault('newer-format', `The marker of a copy has the unknown version ${version}.`);
  if (version < markerVersion) throw reader.damaged('its version is unknown');
  const fields = new Fields(decodeCbor(reader.rest(), 'marker of a copy'), 'marker of a copy');
  const country = fields.has('country') ? fields.text('country') : undefined;
  if (country !== undefined && !isCountry(country)) throw fields.wrong('country');
  return {
    copy: copyIdOf(fields.bytes('copy', 16)),
    instance: vaultIdOf(fields.bytes('instance', 16)),
    createdMs: fields.count('created'),
    country,
  };
}
