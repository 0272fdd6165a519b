import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { present } from '#base/assert.ts';
import { fromHex, toHex } from '#base/bytes.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { chunkName, segmentsPrefix } from '#format/copy-names.ts';
import { decodeHeader, encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';
import { SalvageReader } from '#store/journal/salvage-reader.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { copyOf, segmentOf } from '../../test/copies/copy-of.ts';
import { DamagedFolder } from '../../test/copies/damaged-folder.ts';
import { type ChainSource, headAfter, isSameHead, noHead } from './chain-source.ts';
import { CopySource } from './copy-source.ts';
import { FolderSource } from './folder-source.ts';
import { MergedSource } from './merged-source.ts';
import type { SourceDamage } from './source.ts';

const folder = new DamagedFolder();
const objects = new MemoryObjects();
before(async () => {
  await folder.make();
  await copyOf(folder.path, new MemoryPlace(objects));
});
after(() => folder.remove());

interface Opened {
  readonly source: ChainSource;
  readonly damage: SourceDamage[];
}

function openFolder(path = folder.path): Opened {
  const damage: SourceDamage[] = [];
  const onDamage = (each: SourceDamage): void => void damage.push(each);
  const journal = SalvageReader.open(path, (name) =>
    onDamage({ title: 'folder', kind: 'journal', name, state: 'damaged' }),
  );
  return {
    source: new FolderSource({ title: 'folder', journal, chunks: new ChunkFiles(openFileDisk(path)), onDamage }),
    damage,
  };
}

function openCopy(of = objects): Opened {
  const damage: SourceDamage[] = [];
  return { source: new CopySource(new MemoryPlace(of), (each) => damage.push(each)), damage };
}

function merged(...opened: readonly Opened[]): Opened & { readonly source: MergedSource } {
  const source = new MergedSource(
    opened.map((each) => each.source),
    () => assert.fail('all answer'),
  );
  return { source, damage: opened.flatMap((each) => each.damage) };
}

/** The copy with something changed in it. */
function copyWith(change: (objects: MemoryObjects) => void): MemoryObjects {
  const changed = new MemoryObjects();
  for (const [name, bytes] of objects.objects) changed.objects.set(name, bytes);
  change(changed);
  return changed;
}

function segmentNames(of: MemoryObjects): readonly string[] {
  return [...of.objects.keys()].filter((name) => name.startsWith(segmentsPrefix(folder.files))).sort();
}

async function walk(source: ChainSource, vault: VaultId, to?: Head): Promise<readonly StoredEntry[]> {
  const end = to ?? present((await source.heads(vault))[0], 'head');
  const found: StoredEntry[] = [];
  for (let at = noHead; ; ) {
    const entries = await source.entries(vault, at, end);
    const last = entries.at(-1);
    if (last === undefined) return found;
    found.push(...entries);
    at = headAfter(last);
  }
}

async function expected(
  vault: VaultId,
): Promise<{ readonly entries: readonly StoredEntry[]; readonly chunks: readonly ChunkId[] }> {
  const journal = openJournalReader(folder.path);
  try {
    const chunks = await journal.chunks(vault, null, 1000);
    return { entries: await journal.entries(vault, 0, 1000), chunks: chunks.map(({ id }) => id) };
  } finally {
    await journal.close();
  }
}

const plain = (entries: readonly StoredEntry[]): unknown =>
  entries.map(({ fork, sequence, header, bodyHash, body }) => [
    fork,
    sequence,
    toHex(header),
    toHex(bodyHash),
    body === null ? null : toHex(body),
  ]);

const kinds: readonly (readonly [string, () => Opened])[] = [
  ['a data folder', () => openFolder()],
  ['a copy', () => openCopy()],
  ['both together', () => merged(openFolder(), openCopy())],
];

for (const [title, open] of kinds) {
  describe(`a source: ${title}`, () => {
    it('gives every header, entry and chunk of every vault, and tells no damage', async () => {
      const { source, damage } = open();
      const journal = openJournalReader(folder.path);
      assert.equal(await source.instance(), await journal.meta('instance'));
      assert.deepEqual([...(await source.vaults())].sort(), [...(await journal.vaults())].sort());
      for (const vault of await journal.vaults()) {
        const { entries, chunks } = await expected(vault);
        assert.deepEqual(plain(entries.length === 0 ? [] : await walk(source, vault)), plain(entries));
        assert.deepEqual(await source.publicHeaders(vault), await journal.publicHeaders(vault));
        for (const id of chunks) assert.equal(toHex(sha256(present(await source.chunk(id), 'chunk'))), id);
      }
      assert.deepEqual(damage, []);
      await journal.close();
      await source.close();
    });

    it('says null for a chunk that nobody has, and tells it', async () => {
      const { source } = open();
      assert.equal(await source.chunk('0'.repeat(64) as ChunkId), null);
      await source.close();
    });
  });
}

it('a copy: an entry whose body is damaged keeps its place, and its body is null', async () => {
  const [name = ''] = segmentNames(objects);
  const broken = openCopy(
    copyWith((copy) =>
      copy.damage(name, (bytes) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))),
    ),
  );
  const { entries } = await expected(folder.files);
  const found = await walk(broken.source, folder.files);
  assert.equal(found.length, entries.length);
  assert.deepEqual(
    found.filter(({ body }) => body === null).map(({ sequence }) => sequence),
    [3],
  );
  assert.ok(broken.damage.some(({ kind, state }) => kind === 'segment' && state === 'damaged'));
  const both = merged(broken, openFolder());
  assert.deepEqual(plain(await walk(both.source, folder.files)), plain(entries));
});

