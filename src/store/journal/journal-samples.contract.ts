import assert from 'node:assert/strict';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { type ChunkId, chunkIdOf, type VaultId, vaultIdOf } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import { type EntryType, encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import type { AppendResult, ChunkData, ChunkState, ForkableJournal, Head, Journal, NewEntry } from './journal.ts';

// What the contract suites of journals share.

interface JournalUnderTest {
  /** Opens the journal, which is made when there is none; what was opened before must not be used any more. */
  start(): Promise<ForkableJournal>;
  /** What was opened dies at once, and with it what was not durable. */
  crash(): Promise<void>;
  /** What the reaper alone does: dropped to condemned, condemned to erased. */
  setState(id: ChunkId, state: ChunkState): Promise<void>;
}

export type Make = () => JournalUnderTest | Promise<JournalUnderTest>;

export const emptyHead: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

export function vaultNamed(name: string): VaultId {
  return vaultIdOf(sha256(utf8(name)).subarray(0, 16));
}

export function idNamed(name: string): ChunkId {
  return chunkIdOf(sha256(utf8(name)));
}

/** A chunk small enough for the database. */
export function dataNamed(name: string): ChunkData {
  const bytes = utf8(name);
  return { id: chunkIdOf(sha256(bytes)), bytes };
}

export interface EntryOptions {
  readonly type?: EntryType;
  readonly fork?: number;
  readonly sequence?: number;
  readonly timeMs?: number;
  readonly previousHash?: Uint8Array;
  readonly added?: readonly ChunkId[];
  readonly listed?: readonly ChunkId[];
  readonly body?: Uint8Array;
}

/** An entry that continues `head`, unless told otherwise. */
export function entryAfter(vault: VaultId, head: Head, options: EntryOptions = {}): NewEntry {
  const type = options.type ?? 'ordinary';
  const aad = encodeHeaderAad({
    minimumReader: 1,
    type,
    vault,
    fork: options.fork ?? head.fork,
    sequence: options.sequence ?? head.sequence + 1,
    timeMs: options.timeMs ?? 1_600_000_000_000 + head.sequence,
    previousHash: options.previousHash ?? head.hash,
    epoch: 1,
    salt: sha256(utf8(`salt ${head.sequence}`)),
    added: options.added ?? [],
    listed: options.listed ?? [],
  });
  const isSigned = type === 'drop' || type === 'baseline';
  return {
    header: encodeHeader(aad, isSigned ? new Uint8Array(64) : null),
    body: options.body ?? utf8(`body ${head.sequence + 1}`),
  };
}

export function headAfter(head: Head, entry: NewEntry, fork: number = head.fork): Head {
  return { fork, sequence: head.sequence + 1, hash: entryHash(entry.header, sha256(entry.body)) };
}

/** Appends one entry after the head and returns the new head. */
export async function appendOne(journal: Journal, vault: VaultId, options: EntryOptions = {}): Promise<Head> {
  const head = await journal.head(vault);
  const entries = [entryAfter(vault, head, options)];
  return headOf(await journal.append({ vault, expected: head, entries, data: [] }));
}

export function headOf(result: AppendResult): Head {
  assert.equal(result.kind, 'appended');
  assert.ok(result.kind === 'appended');
  return result.head;
}

/** Plain objects, with bytes as text whatever their class, for comparing. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex ${value.toHex()}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');

export const vault: VaultId = vaultNamed('one');
export const other: VaultId = vaultNamed('two');
export const id: ChunkId = idNamed('large');
export const chunks: readonly { readonly id: ChunkId; readonly sizeBytes: number }[] = [{ id, sizeBytes: 100_000 }];
