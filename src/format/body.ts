import { concat, u32 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { type CredentialId, credentialIdOf, idBytes } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';
import { type CborValue, cborMap, decodeCbor, encodeCbor, Fields } from './cbor.ts';

/** docs/format.md §5. */
export const maxBodyBytes: number = 64 * 1024 * 1024;

export interface EntryBody {
  /** Absent when the program itself wrote. */
  readonly by: CredentialId | undefined;
  readonly operations: readonly CborValue[];
}

/** Compression is passed in: this room has no codec that runs everywhere. */
export interface BodyCodec {
  compress(bytes: Uint8Array): Uint8Array;
  /** @throws Fault `damaged` when it does not give exactly `sizeBytes`. */
  decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array;
}

const worthCompressing = 1024;

/** Undefined when the batch is larger than one entry may be. */
export function encodeBody(body: EntryBody, codec: BodyCodec): Uint8Array | undefined {
  const by = body.by === undefined ? undefined : idBytes(body.by);
  const cbor = encodeCbor(cborMap({ by, ops: body.operations }));
  if (cbor.length > maxBodyBytes) return undefined;
  if (cbor.length >= worthCompressing) {
    const compressed = codec.compress(cbor);
    if (compressed.length < cbor.length) return concat(new Uint8Array([1]), u32(cbor.length), compressed);
  }
  return concat(new Uint8Array([0]), u32(cbor.length), cbor);
}

/** @throws Fault `damaged`. */
export function decodeBody(bytes: Uint8Array, codec: BodyCodec): EntryBody {
  const reader = new BinaryReader(bytes, 'entry body');
  const codecNumber = reader.u8();
  const sizeBytes = reader.u32();
  if (codecNumber > 1 || sizeBytes > maxBodyBytes)
    throw new Fault('damaged', 'Damaged entry body: unknown codec or size.');
  const data = reader.rest();
  if (codecNumber === 0 && data.length !== sizeBytes) throw reader.damaged('its size differs');
  const fields = new Fields(
    decodeCbor(codecNumber === 1 ? codec.decompress(data, sizeBytes) : data, 'entry body'),
    'entry body',
  );
  return {
    by: fields.has('by') ? credentialIdOf(fields.bytes('by', 16)) : undefined,
    operations: fields.list('ops'),
  };
}
