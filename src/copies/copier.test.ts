import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toHex } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { chunkName, lostName, markerName } from '#format/copy-names.ts';
import type { Head } from '#store/journal/journal.ts';
import { vaultNamed } from '#store/journal/journal-samples.contract.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import type { Place } from '#store/places/place.ts';
import { SeededNumbers } from '#store/seeded-faults.ts';
import { assertWhole, identity, instance, marker, Primary } from '../../test/copies/primary.ts';
import { Copier } from './copier.ts';
import type { Followed } from './vault-follower.ts';

const [one, two] = [vaultNamed('one'), vaultNamed('two')];

interface Copied {
  readonly outcomes: ReadonlyMap<VaultId, Followed>;
  readonly lost: readonly ChunkId[];
  readonly sentBytes: number;
}

class Copying {
  readonly objects: MemoryObjects = new MemoryObjects();
  readonly heads: Map<VaultId, Head> = new Map();
  readonly lost: ChunkId[] = [];
  sentBytes = 0;

  constructor() {
    this.objects.objects.set(markerName, marker);
  }

  copier(primary: Primary, place: Place = new MemoryPlace(this.objects)): Copier {
    return new Copier(identity, {
      place,
      journal: primary.journal,
      chunks: primary.chunks,
      atATime: 3,
      budgetBytes: 1024 * 1024,
      bandwidth: undefined,
      stopping: new AbortController().signal,
      onSent: (bytes) => {
        this.sentBytes += bytes;
      },
      onLost: (id) => this.lost.push(id),
      onHead: (vault, head) => this.heads.set(vault, head),
    });
  }

  async follow(primary: Primary): Promise<Copied> {
    const outcomes = await this.copier(primary).follow();
    assertWhole(this.objects);
    return { outcomes, lost: this.lost, sentBytes: this.sentBytes };
  }

  async assertComplete(primary: Primary): Promise<void> {
    assertWhole(this.objects);
    for (const vault of await primary.journal.vaults()) {
      const head = await primary.journal.head(vault);
      assert.equal(toHex(this.heads.get(vault)?.hash ?? new Uint8Array()), toHex(head.hash));
      for (const id of await primary.live(vault)) assert.ok(this.objects.objects.has(chunkName(id)), id);
    }
  }
}

async function grown(entries = 20): Promise<Primary> {
  const primary = new Primary();
  for (const vault of [instance, one, two]) {
    await primary.putHeader(vault);
    for (let at = 1; at <= entries; at += 1)
      await primary.append(vault, `entry ${at}`, at % 3 === 0 ? [at * 100, 70_000 + at] : []);
  }
  return primary;
}

it('copies every vault with its headers, chunks and entries, and afterwards only what is new', async () => {
  const primary = await grown();
  const copying = new Copying();
  const copier = copying.copier(primary);
  const first = await copier.follow();
  assert.deepEqual(
    [...first.values()].map(({ kind }) => kind),
    ['whole', 'whole', 'whole'],
  );
  await copying.assertComplete(primary);
  const before = copying.objects.objects.size;
  await copier.follow();
  assert.equal(copying.objects.objects.size, before);
  await primary.append(one, 'one more', [500]);
  await primary.putHeader(one, 2);
  await copier.follow(new Set([one]));
  await copying.assertComplete(primary);
  assert.equal(copying.objects.objects.size, before + 3, 'a header, a chunk and a segment');
});

/** Fails at the n-th put, which is kept or not; from then on nothing answers, as after a crash. */
class Dying extends MemoryPlace {
  readonly #objects: MemoryObjects;
  readonly #isKept: boolean;
  left: number;

  constructor(objects: MemoryObjects, left: number, isKept: boolean) {
    super(objects);
    this.#objects = objects;
    this.left = left;
    this.#isKept = isKept;
  }

  override async put(name: string, bytes: Uint8Array): Promise<void> {
    this.left -= 1;
    if (this.left < 0) throw new Fault('unavailable', 'gone');
    if (this.left > 0 || this.#isKept) await super.put(name, bytes);
    assertWhole(this.#objects);
    if (this.left === 0) throw new Fault('unavailable', 'it goes');
  }
}

it('works: Copies: a copy is whole at every moment, whatever put a crash came at, and goes on where it was', async () => {
  const primary = await grown(12);
  for (const isKept of [false, true]) {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const copying = new Copying();
      const died = await copying
        .copier(primary, new Dying(copying.objects, at, isKept))
        .follow()
        .then(
          () => false,
          (error) => isFault(error, 'unavailable'),
        );
      if (!died) break;
      deaths += 1;
      await copying.follow(primary);
      await copying.assertComplete(primary);
      const whole = [...copying.objects.objects.values()].reduce((sum, { length }) => sum + length, -marker.length);
      // What was on its way when it died goes twice at most.
      assert.ok(copying.sentBytes <= whole + 3 * 80_000);
    }
    assert.ok(deaths > 20, `${deaths}`);
  }
});

it('catches up after outages, over 60 seeds: whole at every moment', async () => {
  let outages = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const { pick } = new SeededNumbers(seed);
    const primary = await grown(pick(5));
    const copying = new Copying();
    for (let turn = 0; turn < 12; turn += 1) {
      const vault = [instance, one, two][pick(3)] ?? one;
      for (let count = pick(6); count > 0; count -= 1)
        await primary.append(vault, `${turn} ${count}`, pick(2) === 0 ? [1 + pick(90_000)] : []);
      const place = new Dying(copying.objects, 1 + pick(12), pick(2) === 0);
      await copying
        .copier(primary, place)
        .follow()
        .catch((error: unknown) => {
          assert.ok(isFault(error, 'unavailable'));
          outages += 1;
        });
      assertWhole(copying.objects);
    }
    await copying.follow(primary);
    await copying.assertComplete(primary);
  }
  assert.ok(outages > 100, `${outages}`);
});

