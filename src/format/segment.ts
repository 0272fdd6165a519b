import { assert } from '../base/assert.ts';
import { concat, u32 } from '../base/bytes.ts';
import { Fault, isFault } from '../base/fault.ts';
import { idBytes, type VaultId, vaultIdOf } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';

/** docs/format.md §13: a run of entries as a copy keeps it. Whether they follow each other is for whoever can hash. */
export interface Segment {
  readonly vault: VaultId;
  readonly entries: readonly SegmentEntry[];
}

export interface SegmentEntry {
  readonly header: Uint8Array;
  readonly bodyHash: Uint8Array;
  /** null once a body beyond the horizon is gone. */
  readonly body: Uint8Array | null;
}

export const maxSegmentEntries = 1024;
/** Of more than one entry; a single one may be larger. */
export const maxSegmentBytes: number = 64 * 1024 * 1024;

const segmentVersion = 1;
const bodyGone = 0xffffffff;
/** Before the entries: version, vault, their number. */
export const segmentHeadBytes = 21;

/** What an entry adds to a segment. */
export function sizeInSegment(entry: SegmentEntry): number {
  return 4 + entry.header.length + 32 + 4 + (entry.body?.length ?? 0);
}

export function encodeSegment({ vault, entries }: Segment): Uint8Array {
  assert(entries.length >= 1 && entries.length <= maxSegmentEntries, 'a segment has 1 to 1,024 entries');
  const parts = entries.flatMap(({ header, bodyHash, body }) => {
    assert(bodyHash.length === 32, 'a hash has 32 bytes');
    const length = body === null ? bodyGone : body.length;
    return [u32(header.length), header, bodyHash, u32(length), ...(body === null ? [] : [body])];
  });
  const bytes = concat(new Uint8Array([segmentVersion]), idBytes(vault), u32(entries.length), ...parts);
  assert(isOfAllowedSize(bytes, entries.length), 'a segment of more than one entry has at most 64 MiB');
  return bytes;
}

/** @throws Fault `damaged`, `newer-format`. */
export function decodeSegment(bytes: Uint8Array): Segment {
  const { vault, entries, problem } = readSegment(bytes);
  if (problem !== undefined) throw problem;
  return { vault, entries };
}

/**
 * What can be read of a segment that may be damaged: entries up to the first one that is cut short.
 * @throws Fault `newer-format`, and `damaged` when not even its head can be read.
 */
export function readSegment(bytes: Uint8Array): Segment & { readonly problem: Fault | undefined } {
  const reader = new BinaryReader(bytes, 'segment');
  const version = reader.u8();
  if (version > segmentVersion) throw new Fault('newer-format', `A segment has the unknown version ${version}.`);
  if (version < segmentVersion) throw reader.damaged('its version is unknown');
  const vault = vaultIdOf(reader.bytes(16));
  const count = reader.u32();
  if (count < 1 || count > maxSegmentEntries) throw reader.damaged('its number of entries is out of range');
  const entries: SegmentEntry[] = [];
  try {
    while (entries.length < count) entries.push(readEntry(reader));
    reader.end();
    if (!isOfAllowedSize(bytes, count)) throw reader.damaged('it is larger than 64 MiB');
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return { vault, entries, problem: error };
  }
  return { vault, entries, problem: undefined };
}

function readEntry(reader: BinaryReader): SegmentEntry {
  const header = reader.bytes(reader.u32());
  const bodyHash = reader.bytes(32);
  const length = reader.u32();
  return { header, bodyHash, body: length === bodyGone ? null : reader.bytes(length) };
}

function isOfAllowedSize(bytes: Uint8Array, count: number): boolean {
  return count === 1 || bytes.length <= maxSegmentBytes;
}
