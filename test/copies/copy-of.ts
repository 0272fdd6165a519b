// A copy of a data folder as docs/format.md §13 describes it, made without the program that makes them.

import { present } from '#base/assert.ts';
import { concat, fromHex, toHex, u32 } from '#base/bytes.ts';
import type { VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { encodeCbor } from '#format/cbor.ts';
import { chunkName, headersPrefix, markerName, segmentsPrefix } from '#format/copy-names.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import type { JournalReader, StoredEntry } from '#store/journal/journal.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import type { Place } from '#store/places/place.ts';

const ten = (value: number): string => String(value).padStart(10, '0');

export function segmentOf(
  vault: VaultId,
  entries: readonly StoredEntry[],
): { readonly name: string; readonly bytes: Uint8Array } {
  const first = present(entries[0], 'first entry');
  const last = present(entries.at(-1), 'last entry');
  const hash = toHex(entryHash(last.header, last.bodyHash));
  const fork = String(last.fork).padStart(3, '0');
  const parts = entries.flatMap(({ header, bodyHash, body }) => {
    const sealed = present(body, 'body');
    return [u32(header.length), header, bodyHash, u32(sealed.length), sealed];
  });
  return {
    name: `${segmentsPrefix(vault)}${ten(last.sequence)}-${ten(first.sequence)}-${fork}-${hash}`,
    bytes: concat(new Uint8Array([1]), fromHex(vault), u32(entries.length), ...parts),
  };
}

/** @param entriesPerSegment few, so that small vaults have several. */
export async function copyOf(dataFolder: string, place: Place, entriesPerSegment = 3): Promise<void> {
  const journal = openJournalReader(dataFolder);
  const chunks = new ChunkFiles(openFileDisk(dataFolder));
  try {
    const instance = fromHex(present(await journal.meta('instance'), 'instance'));
    const marker = encodeCbor({ copy: new Uint8Array(16).fill(7), instance, created: 1 });
    await place.put(markerName, concat(new Uint8Array([1]), marker));
    for (const vault of await journal.vaults()) await copyVault(journal, chunks, vault, place, entriesPerSegment);
  } finally {
    await journal.close();
  }
}

async function copyVault(
  journal: JournalReader,
  chunks: ChunkFiles,
  vault: VaultId,
  place: Place,
  entriesPerSegment: number,
): Promise<void> {
  for (const { number, bytes } of await journal.publicHeaders(vault))
    await place.put(`${headersPrefix(vault)}${ten(number)}`, bytes);
  const rows = await journal.chunks(vault, null, 10_000);
  for (const { id, state } of rows.filter((each) => each.state === 'live' || each.state === 'dropped'))
    await place.put(chunkName(id), present((await journal.chunkData(id)) ?? (await chunks.get(id)), `${state} chunk`));
  for (let after = 0; ; ) {
    const entries = await journal.entries(vault, after, entriesPerSegment);
    if (entries.length === 0) return;
    const { name, bytes } = segmentOf(vault, entries);
    await place.put(name, bytes);
    after += entries.length;
  }
}
