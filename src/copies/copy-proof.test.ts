import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { chunkName, headerName, markerName } from '#format/copy-names.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import { vaultNamed } from '#store/journal/journal-samples.contract.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { assertWhole, identity, marker, Primary } from '../../test/copies/primary.ts';
import { Copier } from './copier.ts';
import { CopyProof } from './copy-proof.ts';
import { copySource } from './good-bytes.ts';
import { KeptLines } from './kept-lines.ts';
import { Losses } from './losses.ts';
import { type Result, Results } from './results.ts';

const dayMs = 24 * 60 * 60_000;
const [one, two, three] = [vaultNamed('one'), vaultNamed('two'), vaultNamed('three')];

/** A primary with a copy that is verified, and another one that has the same. */
class Stand {
  readonly primary: Primary = new Primary();
  readonly copy: MemoryObjects = new MemoryObjects();
  readonly other: MemoryObjects = new MemoryObjects();
  readonly read: string[] = [];
  nowMs: number = Date.UTC(2026, 0, 1);
  #proof: CopyProof | undefined;

  async follow(): Promise<void> {
    for (const objects of [this.copy, this.other]) {
      objects.objects.set(markerName, marker);
      const { journal, chunks } = this.primary;
      const copier = new Copier(identity, {
        place: new MemoryPlace(objects),
        journal,
        chunks,
        atATime: 2,
        budgetBytes: 1_000_000,
        bandwidth: undefined,
        stopping: new AbortController().signal,
        onSent: () => undefined,
        onLost: () => undefined,
        onHead: () => undefined,
      });
      for (const followed of (await copier.follow()).values()) assert.equal(followed.kind, 'whole');
    }
  }

  restart(): void {
    this.#proof = undefined;
  }

  async step(): Promise<boolean> {
    const { journal } = this.primary;
    this.#proof ??= this.#make();
    const vaults = await journal.vaults();
    return this.#proof.step(
      await Promise.all(vaults.map(async (vault) => [vault, await journal.head(vault)] as const)),
    );
  }

  async results(): Promise<readonly Result[]> {
    return Array.fromAsync(new Results(new KeptLines(this.primary.disk.start())).read());
  }

  async stories(): Promise<readonly (readonly [string | undefined, string, string | undefined])[]> {
    const stories = await this.#losses().stories();
    return stories.map(({ last }) => [last.object ?? last.chunk, `${last.what} at ${last.where}`, last.from]);
  }

  #losses(): Losses {
    return new Losses(new KeptLines(this.primary.disk.start()), { nowMs: () => this.nowMs });
  }

  #make(): CopyProof {
    const { journal, chunks } = this.primary;
    const disk = this.primary.disk.start();
    const place = new MemoryPlace(this.copy, 'copy B');
    const get = async (name: string): Promise<Uint8Array | null> => {
      this.read.push(name);
      return place.get(name);
    };
    return new CopyProof({
      copy: identity.copy,
      journal,
      chunks,
      disk,
      results: new Results(new KeptLines(disk)),
      losses: this.#losses(),
      clock: { nowMs: () => this.nowMs },
      periodMs: 30 * dayMs,
      open: async () => ({
        place: { title: place.title, get, put: place.put.bind(place), list: place.list.bind(place) },
        others: [copySource(new MemoryPlace(this.other, 'copy C'))],
        close: async () => undefined,
      }),
      pace: async () => undefined,
      stopping: new AbortController().signal,
    });
  }
}

