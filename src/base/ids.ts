import { assert } from './assert.ts';
import { fromHex, toHex } from './bytes.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** 16 random bytes in 32 lower-case hex digits. */
export type VaultId = Branded<string, 'VaultId'>;
export type AccountId = Branded<string, 'AccountId'>;
export type CredentialId = Branded<string, 'CredentialId'>;
export type CopyId = Branded<string, 'CopyId'>;
/** SHA-256 of the stored bytes, in 64 lower-case hex digits. */
export type ChunkId = Branded<string, 'ChunkId'>;
/** Below 2^63; 0 is the root folder. Version ids are minted the same way and are a space of their own. */
export type NodeId = Branded<bigint, 'NodeId'>;
export type VersionId = Branded<bigint, 'VersionId'>;

const hex32 = /^[0-9a-f]{32}$/;
const hex64 = /^[0-9a-f]{64}$/;

/** Each parser returns undefined for anything that is not an id; it never throws. */
export function parseVaultId(text: string): VaultId | undefined {
  return hex32.test(text) ? (text as VaultId) : undefined;
}
export function parseAccountId(text: string): AccountId | undefined {
  return hex32.test(text) ? (text as AccountId) : undefined;
}
export function parseCredentialId(text: string): CredentialId | undefined {
  return hex32.test(text) ? (text as CredentialId) : undefined;
}
export function parseCopyId(text: string): CopyId | undefined {
  return hex32.test(text) ? (text as CopyId) : undefined;
}
export function parseChunkId(text: string): ChunkId | undefined {
  return hex64.test(text) ? (text as ChunkId) : undefined;
}

function hexOf(bytes: Uint8Array, length: number, what: string): string {
  assert(bytes.length === length, `${what} has ${bytes.length} bytes, wanted ${length}`);
  return toHex(bytes);
}
export function vaultIdOf(bytes: Uint8Array): VaultId {
  return hexOf(bytes, 16, 'vault id') as VaultId;
}
export function accountIdOf(bytes: Uint8Array): AccountId {
  return hexOf(bytes, 16, 'account id') as AccountId;
}
export function credentialIdOf(bytes: Uint8Array): CredentialId {
  return hexOf(bytes, 16, 'credential id') as CredentialId;
}
export function copyIdOf(bytes: Uint8Array): CopyId {
  return hexOf(bytes, 16, 'copy id') as CopyId;
}
export function chunkIdOf(bytes: Uint8Array): ChunkId {
  return hexOf(bytes, 32, 'chunk id') as ChunkId;
}
export function idBytes(id: VaultId | AccountId | CredentialId | CopyId | ChunkId): Uint8Array {
  return fromHex(id);
}

const maxId = 2n ** 63n;
function wholeId(value: bigint | number): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const big = BigInt(value);
  return big >= 0n && big < maxId ? big : undefined;
}
export function parseNodeId(value: bigint | number): NodeId | undefined {
  return wholeId(value) as NodeId | undefined;
}
export function parseVersionId(value: bigint | number): VersionId | undefined {
  return wholeId(value) as VersionId | undefined;
}

export const rootNode: NodeId = 0n as NodeId;

export const limits: { readonly maxFork: number; readonly maxSequence: number; readonly maxIndex: number } = {
  maxFork: 2 ** 8 - 1,
  maxSequence: 2 ** 31 - 1,
  maxIndex: 2 ** 24 - 1,
};

/** docs/format.md §7: fork × 2^55 + sequence × 2^24 + index; never collides, survives moves. */
export function mintId(fork: number, sequence: number, index: number): bigint {
  assert(fork >= 1 && fork <= limits.maxFork, 'fork out of range');
  assert(sequence >= 1 && sequence <= limits.maxSequence, 'sequence out of range');
  assert(index >= 0 && index <= limits.maxIndex, 'index out of range');
  return (BigInt(fork) << 55n) | (BigInt(sequence) << 24n) | BigInt(index);
}
export function mintNodeId(fork: number, sequence: number, index: number): NodeId {
  return mintId(fork, sequence, index) as NodeId;
}
export function mintVersionId(fork: number, sequence: number, index: number): VersionId {
  return mintId(fork, sequence, index) as VersionId;
}
export function sequenceOfId(id: NodeId | VersionId): { readonly fork: number; readonly sequence: number } {
  return { fork: Number(id >> 55n), sequence: Number((id >> 24n) & 0x7fffffffn) };
}
