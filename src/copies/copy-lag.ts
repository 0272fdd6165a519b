import type { VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';

export interface CopyLag {
  readonly entries: number;
  readonly bytes: number;
  /** False: there was more than is counted in passing, so it is at least that many bytes. */
  readonly isExact: boolean;
}

/** Counting must not become work of its own. */
const maxCountedEntries = 20_000;
const entriesPerRead = 32;

/** What a copy that stands at `at` still has to get. */
export async function lagBehind(journal: JournalReader, vault: VaultId, at: Head): Promise<CopyLag> {
  const { sequence } = await journal.head(vault);
  const entries = Math.max(0, sequence - at.sequence);
  let bytes = 0;
  const counted = Math.min(entries, maxCountedEntries);
  for (let done = 0; done < counted; ) {
    const read = await journal.entries(vault, at.sequence + done, Math.min(entriesPerRead, counted - done));
    for (const { header, body } of read) {
      bytes += header.length + (body?.length ?? 0);
      for (const id of decodeHeader(header).header.added) bytes += (await journal.chunk(id))?.sizeBytes ?? 0;
    }
    done += read.length;
    if (read.length === 0) break;
  }
  return { entries, bytes, isExact: counted === entries };
}
