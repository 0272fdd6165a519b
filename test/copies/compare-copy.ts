// A copy against its data folder, object by object.
import assert from 'node:assert/strict';
import { parseVaultId } from '#base/ids.ts';
import { assertMarker } from '#copies/copy-marker-check.ts';
import { positionOf } from '#copies/copy-position.ts';
import { decodeCopyMarker } from '#format/copy-marker.ts';
import { chunkName, headerName, markerName } from '#format/copy-names.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { openFolderPlace } from '#store/places/folder-place.ts';
import type { Place } from '#store/places/place.ts';

/** Returns how many chunks were compared. */
export async function assertCopyIsComplete(dataFolder: string, copy: string | Place): Promise<number> {
  const journal = openJournalReader(dataFolder);
  const place = typeof copy === 'string' ? await openFolderPlace(copy) : copy;
  let chunks = 0;
  try {
    const instance = parseVaultId((await journal.meta('instance')) ?? '') ?? assert.fail();
    const marker = decodeCopyMarker((await place.get(markerName)) ?? assert.fail('no marker'));
    await assertMarker(place, { copy: marker.copy, instance });
    for (const vault of await journal.vaults()) {
      for (const { number, bytes } of await journal.publicHeaders(vault))
        assert.deepEqual(Buffer.from((await place.get(headerName(vault, number))) ?? []), Buffer.from(bytes));
      const position = await positionOf(place, journal, vault);
      const head = await journal.head(vault);
      assert.ok(position.kind === 'at');
      assert.equal(position.at.sequence, head.sequence);
      assert.deepEqual(Buffer.from(position.at.hash), Buffer.from(head.hash));
      for (const { id, state } of await journal.chunks(vault, null, 10_000)) {
        if (state !== 'live') continue;
        const bytes = (await place.get(chunkName(id))) ?? assert.fail(`chunk ${id} is missing`);
        assert.equal(Chunk.of(bytes).id, id);
        chunks += 1;
      }
    }
    return chunks;
  } finally {
    await journal.close();
  }
}
