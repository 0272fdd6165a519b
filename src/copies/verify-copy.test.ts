import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { parseChunkId, type VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { chunkName, segmentName } from '#format/copy-names.ts';
import { encodeSegment } from '#format/segment.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import type { Journal } from '#store/journal/journal.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { makeWorld, nobody } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { copySource, GoodBytes, type GoodSource, primarySource } from './good-bytes.ts';
import { beginningOf, type CopyCursor, type CopyDamage, CopyVerify } from './verify-copy.ts';

const meta = { mtimeMs: undefined, type: undefined };

interface Stand {
  readonly journal: Journal;
  readonly vault: VaultId;
  readonly chunks: ChunkFiles;
  readonly primaryDisk: MemoryDisk;
  readonly objects: MemoryObjects;
  /** As it was written: what repair must come to again. */
  readonly whole: ReadonlyMap<string, Uint8Array>;
  /** With other copies to repair from. */
  verify(repair: boolean, ...others: readonly GoodSource[]): Promise<readonly CopyDamage[]>;
}

/** A copy with segments of three entries, made from the same bytes by the format alone. */
async function stand(seed: string): Promise<Stand> {
  const primaryDisk = new MemoryDisk();
  const chunks = new ChunkFiles(primaryDisk.start());
  const world = makeWorld(seed);
  const files = await world.open({ chunks });
  for (let n = 0; n < 9; n += 1) {
    const bytes = new Seeded(`${seed} ${n}`).bytes(n % 3 === 0 ? 100_000 : 300);
    assert.equal((await files.put(nobody, [`${n}`], bytes, [], meta)).kind, 'done');
  }
  const { journal } = world;
  const vault = files.id;
  const objects = new MemoryObjects();
  for (let after = 0; after < 9; after += 3) {
    const entries = await journal.entries(vault, after, 3);
    const last = present(entries.at(-1), 'entry');
    const hash = entryHash(last.header, last.bodyHash);
    const name = segmentName({ vault, first: after + 1, last: last.sequence, fork: last.fork, hash });
    objects.objects.set(name, encodeSegment({ vault, entries }));
  }
  for (const { id } of await journal.chunks(vault, null, 100)) {
    const stored = await storedBytes(journal, chunks, id);
    assert.ok(stored.kind === 'whole');
    objects.objects.set(chunkName(id), stored.bytes);
  }
  const place = new MemoryPlace(objects);
  const verify: Stand['verify'] = async (repair, ...others) => {
    const found: CopyDamage[] = [];
    const onDamage = (damage: CopyDamage): void => {
      found.push(damage);
    };
    const good = new GoodBytes([primarySource(journal, chunks), ...others]);
    await new CopyVerify({ place, journal, good, repair, onDamage, pace: async () => undefined }).run();
    return found;
  };
  return { journal, vault, chunks, primaryDisk, objects, whole: new Map(objects.objects), verify };
}

const namesOf = ({ objects }: Stand, part: string): readonly string[] =>
  [...objects.objects.keys()].filter((name) => name.includes(part)).sort();

function isWhole({ objects, whole }: Stand): void {
  assert.deepEqual([...objects.objects.keys()].sort(), [...whole.keys()].sort());
  for (const [name, bytes] of whole)
    assert.equal(Buffer.compare(objects.objects.get(name) ?? new Uint8Array(0), bytes), 0);
}

it('finds nothing in a copy that is whole, and changes nothing', async () => {
  const copy = await stand('whole');
  assert.deepEqual(await copy.verify(true), []);
  isWhole(copy);
});

it('finds every object that is flipped, cut, emptied, swapped or missing, and puts exactly its bytes back', async () => {
  const copy = await stand('damage');
  const names = [...copy.whole.keys()];
  const lastSegment = namesOf(copy, 'segments').at(-1);
  for (const [index, name] of names.entries()) {
    const other = present(copy.whole.get(present(names[(index + 1) % names.length], 'name')), 'other');
    const changes: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array | undefined])[] = [
      ['damaged', (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 8)],
      ['damaged', (bytes) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1)],
      ['damaged', (bytes) => bytes.subarray(0, bytes.length - 1)],
      ['damaged', () => new Uint8Array(0)],
      ['damaged', () => other],
      ['missing', () => undefined],
    ];
    // The end of a chain that is not there is what the copier still has to bring.
    const isEnd = name === lastSegment;
    for (const [state, change] of changes.filter((each) => !isEnd || each[0] === 'damaged')) {
      const bad = change(present(copy.whole.get(name), 'object').slice());
      if (bad === undefined) copy.objects.objects.delete(name);
      else copy.objects.objects.set(name, bad);
      assert.deepEqual(
        (await copy.verify(false)).map((each) => [each.object, each.state, each.outcome]),
        [[name, state, 'found']],
      );
      assert.deepEqual(
        (await copy.verify(true)).map((each) => [each.object, each.outcome]),
        [[name, 'repaired']],
      );
      isWhole(copy);
    }
  }
});

