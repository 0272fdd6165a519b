import type { ChunkId } from '#base/ids.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { type Losses, primary } from './losses.ts';

export interface RepairParts {
  readonly journal: Pick<JournalReader, 'chunk' | 'chunkData'>;
  readonly chunks: Pick<ChunkStore, 'get' | 'put'>;
  readonly losses: Losses;
}

/** `other-bytes`: what was offered is not this chunk, and nothing was written. `not-kept`: no vault keeps this chunk. */
export type Repaired = 'repaired' | 'was-whole' | 'other-bytes' | 'not-kept';

/**
 * Puts a damaged or missing chunk of the primary back. The bytes must hash to the id: whoever offers them is not believed.
 * A crash at any point leaves the chunk as damaged as before, or whole. Never brings back what the reaper took.
 * @throws Fault `disk-full`, `io`, `sync-failed`.
 */
export async function repairChunk(
  parts: RepairParts,
  id: ChunkId,
  offered: Uint8Array,
  from: string,
): Promise<Repaired> {
  const row = await parts.journal.chunk(id);
  if (row === null || (row.state !== 'live' && row.state !== 'dropped')) return 'not-kept';
  const chunk = Chunk.of(offered);
  if (chunk.id !== id) return 'other-bytes';
  const before = await storedBytes(parts.journal, parts.chunks, id);
  if (before.kind === 'whole') return 'was-whole';
  // Also one that stands damaged in the database, which nobody changes: readers ask the file then (docs/format.md §9).
  await parts.chunks.put(chunk);
  const common = { chunk: id, vault: row.vault, sizeBytes: row.sizeBytes, where: primary };
  await parts.losses.note({ ...common, what: before.kind }, { ...common, what: 'repaired', from });
  return 'repaired';
}

/** Notes that nobody who was asked has the bytes of a chunk; undefined when it is whole or no vault keeps it. */
export async function noteGone(
  parts: Pick<RepairParts, 'journal' | 'losses'> & { readonly chunks: Pick<ChunkStore, 'get'> },
  id: ChunkId,
): Promise<boolean> {
  const row = await parts.journal.chunk(id);
  if (row === null || (row.state !== 'live' && row.state !== 'dropped')) return false;
  const now = await storedBytes(parts.journal, parts.chunks, id);
  if (now.kind === 'whole') return false;
  const common = { chunk: id, vault: row.vault, sizeBytes: row.sizeBytes, where: primary };
  await parts.losses.note({ ...common, what: now.kind }, { ...common, what: 'gone' });
  return true;
}