it('works: Copies: a primary that got shorter, or holds another branch, is an alarm and changes nothing in the copy', async () => {
  const copying = new Copying();
  await copying.follow(await grown(20));
  const before = new Map(copying.objects.objects);
  const shorter = await grown(15);
  const forked = await grown(15);
  for (let at = 16; at <= 30; at += 1) await forked.append(one, `another ${at}`);
  for (const primary of [shorter, forked]) {
    const { outcomes } = await copying.follow(primary);
    const refused = outcomes.get(one);
    assert.ok(refused?.kind === 'refused');
    assert.equal(refused.copy.sequence, 20);
    assert.deepEqual(copying.objects.objects, before);
  }
});

it('follows a deliberate fork from the last entry that both branches share, and keeps the branch that was left', async () => {
  const copying = new Copying();
  const whole = await grown(10);
  await copying.follow(whole);
  for (let at = 11; at <= 14; at += 1) {
    await whole.append(one, `left ${at}`);
    await copying.follow(whole);
  }
  const before = new Map(copying.objects.objects);
  const back = await grown(10);
  await back.append(one, 'entry after the fork', [300], 2);
  await back.append(one, 'and one more', [], 2);
  const { outcomes } = await copying.follow(back);
  assert.equal(outcomes.get(one)?.kind, 'whole');
  await copying.assertComplete(back);
  for (const [name, bytes] of before) assert.equal(copying.objects.objects.get(name), bytes, name);
  const { outcomes: old } = await copying.follow(whole);
  assert.equal(old.get(one)?.kind, 'refused', 'the primary of the branch that was left');
});

it('works: Copies: a chunk that is damaged or missing in the primary is never copied, and holds up nothing behind it', async () => {
  const primary = await grown(20);
  const [victim, other] = await primary.files(one);
  assert.ok(victim !== undefined && other !== undefined);
  const good = (await primary.chunks.get(victim)) ?? assert.fail();
  const disk = primary.disk.start();
  await disk.writeInPlace(`chunks/${victim.slice(0, 2)}/${victim}`, good.with(5, (good[5] ?? 0) ^ 1));
  await disk.remove(`chunks/${other.slice(0, 2)}/${other}`);
  const copying = new Copying();
  const { outcomes, lost } = await copying.follow(primary);
  assert.equal(outcomes.get(one)?.kind, 'whole');
  assert.deepEqual([...lost].sort(), [victim, other].sort());
  for (const id of [victim, other]) {
    assert.ok(copying.objects.objects.has(lostName(id)));
    assert.ok(!copying.objects.objects.has(chunkName(id)));
  }
  await disk.writeInPlace(`chunks/${victim.slice(0, 2)}/${victim}`, good);
  await copying.copier(primary).retryLost();
  assert.deepEqual(copying.objects.objects.get(chunkName(victim)), good);
});

it('does not take a chunk folder that is not mounted for lost chunks', async () => {
  const primary = await grown(20);
  const disk = primary.disk.start();
  for (const vault of [instance, one, two])
    for (const id of await primary.live(vault)) await disk.remove(`chunks/${id.slice(0, 2)}/${id}`);
  const copying = new Copying();
  await assert.rejects(copying.follow(primary), (error) => isFault(error, 'unavailable'));
  assert.deepEqual(copying.lost, []);
});

it('copies what stands before a damaged entry, and the other vaults', async () => {
  const primary = await grown(10);
  const entries = primary.memory.vaults.get(one)?.entries ?? assert.fail();
  const hit = entries[6] ?? assert.fail();
  entries[6] = { ...hit, body: new Uint8Array(3) };
  const copying = new Copying();
  const { outcomes } = await copying.follow(primary);
  assert.equal(outcomes.get(one)?.kind, 'damaged');
  assert.equal(copying.heads.get(one)?.sequence, 6);
  assert.equal(outcomes.get(two)?.kind, 'whole');
});

it('writes nothing to a place without its marker, or with that of another copy', async () => {
  const primary = await grown(3);
  const copying = new Copying();
  for (const found of [undefined, marker.with(10, (marker[10] ?? 0) ^ 1)]) {
    copying.objects.objects.clear();
    if (found !== undefined) copying.objects.objects.set(markerName, found);
    const before = new Map(copying.objects.objects);
    await assert.rejects(copying.copier(primary).follow(), (error) => isFault(error, 'unavailable'));
    assert.deepEqual(copying.objects.objects, before);
  }
});

it('a place that is full keeps what it has and is whole; with room again it goes on', async () => {
  const primary = await grown(20);
  const copying = new Copying();
  copying.objects.capacityBytes = 300_000;
  await assert.rejects(copying.copier(primary).follow(), (error) => isFault(error, 'disk-full'));
  assertWhole(copying.objects);
  copying.objects.capacityBytes = Number.MAX_SAFE_INTEGER;
  await copying.follow(primary);
  await copying.assertComplete(primary);
});