it('names what the primary does not have either as gone, and writes nothing for it', async () => {
  const copy = await stand('gone');
  const [chunk = ''] = namesOf(copy, 'chunks/').filter((name) => (copy.whole.get(name)?.length ?? 0) > 65_536);
  const id = present(parseChunkId(chunk.slice(-64)), 'id');
  copy.objects.damage(chunk, (bytes) => bytes.with(7, (bytes[7] ?? 0) ^ 1));
  const bad = present(copy.objects.objects.get(chunk), 'object');
  await copy.primaryDisk.start().writeInPlace(chunk, present(copy.whole.get(chunk), 'object').with(9, 0));
  assert.equal((await storedBytes(copy.journal, copy.chunks, id)).kind, 'damaged');
  assert.deepEqual(
    (await copy.verify(true)).map((each) => [each.chunk, each.outcome]),
    [[id, 'gone']],
  );
  assert.equal(copy.objects.objects.get(chunk), bad);
  // The primary is repaired from elsewhere, then the copy from the primary.
  await copy.chunks.put(Chunk.of(present(copy.whole.get(chunk), 'object')));
  assert.deepEqual(
    (await copy.verify(true)).map((each) => each.outcome),
    ['repaired'],
  );
  isWhole(copy);
});

it('repairs what the primary has lost from another copy: chunks, segments, public headers, and a gap between segments', async () => {
  const copy = await stand('another');
  const twin = new MemoryObjects();
  for (const [name, bytes] of copy.whole) twin.objects.set(name, bytes);
  const other = copySource(new MemoryPlace(twin));
  const [chunk = ''] = namesOf(copy, 'chunks/').filter((name) => (copy.whole.get(name)?.length ?? 0) > 65_536);
  await copy.primaryDisk.start().writeInPlace(chunk, present(copy.whole.get(chunk), 'object').with(9, 0));
  copy.objects.damage(chunk, (bytes) => bytes.with(7, (bytes[7] ?? 0) ^ 1));
  assert.deepEqual(
    (await copy.verify(true)).map((each) => each.outcome),
    ['gone'],
  );
  assert.deepEqual(
    (await copy.verify(true, other)).map((each) => [each.outcome, each.from]),
    [['repaired', other.title]],
  );
  isWhole(copy);
  // Entries that the journal does not give any more, because one of them is damaged there.
  const [first = '', second = ''] = namesOf(copy, 'segments');
  const noJournal = { ...primarySource(copy.journal, copy.chunks), entries: nothingAtAll };
  copy.objects.damage(first, (bytes) => bytes.with(0, 200));
  copy.objects.objects.delete(second);
  const found: CopyDamage[] = [];
  const onDamage = (damage: CopyDamage): void => {
    found.push(damage);
  };
  const journal = { ...copy.journal, entries: async () => [] };
  for (const name of ['vaults', 'head', 'publicHeaders', 'chunk'] as const)
    Object.assign(journal, { [name]: copy.journal[name].bind(copy.journal) });
  const good = new GoodBytes([noJournal, other]);
  const place = new MemoryPlace(copy.objects);
  await new CopyVerify({ place, journal, good, repair: true, onDamage, pace: async () => undefined }).run();
  assert.deepEqual(
    found.map((each) => [each.state, each.outcome, each.from]),
    [
      ['damaged', 'repaired', other.title],
      ['missing', 'repaired', other.title],
    ],
  );
  isWhole(copy);
});

/** A journal whose entries cannot be read. */
async function* nothingAtAll(): AsyncGenerator<never> {
  yield* [];
}

it('stops anywhere, and goes on there: each object is read once', async () => {
  const copy = await stand('steps');
  const read: string[] = [];
  const inner = new MemoryPlace(copy.objects);
  const place = {
    title: inner.title,
    list: inner.list.bind(inner),
    put: inner.put.bind(inner),
    get: async (name: string) => {
      read.push(name);
      return inner.get(name);
    },
  };
  const good = new GoodBytes([]);
  const parts = { place, journal: copy.journal, good, repair: false, onDamage: () => assert.fail('no damage') };
  let cursor: CopyCursor | undefined = beginningOf(copy.vault);
  let steps = 0;
  for (; cursor !== undefined; steps += 1) {
    const verify: CopyVerify = new CopyVerify({ ...parts, pace: async () => undefined });
    cursor = await verify.walk(JSON.parse(JSON.stringify(cursor)) as CopyCursor, () => verify.counts.objects < 2);
  }
  assert.ok(steps > 5);
  const chunks = read.filter((name) => name.startsWith('chunks/'));
  assert.equal(new Set(chunks).size, chunks.length);
  assert.deepEqual([...new Set(read)].sort(), [...copy.whole.keys()].sort());
});
