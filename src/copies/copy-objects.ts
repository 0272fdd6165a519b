import { fromHex } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import { type ChunkId, parseVaultId, type VaultId } from '#base/ids.ts';
import { BinaryReader } from '#format/binary.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';

// Reading the objects of a copy (docs/format.md §13) as far as they can be read: what is damaged in the middle of a segment
// does not take the entries before it along.

export const markerName = 'coffre-copy';

export function headersPrefix(vault: VaultId): string {
  return `vaults/${vault}/headers/`;
}

export function segmentsPrefix(vault: VaultId): string {
  return `vaults/${vault}/segments/`;
}

export function chunkName(id: ChunkId): string {
  return `chunks/${id.slice(0, 2)}/${id}`;
}

export interface NamedSegment {
  readonly name: string;
  readonly first: number;
  readonly end: Head;
}

const segmentPattern = /^vaults\/[0-9a-f]{32}\/segments\/(\d{10})-(\d{10})-(\d{3})-([0-9a-f]{64})$/;
const headerPattern = /^vaults\/[0-9a-f]{32}\/headers\/(\d{10})$/;
const vaultPattern = /^vaults\/([0-9a-f]{32})\//;

/** Undefined for a name that is no segment's. */
export function parseSegmentName(name: string): NamedSegment | undefined {
  const [, last = '', first = '', fork = '', hash = ''] = segmentPattern.exec(name) ?? [];
  if (hash === '') return undefined;
  return { name, first: Number(first), end: { fork: Number(fork), sequence: Number(last), hash: fromHex(hash) } };
}

export function parseHeaderName(name: string): number | undefined {
  const number = headerPattern.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

export function vaultOfName(name: string): VaultId | undefined {
  return parseVaultId(vaultPattern.exec(name)?.[1] ?? '');
}

const bodyGone = 0xffffffff;
const maxEntries = 1024;

export interface ReadSegment {
  readonly entries: readonly StoredEntry[];
  /** Whether all of it could be read. Whether entries fit to each other is the caller's to check. */
  readonly isWhole: boolean;
}

/** @throws Fault `newer-format`. */
export function readSegment(bytes: Uint8Array): ReadSegment {
  const entries: StoredEntry[] = [];
  try {
    const reader = new BinaryReader(bytes, 'segment');
    const version = reader.u8();
    if (version > 1) throw new Fault('newer-format', `A segment has the unknown version ${version}.`);
    reader.bytes(16);
    const count = reader.u32();
    if (version === 0 || count < 1 || count > maxEntries) return { entries, isWhole: false };
    for (let index = 0; index < count; index += 1) {
      const entry = readEntry(reader);
      if (entry !== undefined) entries.push(entry);
    }
    return { entries, isWhole: entries.length === count && reader.remaining === 0 };
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return { entries, isWhole: false };
  }
}

/** Undefined for one whose header does not parse: the lengths still tell where the next one begins. */
function readEntry(reader: BinaryReader): StoredEntry | undefined {
  const header = reader.bytes(reader.u32());
  const bodyHash = reader.bytes(32);
  const length = reader.u32();
  const body = length === bodyGone ? null : reader.bytes(length);
  try {
    const { fork, sequence } = decodeHeader(header).header;
    return { fork, sequence, header, bodyHash, body };
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}
