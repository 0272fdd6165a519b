import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { unlockByHeader } from '#accounts/instance.ts';
import { present } from '#base/assert.ts';
import type { ChunkId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { ed25519Sign, sha256 } from '#crypto/primitives.ts';
import { chunkName } from '#format/copy-names.ts';
import { encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { findIdentity } from '#format/identity.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import type { ChunkRow } from '#store/journal/journal.ts';
import { RestoreJournal } from '#store/journal/restore-journal.ts';
import { openJournal } from '#store/journal/sqlite-journal.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { signedBytes } from '#vault/chain.ts';
import { copyOf } from '../../test/copies/copy-of.ts';
import { DamagedFolder } from '../../test/copies/damaged-folder.ts';
import { CopySource } from './copy-source.ts';
import { type RestoredVault, restoreVault } from './restore.ts';

const folder = new DamagedFolder();
const objects = new MemoryObjects();
const scratch = mkdtempSync(join(tmpdir(), 'coffre-restore-'));
let dropped: readonly ChunkId[] = [];
let live: readonly ChunkId[] = [];

before(async () => {
  await folder.make();
  dropped = await dropTwo();
  await copyOf(folder.path, new MemoryPlace(objects));
});
after(() => {
  folder.remove();
  rmSync(scratch, { recursive: true });
});

/** A signed drop entry of two chunks, as a sweep appends it. */
async function dropTwo(): Promise<readonly ChunkId[]> {
  const journal = await openJournal(folder.path, openFileDisk(folder.path), { create: false });
  try {
    const kit = new Secret(present(findIdentity(folder.kit), 'kit'));
    const { secrets } = await unlockByHeader(journal, folder.files, kit);
    const rows = await journal.chunks(folder.files, null, 100);
    const listed = rows.slice(0, 2).map(({ id }) => id);
    live = rows.slice(2).map(({ id }) => id);
    const head = await journal.head(folder.files);
    const aad = encodeHeaderAad({
      minimumReader: 1,
      type: 'drop',
      vault: folder.files,
      fork: head.fork,
      sequence: head.sequence + 1,
      timeMs: 1,
      previousHash: head.hash,
      epoch: secrets.epoch,
      salt: new Uint8Array(32),
      added: [],
      listed,
    });
    const body = new Uint8Array(40);
    const seed = present(secrets.signSeed, 'seed').expose();
    const header = encodeHeader(aad, ed25519Sign(seed, signedBytes(aad, sha256(body))));
    const done = await journal.append({ vault: folder.files, expected: head, entries: [{ header, body }], data: [] });
    assert.equal(done.kind, 'appended');
    return listed;
  } finally {
    await journal.close();
  }
}

function without(...gone: readonly ChunkId[]): MemoryObjects {
  const changed = new MemoryObjects();
  for (const [name, bytes] of objects.objects) {
    if (!gone.some((id) => chunkName(id) === name)) changed.objects.set(name, bytes);
  }
  return changed;
}

async function restored(
  name: string,
  from: MemoryObjects,
): Promise<{ readonly report: RestoredVault; readonly rows: ReadonlyMap<ChunkId, ChunkRow> }> {
  const path = join(scratch, name);
  const disk = openFileDisk(scratch);
  await disk.makeFolder(name);
  const own = openFileDisk(path);
  const journal = await RestoreJournal.open(path, own);
  const source = new CopySource(new MemoryPlace(from), () => undefined);
  const instance = present(await source.instance(), 'instance');
  journal.begin(instance);
  const report = await restoreVault(
    { source, journal, chunks: new ChunkFiles(own), progress: () => undefined },
    folder.files,
  );
  journal.close();
  const reader = openJournalReader(path);
  const rows = new Map((await reader.chunks(folder.files, null, 100)).map((row) => [row.id, row]));
  await reader.close();
  return { report, rows };
}

it('what was dropped comes back as dropped while its bytes are there, and as erased once they are gone', async () => {
  const [first, second] = [present(dropped[0], 'first'), present(dropped[1], 'second')];
  const { report, rows } = await restored('dropped', without(second));
  assert.equal(rows.get(first)?.state, 'dropped');
  assert.equal(rows.get(second)?.state, 'erased');
  for (const id of live) assert.equal(rows.get(id)?.state, 'live');
  assert.deepEqual([report.erased, report.lost], [1, []]);
});

it('a chunk that no copy has is listed, has no row, and comes with the next run that brings it', async () => {
  const id = present(live[0], 'chunk');
  const { report, rows } = await restored('lost', without(id));
  assert.deepEqual(report.lost, [id]);
  assert.equal(rows.has(id), false);
  const again = await restored('lost', objects);
  assert.deepEqual(again.report.lost, []);
  assert.equal(again.rows.get(id)?.state, 'live');
});

it('what was erased does not come back from an older copy that still has it', async () => {
  const second = present(dropped[1], 'second');
  await restored('erased', without(second));
  const again = await restored('erased', objects);
  assert.equal(again.rows.get(second)?.state, 'erased');
});

it('a folder that holds something else is left alone', async () => {
  const disk = openFileDisk(folder.path);
  const journal = await RestoreJournal.open(folder.path, disk);
  assert.throws(() => journal.begin('0'.repeat(32) as Parameters<RestoreJournal['begin']>[0]), { code: 'read-only' });
  journal.close();
});