async function stand(): Promise<Stand> {
  const made = new Stand();
  for (const vault of [one, two]) {
    await made.primary.putHeader(vault);
    for (let n = 0; n < 4; n += 1) await made.primary.append(vault, `${n}`, [100_000, 300]);
  }
  // A vault that nobody has written to yet.
  await made.primary.putHeader(three);
  await made.follow();
  return made;
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.with(9, (bytes[9] ?? 0) ^ 4);

it('reads what is new as soon as it arrived, once, and again nothing after a restart', async () => {
  const copy = await stand();
  assert.equal(await copy.step(), true);
  const objects = [...copy.copy.objects.keys()].filter((name) => name !== markerName).sort();
  const ofEmpty = headerName(three, 1);
  assert.deepEqual(
    copy.read.splice(0).sort(),
    objects.filter((name) => name !== ofEmpty),
  );
  assert.equal(await copy.step(), false);
  copy.restart();
  assert.equal(await copy.step(), false);
  assert.equal(copy.read.length, 0);
  const before = new Set(copy.copy.objects.keys());
  await copy.primary.append(one, 'more', [90_000]);
  await copy.follow();
  assert.equal(await copy.step(), true);
  const added = [...copy.copy.objects.keys()].filter((name) => !before.has(name));
  assert.equal(added.length, 2);
  assert.deepEqual(copy.read.filter((name) => !name.includes('/headers/')).sort(), added.sort());
});

it('finds what is damaged over the period, repairs it from the primary, and keeps what it did', async () => {
  const copy = await stand();
  await copy.step();
  const names = [...copy.copy.objects.keys()].filter((name) => name !== markerName);
  const [segment = ''] = names.filter((name) => name.includes('/segments/'));
  const [chunk = '', gone = ''] = names.filter((name) => name.startsWith('chunks/'));
  for (const name of [segment, chunk, headerName(two, 1), headerName(three, 1)]) copy.copy.damage(name, flipped);
  copy.copy.objects.delete(gone);
  for (let day = 0; day <= 30; day += 1) {
    copy.nowMs += dayMs;
    await copy.step();
    if (day % 7 === 0) copy.restart();
  }
  assertWhole(copy.copy);
  const results = await copy.results();
  const [round] = results.filter((each) => each.kind === 'verify' && each.part === undefined);
  assert.ok(round?.kind === 'verify');
  assert.deepEqual([round.where, round.found, round.repaired, round.objects], ['copy B', 5, 5, names.length]);
  assert.deepEqual(
    (await copy.stories()).toSorted(),
    [segment, chunk, gone, headerName(two, 1), headerName(three, 1)]
      // The vault's id at its beginning was hit: the entries of the segment are whole.
      .map((name) => [name, 'repaired at copy B', name === segment ? 'copy B' : 'primary'])
      .toSorted(),
  );
});

it('brings a chunk that primary and copy have both lost back to both, from another copy', async () => {
  const copy = await stand();
  await copy.step();
  const rows = await copy.primary.journal.chunks(one, null, 100);
  const { id } = present(
    rows.find((each) => each.place === 'file'),
    'large chunk',
  );
  const disk = copy.primary.disk.start();
  await disk.writeInPlace(chunkName(id), flipped(present(await disk.read(chunkName(id)), 'bytes')));
  copy.copy.damage(chunkName(id), flipped);
  copy.nowMs += 31 * dayMs;
  await copy.step();
  assertWhole(copy.copy);
  assert.equal((await storedBytes(copy.primary.journal, copy.primary.chunks, id)).kind, 'whole');
  assert.deepEqual(await copy.stories(), [
    [chunkName(id), 'repaired at copy B', 'copy C'],
    [id, 'repaired at primary', 'copy C'],
  ]);
});

it('names what no place has any more, once for each reading, and goes on', async () => {
  const copy = await stand();
  await copy.step();
  const [chunk = ''] = [...copy.copy.objects.keys()].filter(
    (name) => name.startsWith('chunks/') && (copy.copy.objects.get(name)?.length ?? 0) > 65_536,
  );
  for (const objects of [copy.copy, copy.other]) objects.damage(chunk, flipped);
  const disk = copy.primary.disk.start();
  await disk.writeInPlace(chunk, flipped(present(await disk.read(chunk), 'bytes')));
  copy.nowMs += 31 * dayMs;
  await copy.step();
  assert.deepEqual((await copy.stories()).map(([, what]) => what).toSorted(), ['gone at copy B', 'gone at primary']);
  const [round] = (await copy.results()).filter((each) => each.kind === 'verify' && each.part === undefined);
  assert.ok(round?.kind === 'verify' && round.found === 1 && round.repaired === 0);
});
