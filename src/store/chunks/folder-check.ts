import type { ChunkId } from '#base/ids.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { ChunkStore } from './chunk-store.ts';

const wanted = 32;
const rowsPerPage = 500;
const maxPages = 64;
/** Fewer than this that are missing may be damage, which is repaired; more are another folder. */
const enough = 8;

/**
 * Whether the chunk folder is the one that belongs to the journal, told by a sample of what must be in it: a disk that is not
 * mounted is an empty folder, and the folder of another instance has none of ours. Undefined: it looks right.
 */
export async function chunkFolderProblem(
  journal: Pick<JournalReader, 'vaults' | 'chunks'>,
  chunks: Pick<ChunkStore, 'sizeBytes' | 'list'>,
): Promise<string | undefined> {
  const sample = await sampleOf(journal);
  let missing = 0;
  for (const id of sample) if ((await chunks.sizeBytes(id)) === null) missing += 1;
  if (missing === 0) return undefined;
  if (missing === sample.length && (await isEmpty(chunks))) return 'the folder `chunks` is empty';
  return missing >= enough && missing * 2 > sample.length
    ? `of ${sample.length} stored pieces that were looked for, ${missing} are not in the folder \`chunks\``
    : undefined;
}

/** The oldest chunk files of each vault, as many as are looked at. */
async function sampleOf(journal: Pick<JournalReader, 'vaults' | 'chunks'>): Promise<readonly ChunkId[]> {
  const sample: ChunkId[] = [];
  let pages = 0;
  for (const vault of await journal.vaults()) {
    let after: ChunkId | null = null;
    while (sample.length < wanted && pages < maxPages) {
      pages += 1;
      const rows: Awaited<ReturnType<JournalReader['chunks']>> = await journal.chunks(vault, after, rowsPerPage);
      for (const row of rows) if (row.state === 'live' && row.place === 'file') sample.push(row.id);
      after = rows.at(-1)?.id ?? null;
      if (rows.length < rowsPerPage) break;
    }
  }
  return sample.slice(0, wanted);
}

async function isEmpty(chunks: Pick<ChunkStore, 'list'>): Promise<boolean> {
  for await (const _ of chunks.list()) return false;
  return true;
}
