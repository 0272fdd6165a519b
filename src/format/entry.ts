import { assert } from '../base/assert.ts';
import { concat, u32, u64 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { type ChunkId, chunkIdOf, idBytes, limits, type VaultId, vaultIdOf } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';

/** docs/format.md §5. */
export type EntryType = 'ordinary' | 'inbox' | 'drop' | 'baseline';

const typeNumbers: Readonly<Record<EntryType, number>> = { ordinary: 1, inbox: 2, drop: 3, baseline: 4 };
const typesByNumber: ReadonlyMap<number, EntryType> = new Map([
  [1, 'ordinary'],
  [2, 'inbox'],
  [3, 'drop'],
  [4, 'baseline'],
]);

const entryVersion = 1;
export const readerVersion = 1;
/** Larger batches are several entries. */
export const maxChunkIdsPerEntry = 4096;
const signatureLength = 64;

export interface EntryHeader {
  readonly minimumReader: number;
  readonly type: EntryType;
  readonly vault: VaultId;
  readonly fork: number;
  readonly sequence: number;
  readonly timeMs: number;
  readonly previousHash: Uint8Array;
  readonly epoch: number;
  readonly salt: Uint8Array;
  readonly added: readonly ChunkId[];
  /** Dropped by a drop entry, or the content of a baseline. */
  readonly listed: readonly ChunkId[];
  /** Present exactly in drop and baseline entries. */
  readonly signature: Uint8Array | null;
}

/** Everything before the length of the signature: the associated data of the body, and what is signed. */
export function encodeHeaderAad(header: Omit<EntryHeader, 'signature'>): Uint8Array {
  assert(header.added.length <= maxChunkIdsPerEntry, 'too many chunk ids added');
  assert(header.listed.length <= maxChunkIdsPerEntry, 'too many chunk ids listed');
  assert(header.previousHash.length === 32 && header.salt.length === 32, 'hash and salt have 32 bytes');
  return concat(
    new Uint8Array([entryVersion, header.minimumReader, typeNumbers[header.type], 0]),
    idBytes(header.vault),
    u32(header.fork),
    u64(header.sequence),
    u64(header.timeMs),
    header.previousHash,
    u32(header.epoch),
    header.salt,
    u32(header.added.length),
    ...header.added.map(idBytes),
    u32(header.listed.length),
    ...header.listed.map(idBytes),
  );
}

export function encodeHeader(aad: Uint8Array, signature: Uint8Array | null): Uint8Array {
  if (signature === null) return concat(aad, new Uint8Array([0]));
  assert(signature.length === signatureLength, 'a signature has 64 bytes');
  return concat(aad, new Uint8Array([signatureLength]), signature);
}

export interface DecodedHeader {
  readonly header: EntryHeader;
  readonly aad: Uint8Array;
}

/** @throws Fault `damaged`, or `newer-format` when the entry wants a newer reader. */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  const reader = new BinaryReader(bytes, 'entry header');
  const version = reader.u8();
  const minimumReader = reader.u8();
  if (minimumReader > readerVersion) {
    throw new Fault(
      'newer-format',
      'This entry was written by a newer program. Nothing was changed; use that program to read it.',
    );
  }
  // docs/format.md §5: a later version that this reader is enough for has the same header.
  if (version < entryVersion) throw reader.damaged('its version is unknown');
  const type = typesByNumber.get(reader.u8());
  if (type === undefined) throw reader.damaged('its type is unknown');
  if (reader.u8() !== 0) throw reader.damaged('a reserved byte is set');
  const vault = vaultIdOf(reader.bytes(16));
  const fork = reader.u32();
  const sequence = reader.u64();
  if (fork < 1 || fork > limits.maxFork || sequence < 1 || sequence > limits.maxSequence) {
    throw reader.damaged('fork or sequence is out of range');
  }
  const timeMs = reader.u64();
  const previousHash = reader.bytes(32);
  const epoch = reader.u32();
  const salt = reader.bytes(32);
  const added = chunkIds(reader);
  const listed = chunkIds(reader);
  const aad = bytes.subarray(0, reader.offset);
  const signature = decodeSignature(reader, type);
  reader.end();
  if (listed.length > 0 && signature === null) throw reader.damaged('only drops and baselines list chunks');
  const header = {
    minimumReader,
    type,
    vault,
    fork,
    sequence,
    timeMs,
    previousHash,
    epoch,
    salt,
    added,
    listed,
    signature,
  };
  return { header, aad };
}

function chunkIds(reader: BinaryReader): ChunkId[] {
  const count = reader.u32();
  if (count > maxChunkIdsPerEntry) throw reader.damaged('it has too many chunk ids');
  return Array.from({ length: count }, () => chunkIdOf(reader.bytes(32)));
}

function decodeSignature(reader: BinaryReader, type: EntryType): Uint8Array | null {
  const length = reader.u8();
  const wanted = type === 'drop' || type === 'baseline' ? signatureLength : 0;
  if (length !== wanted) throw reader.damaged('its signature has a wrong length');
  return length === 0 ? null : reader.bytes(length);
}
