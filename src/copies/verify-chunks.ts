import type { ChunkId, VaultId } from '#base/ids.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { type StoredBytes, storedBytes } from '#store/chunks/stored-bytes.ts';
import { type ChunkRow, type JournalReader, unknownSizeBytes } from '#store/journal/journal.ts';
import { undefinedIfUnreadable } from './verify-chain.ts';
import type { Damage, Sink, VaultReport } from './verify-report.ts';

const rowsPerRead = 500;
/** Of at most 4 MiB each. */
const readsAtOnce = 4;

export type StoredChunks = Pick<ChunkStore, 'get' | 'sizeBytes' | 'list'>;

type Row = ChunkRow & { readonly id: ChunkId };

export interface ChunkParts {
  readonly journal: JournalReader;
  readonly chunks: StoredChunks;
  readonly vault: VaultId;
  readonly sink: Sink;
  readonly report: VaultReport;
  /** What drop entries have listed. */
  readonly dropped: ReadonlySet<ChunkId>;
  /** With a key: whether the bytes open and are what the entries say; chunks that no entry refers to pass. */
  readonly opens: (id: ChunkId, stored: Uint8Array) => boolean;
  /** Chunks whose content cannot be read. */
  readonly hit: (id: ChunkId) => void;
}

/** Reads every stored chunk of a vault and compares it with its name. */
export async function verifyChunks(parts: ChunkParts): Promise<void> {
  const { journal, vault, sink, report } = parts;
  let after: ChunkId | null = null;
  for (;;) {
    let rows: readonly Row[];
    try {
      rows = await journal.chunks(vault, after, rowsPerRead);
    } catch (error) {
      undefinedIfUnreadable(error);
      sink.damage({
        kind: 'journal',
        vault,
        says: `The rows of chunks after ${after ?? 'the first'} cannot be read; what they name was not looked at.`,
      });
      return;
    }
    for (let at = 0; at < rows.length; at += readsAtOnce) {
      await Promise.all(rows.slice(at, at + readsAtOnce).map((row) => verifyChunk(parts, row)));
      sink.progress(report);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function verifyChunk(parts: ChunkParts, row: Row): Promise<void> {
  const { report, sink, vault } = parts;
  const damage = (kind: Damage['kind'], says: string): void =>
    sink.damage({ kind, vault, chunk: row.id, says: `Chunk ${row.id} ${says}.` });
  switch (row.state) {
    case 'leased':
      report.leased += 1;
      return;
    case 'dropped':
    case 'condemned':
    case 'erased':
      if (!parts.dropped.has(row.id)) damage('chunk-row', `is ${row.state}, and no drop entry lists it`);
      // Dropped bytes stay until the reaper plans: they can still be brought back.
      if (row.state !== 'dropped') return;
      break;
    case 'live':
      break;
  }
  report.chunks += 1;
  const stored = await bytesNow(parts, row);
  if (stored === 'gone') return;
  const problem = stored.kind === 'whole' ? problemOf(parts, row, stored.bytes) : undefined;
  if (stored.kind === 'whole') report.chunkBytes += stored.bytes.length;
  if (stored.kind === 'whole' && problem === undefined) return;
  parts.hit(row.id);
  if (stored.kind === 'missing') damage('chunk-missing', 'is missing');
  else if (stored.kind === 'damaged')
    damage('chunk-damaged', 'is damaged: its bytes are not those that its name tells');
  else if (problem !== undefined) damage(problem.kind, problem.says);
}

function problemOf(
  parts: ChunkParts,
  row: Row,
  bytes: Uint8Array,
): { readonly kind: Damage['kind']; readonly says: string } | undefined {
  if (bytes.length !== row.sizeBytes && row.sizeBytes !== unknownSizeBytes)
    return { kind: 'chunk-row', says: `is whole, but its row says ${row.sizeBytes} bytes instead of ${bytes.length}` };
  return parts.opens(row.id, bytes)
    ? undefined
    : { kind: 'seal', says: 'is whole, but does not open as the entries say' };
}

/** `gone` when the reaper has erased it since its row was read. */
async function bytesNow({ journal, chunks }: ChunkParts, row: Row): Promise<StoredBytes | 'gone'> {
  const stored = await storedBytes(journal, chunks, row.id);
  if (stored.kind === 'whole') return stored;
  const now = await journal.chunk(row.id);
  return now?.state === 'condemned' || now?.state === 'erased' ? 'gone' : stored;
}

export interface Leftovers {
  readonly count: number;
  readonly bytes: number;
}

/** Files in `chunks/` that no row names. A row comes before its file, so an upload that is under way is not among them. */
export async function findLeftovers(journal: JournalReader, chunks: StoredChunks, sink: Sink): Promise<Leftovers> {
  let count = 0;
  let bytes = 0;
  for await (const id of chunks.list()) {
    sink.progress(undefined);
    // A row that cannot be read has been reported with its entry.
    if ((await journal.chunk(id).catch(undefinedIfUnreadable)) !== null) continue;
    const sizeBytes = (await chunks.sizeBytes(id)) ?? 0;
    count += 1;
    bytes += sizeBytes;
    sink.leftover(id, sizeBytes);
  }
  return { count, bytes };
}
