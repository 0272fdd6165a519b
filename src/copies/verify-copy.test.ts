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
import { type CopyDamage, CopyVerify } from './verify-copy.ts';

const meta = { mtimeMs: undefined, type: undefined };

interface Stand {
  readonly journal: Journal;
  readonly vault: VaultId;
  readonly chunks: ChunkFiles;
  readonly primaryDisk: MemoryDisk;
  readonly objects: MemoryObjects;
  /** As it was written: what repair must come to again. */
  readonly whole: ReadonlyMap<string, Uint8Array>;
  verify(repair: boolean): Promise<readonly CopyDamage[]>;
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
  const verify = async (repair: boolean): Promise<readonly CopyDamage[]> => {
    const found: CopyDamage[] = [];
    const onDamage = (damage: CopyDamage): unknown => found.push(damage);
    await new CopyVerify({ place, journal, chunks, repair, onDamage, pace: async () => undefined }).run();
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
