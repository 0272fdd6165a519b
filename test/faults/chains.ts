// Every chain of a data folder, followed from its first entry to its head without a key, and every chunk that an entry
// names hashed. Beside a running server or not.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '#base/bytes.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { checkLink } from '#vault/chain.ts';
import { hashOf } from './load.ts';

export interface Chains {
  readonly vaults: number;
  readonly entries: number;
  readonly chunks: number;
}

const entriesPerRead = 200;

export async function checkChains(dataFolder: string): Promise<Chains> {
  const journal = openJournalReader(dataFolder);
  try {
    const vaults = await journal.vaults();
    let entries = 0;
    const chunks = new Set<ChunkId>();
    for (const vault of vaults) {
      const { head, added } = await followChain(journal, vault);
      entries += head.sequence;
      for (const id of added) if (!chunks.has(id)) await checkChunk(journal, dataFolder, vault, id);
      for (const id of added) chunks.add(id);
    }
    return { vaults: vaults.length, entries, chunks: chunks.size };
  } finally {
    await journal.close();
  }
}

async function followChain(
  journal: JournalReader,
  vault: VaultId,
): Promise<{ readonly head: Head; readonly added: readonly ChunkId[] }> {
  // A server beside us may append meanwhile: what is followed ends where the vault ended at the beginning.
  const end = await journal.head(vault);
  const added: ChunkId[] = [];
  let head: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };
  while (head.sequence < end.sequence) {
    const limit = Math.min(entriesPerRead, end.sequence - head.sequence);
    const entries = await journal.entries(vault, head.sequence, limit);
    assert.equal(entries.length, limit, `entries after ${head.sequence} of vault ${vault}`);
    for (const stored of entries) {
      const linked = checkLink(vault, head, stored);
      added.push(...linked.header.added);
      head = linked.head;
    }
  }
  // Between the decision for a fork and its first entry the head has the higher number.
  assert.equal(textOf({ ...head, fork: Math.max(head.fork, end.fork) }), textOf(end), `the head of vault ${vault}`);
  return { head, added };
}

async function checkChunk(journal: JournalReader, dataFolder: string, vault: VaultId, id: ChunkId): Promise<void> {
  const row = await journal.chunk(id);
  assert.ok(row !== null && row.vault === vault && row.state === 'live', `chunk ${id}: ${JSON.stringify(row)}`);
  const path = join(dataFolder, 'chunks', id.slice(0, 2), id);
  const bytes = row.place === 'file' ? readFileSync(path) : await journal.chunkData(id);
  assert.ok(bytes !== null && bytes.length === row.sizeBytes && hashOf(bytes) === id, `the bytes of chunk ${id}`);
}

function textOf({ fork, sequence, hash }: Head): string {
  return `${fork}.${sequence} ${toHex(hash)}`;
}