it('a copy: behind a segment that is gone entries go on, and another source fills the gap', async () => {
  const [, second = ''] = segmentNames(objects);
  const holed = openCopy(copyWith((copy) => copy.objects.delete(second)));
  const head = present((await holed.source.heads(folder.files))[0], 'head');
  assert.deepEqual(
    (await walk(holed.source, folder.files)).map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  const { entries } = await expected(folder.files);
  const behind = present(await holed.source.behindGap(folder.files, 3, head), 'place behind the gap');
  assert.equal(behind.sequence, 6);
  assert.deepEqual(
    plain(await holed.source.entries(folder.files, behind, head)),
    plain(entries.filter(({ sequence }) => sequence > 6)),
  );
  const both = merged(holed, openFolder());
  assert.deepEqual(plain(await walk(both.source, folder.files)), plain(entries));
  assert.deepEqual(
    both.source.origins.map((each) => each.entries > 0),
    [true, true],
  );
});

it('a data folder: rows that the disk took are a gap, others still come', async () => {
  const putBack = folder.withDatabase((database) => {
    const vault = present(database.prepare('SELECT no FROM vault WHERE id = ?').get(fromHex(folder.files)), 'row')[
      'no'
    ];
    const rows = database.prepare('SELECT * FROM entry WHERE vault = ? AND sequence = 3').all(present(vault, 'no'));
    database.prepare('DELETE FROM entry WHERE vault = ? AND sequence = 3').run(present(vault, 'no'));
    return () =>
      folder.withDatabase((again) => {
        const [row = {}] = rows;
        const columns = Object.keys(row);
        again
          .prepare(`INSERT INTO entry(${columns.join(',')}) VALUES(${columns.map(() => '?').join(',')})`)
          .run(...columns.map((column) => present(row[column], column)));
      });
  });
  try {
    const { source } = openFolder();
    const head = present((await source.heads(folder.files))[0], 'head');
    assert.deepEqual(
      (await walk(source, folder.files)).map(({ sequence }) => sequence),
      [1, 2],
    );
    assert.equal((await source.behindGap(folder.files, 2, head))?.sequence, 3);
    await source.close();
    const { entries } = await expectedOf(openCopy());
    assert.deepEqual(plain(await walk(merged(openFolder(), openCopy()).source, folder.files)), plain(entries));
  } finally {
    putBack();
  }
});

async function expectedOf({ source }: Opened): Promise<{ readonly entries: readonly StoredEntry[] }> {
  return { entries: await walk(source, folder.files) };
}

it('a chunk that is damaged in one source comes from the other; damaged in both it is null', async () => {
  const id = present((await expected(folder.files)).chunks[0], 'chunk');
  const broken = copyWith((copy) => copy.damage(chunkName(id), (bytes) => bytes.fill(0)));
  const one = openCopy(broken);
  const both = merged(one, openCopy());
  assert.equal(toHex(sha256(present(await both.source.chunk(id), 'chunk'))), id);
  assert.deepEqual(one.damage, [{ title: 'memory', kind: 'chunk', name: id, state: 'damaged' }]);
  assert.deepEqual(
    both.source.origins.map(({ chunks }) => chunks),
    [0, 1],
  );
  assert.equal(await merged(openCopy(broken), openCopy(broken)).source.chunk(id), null);
});

it('a data folder whose journal is gone still gives its chunk files', async () => {
  const other = new DamagedFolder();
  await other.make();
  const journal = openJournalReader(other.path);
  const rows = await journal.chunks(other.files, null, 1000);
  await journal.close();
  for (const ending of ['', '-wal', '-shm']) rmSync(join(other.path, `journal.db${ending}`), { force: true });
  const gone = openFolder(other.path);
  const file = present(
    rows.find(({ place }) => place === 'file'),
    'chunk file',
  );
  assert.equal(toHex(sha256(present(await gone.source.chunk(file.id), 'chunk'))), file.id);
  assert.deepEqual(await gone.source.vaults(), []);
  writeFileSync(
    join(other.path, 'journal.db'),
    'not a database, but more than a hundred bytes of something else'.repeat(40),
  );
  const scrap = openFolder(other.path);
  assert.deepEqual(await scrap.source.vaults(), []);
  assert.deepEqual(scrap.damage, [{ title: 'folder', kind: 'journal', name: 'journal.db', state: 'damaged' }]);
  other.remove();
});

describe('branches', () => {
  const vault = '11'.repeat(16) as VaultId;
  function follow(after: Head, fork: number, mark: number): StoredEntry {
    const body = new Uint8Array(20).fill(mark);
    const header = encodeHeader(
      encodeHeaderAad({
        minimumReader: 1,
        type: 'ordinary',
        vault,
        fork,
        sequence: after.sequence + 1,
        timeMs: mark,
        previousHash: after.hash,
        epoch: 1,
        salt: new Uint8Array(32).fill(mark),
        added: [],
        listed: [],
      }),
      null,
    );
    return { fork, sequence: after.sequence + 1, header, bodyHash: sha256(body), body };
  }
  function chain(after: Head, fork: number, mark: number, length: number): readonly StoredEntry[] {
    const entries: StoredEntry[] = [];
    for (let at = after; entries.length < length; ) {
      const entry = follow(at, fork, mark);
      entries.push(entry);
      at = headAfter(entry);
    }
    return entries;
  }
  function copyHolding(...segments: readonly (readonly StoredEntry[])[]): Opened {
    const holds = new MemoryObjects();
    for (const entries of segments) {
      const { name, bytes } = segmentOf(vault, entries);
      holds.objects.set(name, bytes);
    }
    return openCopy(holds);
  }
  const trunk = chain(noHead, 1, 1, 6);
  const fourth = headAfter(present(trunk[3], 'entry'));
  const kept = chain(fourth, 2, 2, 5);
  const head = (entries: readonly StoredEntry[]): Head => headAfter(present(entries.at(-1), 'entry'));

  it('the highest fork number counts, and each branch is walked to its own end', async () => {
    const { source } = copyHolding(trunk.slice(0, 3), trunk.slice(3), kept);
    const heads = await source.heads(vault);
    assert.ok(isSameHead(present(heads[0], 'head'), head(kept)));
    assert.ok(isSameHead(present(heads[1], 'head'), head(trunk)));
    assert.deepEqual(plain(await walk(source, vault)), plain([...trunk.slice(0, 4), ...kept]));
    assert.deepEqual(plain(await walk(source, vault, head(trunk))), plain(trunk));
  });

  it('a fork that only goes on is one head', async () => {
    const { source } = copyHolding(trunk.slice(0, 4), kept.slice(0, 2), kept.slice(2));
    assert.equal((await source.heads(vault)).length, 1);
  });

  it('two sources that parted under one fork number are told apart by their hashes', async () => {
    const other = chain(fourth, 1, 9, 8);
    const both = merged(copyHolding(trunk), copyHolding(trunk.slice(0, 4), other));
    const heads = await both.source.heads(vault);
    assert.ok(isSameHead(present(heads[0], 'head'), head(other)));
    assert.deepEqual(plain(await walk(both.source, vault)), plain([...trunk.slice(0, 4), ...other]));
    assert.deepEqual(plain(await walk(both.source, vault, head(trunk))), plain(trunk));
  });

  it('a damaged header in the first source does not hide the good one of the second', async () => {
    const bad = present(trunk[2], 'entry');
    const flipped = { ...bad, header: bad.header.map((byte, at) => (at === 80 ? byte ^ 1 : byte)) };
    assert.doesNotThrow(() => decodeHeader(flipped.header));
    const both = merged(copyHolding([...trunk.slice(0, 2), flipped, ...trunk.slice(3)]), copyHolding(trunk));
    assert.deepEqual(plain(await walk(both.source, vault, head(trunk))), plain(trunk));
  });
});
