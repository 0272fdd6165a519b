import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import type { NodeId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { type MediaFacts, noFacts } from '#format/media-facts.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import type { FilesVault } from './files-vault.ts';
import { dateInName } from './name-date.ts';
import { albumMark, favouriteMark, favouriteName } from './photo-marks.ts';
import { readersAgree } from './readers-agree.ts';
import { readPlainly } from './second-reader.ts';

const dayMs = 24 * 60 * 60_000;
const signSeed: Uint8Array = new Uint8Array(32).fill(9);
const pass = { photo: 1, video: 2 };

function bytesOf(text: string, sizeBytes = 200): Uint8Array {
  return new Uint8Array(Buffer.from(text.repeat(sizeBytes)).subarray(0, sizeBytes));
}

async function put(vault: FilesVault, path: string, text: string, mtimeMs?: number): Promise<NodeId> {
  const result = await vault.put(nobody, path.split('/'), bytesOf(text), [], { mtimeMs, type: undefined });
  assert.ok(result.kind === 'done');
  return result.node.id;
}

async function read(vault: FilesVault, text: string, facts: Partial<MediaFacts> = {}): Promise<void> {
  const kept = await vault.media.addMedia(undefined, [
    {
      sha256: sha256(bytesOf(text)),
      facts: { ...noFacts, pass: 1, kind: 'photo', ...facts },
      small: bytesOf(`small ${text}`),
      large: bytesOf(`large ${text}`, 100_000),
    },
  ]);
  assert.equal(kept, 'kept');
}

async function agree(world: World, vault: FilesVault): Promise<void> {
  const plain = await readPlainly(world.journal, world.parts.keys);
  assert.ok(await vault.atRest((view) => readersAgree(view, plain.tree)), 'both readers see the same');
}

class DayClock implements Clock {
  ms: number = Date.UTC(2026, 0, 1);
  nowMs(): number {
    return this.ms;
  }
}

it('works: Photos: the timeline is by the date in the photo, then by the one in its name, then by the time of the file', async () => {
  const world = makeWorld('timeline');
  const vault = await world.open();
  await vault.makeFolder(nobody, ['trip']);
  const inside = await put(vault, 'trip/a.jpg', 'a', Date.UTC(2026, 0, 1));
  const named = await put(vault, 'IMG_20200302_101112.jpg', 'b', Date.UTC(2026, 0, 1));
  const plain = await put(vault, 'c.mov', 'c', Date.UTC(2021, 6, 7));
  await put(vault, 'notes.txt', 'no photo');
  await put(vault, 'drawing.svg', 'no photo either');
  await read(vault, 'a', { takenMs: Date.UTC(2019, 4, 5), width: 40, height: 30 });
  const months = await vault.media.timelineMonths({ kind: 'all' });
  assert.deepEqual(months.months, [
    { month: '2021-07', count: 1 },
    { month: '2020-03', count: 1 },
    { month: '2019-05', count: 1 },
  ]);
  const page = await vault.media.timelinePage({ kind: 'all' }, 0, 10);
  assert.deepEqual(page.nodes, [plain, named, inside]);
  assert.deepEqual(page.havePictures, [false, false, true]);
  assert.deepEqual(page.areVideos, [true, false, false]);
  assert.equal(
    Buffer.from((await vault.media.picture(inside, 'small')) ?? [])
      .toString()
      .slice(0, 7),
    'small a',
  );
  assert.equal((await vault.media.photo(named))?.takenFrom, 'name');
  await vault.trash(nobody, ['trip']);
  assert.equal((await vault.media.timelineMonths({ kind: 'all' })).count, 2, 'what is in the trash is not shown');
});

it('what was read belongs to the content: a copy has it, and what is there already is recognised', async () => {
  const world = makeWorld('content');
  const vault = await world.open();
  const first = await put(vault, 'a.jpg', 'a');
  assert.deepEqual(
    (await vault.media.unreadMedia(pass, [], 10)).map((each) => each.name),
    ['a.jpg'],
  );
  await read(vault, 'a', { width: 40 });
  assert.deepEqual(await vault.media.unreadMedia(pass, [], 10), []);
  await vault.copy(nobody, { from: ['a.jpg'], to: ['b.jpg'], overwrite: false });
  assert.deepEqual(await vault.media.unreadMedia(pass, [], 10), []);
  const { widths } = await vault.media.timelinePage({ kind: 'all' }, 0, 10);
  assert.deepEqual(widths, [40, 40]);
  await vault.trash(nobody, ['a.jpg']);
  const known = await vault.media.knownContents([sha256(bytesOf('a')), sha256(bytesOf('never stored'))]);
  assert.deepEqual(known, [['b.jpg'], undefined]);
  assert.equal(await vault.media.photo(first), undefined);
  await put(vault, 'film.mp4', 'film');
  await read(vault, 'film', { kind: 'video' });
  assert.equal((await vault.media.unreadMedia(pass, [], 10)).length, 1, 'a lesser pass is repeated');
  assert.equal((await vault.media.unreadMedia(pass, [toHex(sha256(bytesOf('film')))], 10)).length, 0);
  await agree(world, vault);
});

it('favourites and albums are marks of files: they go with them, and an album that ends leaves its photos', async () => {
  const vault = await makeWorld('marks').open();
  const a = await put(vault, 'a.jpg', 'a');
  const b = await put(vault, 'b.jpg', 'b');
  await vault.media.markNodes(nobody, [a], { set: [favouriteMark], remove: [] });
  assert.deepEqual((await vault.media.timelinePage({ kind: 'favourites' }, 0, 9)).nodes, [a]);
  await vault.media.markNodes(nobody, [a], { set: [], remove: [favouriteName] });
  assert.equal((await vault.media.timelineMonths({ kind: 'favourites' })).count, 0);
  const album = await vault.media.nameAlbum(nobody, undefined, 'Été <2026> & "plus"');
  assert.ok(album !== undefined);
  await vault.media.markNodes(nobody, [a, b], { set: [albumMark(album.id)], remove: [] });
  assert.deepEqual(await vault.media.albums(), [{ ...album, name: 'Été <2026> & "plus"', count: 2, cover: undefined }]);
  await vault.move(nobody, { from: ['a.jpg'], to: ['c.jpg'], overwrite: false });
  assert.equal((await vault.media.timelineMonths({ kind: 'album', album: album.id })).count, 2);
  assert.equal((await vault.media.endAlbum(nobody, album.id)).kind, 'done');
  assert.deepEqual(await vault.media.albums(), []);
  assert.deepEqual((await vault.media.photo(a))?.albums, []);
  assert.equal((await vault.media.timelineMonths({ kind: 'all' })).count, 2);
});

it('pictures are swept with the last version that has their content, and keep nothing themselves', async () => {
  const clock = new DayClock();
  const world = makeWorld('swept');
  const vault = await world.open({ clock });
  for (const name of ['kept', 'gone']) {
    await put(vault, `${name}.jpg`, name);
    await read(vault, name);
  }
  const gone = await vault.stat(['gone.jpg']);
  assert.ok(gone !== undefined);
  await vault.trash(nobody, ['gone.jpg']);
  await vault.end(nobody, [gone.id]);
  const keptBefore = (await vault.usage()).keptBytes;
  clock.ms += 200 * dayMs;
  const swept = await vault.sweep(undefined, signSeed);
  assert.ok(swept.kind === 'swept');
  assert.equal(swept.chunks, 3, 'the content and its two pictures');
  assert.equal(keptBefore - (await vault.usage()).keptBytes, 200 + 200 + 100_000);
  await agree(world, vault);
  const kept = await vault.stat(['kept.jpg']);
  assert.ok(kept !== undefined);
  assert.ok((await vault.media.picture(kept.id, 'large')) !== undefined);
  // The same content stored again is read again, because its pictures are gone.
  await put(vault, 'again.jpg', 'gone');
  assert.deepEqual(
    (await vault.media.unreadMedia(pass, [], 10)).map((each) => each.name),
    ['again.jpg'],
  );
  await read(vault, 'gone');
  assert.deepEqual(await vault.media.unreadMedia(pass, [], 10), []);
  await agree(world, vault);
});

it('a folder of an earlier format is not given operations that its program does not know', async () => {
  const world = makeWorld('older');
  world.memory.meta.set('format', '2');
  const vault = await world.open();
  await put(vault, 'a.jpg', 'a');
  const before = vault.head.sequence;
  const kept = await vault.media.addMedia(undefined, [
    { sha256: sha256(bytesOf('a')), facts: { ...noFacts, pass: 1 }, small: undefined, large: undefined },
  ]);
  assert.equal(kept, 'older-format');
  assert.equal(vault.head.sequence, before);
});

it('pictures beyond the quota are not kept', async () => {
  const vault = await makeWorld('quota').open({ quotaBytes: () => 1000 });
  await put(vault, 'a.jpg', 'a');
  const kept = await vault.media.addMedia(undefined, [
    { sha256: sha256(bytesOf('a')), facts: { ...noFacts, pass: 1 }, small: bytesOf('s', 900), large: undefined },
  ]);
  assert.equal(kept, 'over-quota');
});

it('what a rewind would change is counted and named before it is done', async () => {
  const vault = await makeWorld('preview').open();
  await put(vault, 'moved.txt', 'm');
  await put(vault, 'gone.txt', 'g');
  await put(vault, 'changed.txt', 'c');
  const { sequence } = vault.head;
  await vault.move(nobody, { from: ['moved.txt'], to: ['elsewhere.txt'], overwrite: false });
  await vault.trash(nobody, ['gone.txt']);
  await put(vault, 'changed.txt', 'other');
  await put(vault, 'new.txt', 'n');
  const preview = await vault.past.previewRewind(nobody, [], sequence);
  assert.deepEqual(preview.counts, { brought: 1, trashed: 1, moved: 1, changed: 1 });
  assert.deepEqual(preview.examples.map((each) => `${each.how} ${each.path.join('/')}`).sort(), [
    'brought gone.txt',
    'changed changed.txt',
    'moved moved.txt',
    'trashed new.txt',
  ]);
  await vault.rewind(nobody, [], sequence);
  assert.deepEqual((await vault.past.previewRewind(nobody, [], sequence)).counts, {
    brought: 0,
    trashed: 0,
    moved: 0,
    changed: 0,
  });
});

it('dates are found in the names that cameras and programs give', () => {
  const at = (...parts: [number, number, number, number, number, number]): number => Date.UTC(...parts);
  for (const [name, wanted] of [
    ['IMG_20240131_123456.jpg', at(2024, 0, 31, 12, 34, 56)],
    ['PXL_20240131_123456789.jpg', at(2024, 0, 31, 12, 34, 56)],
    ['2024-01-31 12.34.56.jpg', at(2024, 0, 31, 12, 34, 56)],
    ['Screenshot_2024-01-31-12-34-56.png', at(2024, 0, 31, 12, 34, 56)],
    ['VID-20240131-WA0001.mp4', at(2024, 0, 31, 12, 0, 0)],
    ['signal-2024-01-31.jpg', at(2024, 0, 31, 12, 0, 0)],
    ['DSC_0042.jpg', undefined],
    ['20240231_120000.jpg', undefined],
    ['123420240131.jpg', undefined],
    ['invoice 20249999.pdf', undefined],
  ] as const)
    assert.equal(dateInName(name), wanted, name);
});
