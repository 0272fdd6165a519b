import { assert } from '#base/assert.ts';
import { equalBytes, toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import { decodeHeader, type EntryHeader } from '#format/entry.ts';
import {
  type AppendRequest,
  type Head,
  maxAppendBytes,
  maxBodyBytes,
  maxDataBytes,
  maxEntriesPerAppend,
  type NewEntry,
} from './journal.ts';

export interface CheckedEntry {
  readonly header: EntryHeader;
  readonly headerBytes: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly body: Uint8Array;
}

/** A request whose entries follow each other and `expected`. Whether `expected` is the head is asked in its turn. */
export interface CheckedAppend {
  readonly vault: VaultId;
  readonly expected: Head;
  readonly entries: readonly CheckedEntry[];
  readonly data: ReadonlyMap<ChunkId, Uint8Array>;
  readonly head: Head;
  readonly sizeBytes: number;
}

export const emptyHead: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

export function sameHead(a: Head, b: Head): boolean {
  return a.sequence === b.sequence && a.fork === b.fork && equalBytes(a.hash, b.hash);
}

/**
 * All that can be checked without knowing the journal, so that the turn in the group is short.
 * @throws Fault `damaged` or `newer-format`; AssertionError for a request that breaks a limit.
 */
export function checkAppend(request: AppendRequest): CheckedAppend {
  const count = request.entries.length;
  assert(count >= 1 && count <= maxEntriesPerAppend, `${count} entries in one append`);
  const entries: CheckedEntry[] = [];
  let head = request.expected;
  let sizeBytes = 0;
  for (const entry of request.entries) {
    const checked = checkEntry(entry, request.vault, head, entries.length === 0);
    entries.push(checked);
    const { fork, sequence } = checked.header;
    head = { fork, sequence, hash: entryHash(checked.headerBytes, checked.bodyHash) };
    sizeBytes += entry.header.length + entry.body.length;
  }
  const data = checkData(request, entries);
  for (const bytes of data.values()) sizeBytes += bytes.length;
  assert(sizeBytes <= maxAppendBytes, 'an append is too large');
  return { vault: request.vault, expected: request.expected, entries, data, head, sizeBytes };
}

function checkEntry(entry: NewEntry, vault: VaultId, head: Head, isFirst: boolean): CheckedEntry {
  assert(entry.body.length <= maxBodyBytes, 'the body of an entry is too large');
  const { header } = decodeHeader(entry.header);
  if (header.vault !== vault) throw refusal('it belongs to another vault');
  if (header.sequence !== head.sequence + 1) throw refusal('its sequence does not follow');
  if (!equalBytes(header.previousHash, head.hash)) throw refusal('its hash of the entry before is another one');
  // A deliberate fork starts with a request of its own: inside one the number stays.
  if (isFirst ? header.fork < head.fork : header.fork !== head.fork) throw refusal('its fork number does not follow');
  return { header, headerBytes: entry.header, bodyHash: sha256(entry.body), body: entry.body };
}

function checkData(request: AppendRequest, entries: readonly CheckedEntry[]): ReadonlyMap<ChunkId, Uint8Array> {
  const data = new Map<ChunkId, Uint8Array>();
  if (request.data.length === 0) return data;
  const added = new Set(entries.flatMap((entry) => entry.header.added));
  for (const { id, bytes } of request.data) {
    assert(bytes.length >= 1 && bytes.length <= maxDataBytes, 'a chunk for the database is empty or too large');
    assert(added.has(id), 'a chunk is given that no entry adds');
    assert(toHex(sha256(bytes)) === id, 'the bytes of a chunk do not hash to its id');
    data.set(id, bytes);
  }
  return data;
}

function refusal(why: string): Fault {
  return new Fault('damaged', `An entry does not continue its vault: ${why}. Nothing was written.`);
}
