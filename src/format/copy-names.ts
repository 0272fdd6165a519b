import { assert } from '../base/assert.ts';
import { fromHex, toHex } from '../base/bytes.ts';
import { type ChunkId, limits, parseChunkId, parseVaultId, type VaultId } from '../base/ids.ts';
import { maxSegmentEntries } from './segment.ts';

// The names of the objects of a copy, docs/format.md §13.

export const markerName = 'coffre-copy';
export const vaultsPrefix = 'vaults/';
export const chunksPrefix = 'chunks/';
export const lostPrefix = 'lost/';
const maxHeaderNumber = 9_999_999_999;

/** What the name of a segment says of it. */
export interface SegmentPlace {
  readonly vault: VaultId;
  readonly first: number;
  readonly last: number;
  /** Of the last entry, as the hash. */
  readonly fork: number;
  readonly hash: Uint8Array;
}

export type CopyObject =
  | { readonly kind: 'marker' }
  | { readonly kind: 'header'; readonly vault: VaultId; readonly number: number }
  | ({ readonly kind: 'segment' } & SegmentPlace)
  | { readonly kind: 'chunk' | 'lost'; readonly id: ChunkId };

export function headersPrefix(vault: VaultId): string {
  return `${vaultsPrefix}${vault}/headers/`;
}

export function segmentsPrefix(vault: VaultId): string {
  return `${vaultsPrefix}${vault}/segments/`;
}

export function headerName(vault: VaultId, number: number): string {
  assert(number >= 1 && number <= maxHeaderNumber, 'number of a public header out of range');
  return `${headersPrefix(vault)}${tenDigits(number)}`;
}

export function segmentName(place: SegmentPlace): string {
  assert(isSegmentPlace(place), 'a segment that can not have a name');
  const { vault, first, last, fork, hash } = place;
  const digits = String(fork).padStart(3, '0');
  return `${segmentsPrefix(vault)}${tenDigits(last)}-${tenDigits(first)}-${digits}-${toHex(hash)}`;
}

/** A name behind those of all segments that end at this sequence or before, and before all others of the vault. */
export function segmentsUpTo(vault: VaultId, last: number): string {
  return `${segmentsPrefix(vault)}${tenDigits(last)}-~`;
}

export function chunkName(id: ChunkId): string {
  return `${chunksPrefix}${id.slice(0, 2)}/${id}`;
}

/** The note that a chunk could not be copied, and what stands in it. */
export function lostName(id: ChunkId): string {
  return `${lostPrefix}${id.slice(0, 2)}/${id}`;
}
export const lostNote: Uint8Array = new Uint8Array([1]);

const headerPattern = /^vaults\/([0-9a-f]{32})\/headers\/([0-9]{10})$/;
const segmentPattern = /^vaults\/([0-9a-f]{32})\/segments\/([0-9]{10})-([0-9]{10})-([0-9]{3})-([0-9a-f]{64})$/;
const chunkPattern = /^(chunks|lost)\/([0-9a-f]{2})\/([0-9a-f]{64})$/;

/** Undefined for what is not part of a copy. */
export function parseCopyName(name: string): CopyObject | undefined {
  return name === markerName
    ? { kind: 'marker' }
    : (parseChunkName(name) ?? parseSegmentName(name) ?? parseHeaderName(name));
}

function parseChunkName(name: string): CopyObject | undefined {
  const [, top, folder = '', hex = ''] = chunkPattern.exec(name) ?? [];
  const id = parseChunkId(hex);
  if (id === undefined || !id.startsWith(folder)) return undefined;
  return { kind: top === 'lost' ? 'lost' : 'chunk', id };
}

function parseSegmentName(name: string): CopyObject | undefined {
  const [, hex = '', last, first, fork, hash = ''] = segmentPattern.exec(name) ?? [];
  const vault = parseVaultId(hex);
  if (vault === undefined) return undefined;
  const place = { vault, first: Number(first), last: Number(last), fork: Number(fork), hash: fromHex(hash) };
  return isSegmentPlace(place) ? { kind: 'segment', ...place } : undefined;
}

function parseHeaderName(name: string): CopyObject | undefined {
  const [, hex = '', digits] = headerPattern.exec(name) ?? [];
  const vault = parseVaultId(hex);
  const number = Number(digits);
  return vault === undefined || number < 1 ? undefined : { kind: 'header', vault, number };
}

function isSegmentPlace({ first, last, fork, hash }: SegmentPlace): boolean {
  const isRun = first >= 1 && first <= last && last <= limits.maxSequence && last - first < maxSegmentEntries;
  return isRun && fork >= 1 && fork <= limits.maxFork && hash.length === 32;
}

function tenDigits(value: number): string {
  return String(value).padStart(10, '0');
}
