import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionError } from '#base/assert.ts';
import { noBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { compareNames } from './object-name.ts';
import type { ErasablePlace, Place } from './place.ts';

interface PlaceUnderTest {
  /** A place that holds nothing. */
  readonly place: Place;
  /** What a program that starts after this one died sees; a simulated machine loses its power as well. */
  restart(): Place | Promise<Place>;
  /** Makes the place not answer, until the returned function is called. */
  interrupt(): Promise<() => Promise<void>>;
}

export interface ErasablePlaceUnderTest extends PlaceUnderTest {
  /** The reaper's way into the same place. */
  readonly erasable: ErasablePlace;
}

export type MakePlace<T = PlaceUnderTest> = () => T | Promise<T>;

export const bytesOf = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) + seed * 7) % 256);

export async function namesIn(place: Place, prefix = '', after?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of place.list(prefix, after)) names.push(name);
  return names;
}

export async function contentOf(place: Place, name: string): Promise<Uint8Array> {
  return new Uint8Array((await place.get(name)) ?? noBytes);
}

/** Names that a URL, XML, a shell or a file system could take for something else. */
const oddNames: readonly string[] = [
  'odd/two words',
  'odd/a+b',
  'odd/100%',
  'odd/%2F',
  'odd/a&b=c?d#e',
  'odd/"quoted" \'twice\'',
  'odd/<tag>]]>',
  'odd/*!()~@$,;:^`{|}',
  'odd/e\u0301',
  'odd/\u00e9',
  'odd/\u{1f4f7}',
  'odd/\uffee',
  'odd/..a',
  'odd/a.',
  'odd/ a ',
  'odd/new',
  `odd/${'x'.repeat(250)}`,
];

/** What every Place does; `make` is called once for each test. */
export function placeContract(name: string, make: MakePlace): void {
  describe(`place contract: ${name}`, () => {
    objects(make);
    listing(make);
    durability(make);
  });
}

function objects(make: MakePlace): void {
  it('gives back what was put, and null for what was not', async () => {
    const { place } = await make();
    assert.equal(await place.get('chunks/ab/abcd'), null);
    assert.equal(await place.size('chunks/ab/abcd'), null);
    await place.put('chunks/ab/abcd', bytesOf(70_000));
    assert.deepEqual(await contentOf(place, 'chunks/ab/abcd'), bytesOf(70_000));
    assert.equal(await place.size('chunks/ab/abcd'), 70_000);
  });

  it('keeps an empty object, a large one, and one at the top', async () => {
    const { place } = await make();
    await place.put('a/empty', noBytes);
    await place.put('a/large', bytesOf(9_000_001));
    await place.put('top', bytesOf(1));
    assert.equal((await place.get('a/empty'))?.length, 0);
    assert.equal(await place.size('a/empty'), 0);
    assert.ok(Buffer.from(bytesOf(9_000_001)).equals(await contentOf(place, 'a/large')));
    assert.deepEqual(await contentOf(place, 'top'), bytesOf(1));
  });

  it('replaces as a whole, also by something shorter', async () => {
    const { place } = await make();
    await place.put('a', bytesOf(3000, 1));
    await place.put('a', bytesOf(3000, 1));
    await place.put('a', bytesOf(20, 2));
    assert.deepEqual(await contentOf(place, 'a'), bytesOf(20, 2));
    assert.deepEqual(await namesIn(place), ['a']);
  });

  it('keeps the bytes of the call, not those around them or those that come later', async () => {
    const { place } = await make();
    const whole = bytesOf(1000);
    await place.put('a', whole.subarray(100, 200));
    whole.fill(0);
    assert.deepEqual(await contentOf(place, 'a'), bytesOf(1000).slice(100, 200));
  });

  it('takes many at once, also of one name', async () => {
    const { place } = await make();
    const puts = Array.from({ length: 60 }, (_, at) => place.put(`chunks/0${at % 3}/${at}`, bytesOf(500, at)));
    const same = [1, 2, 3].map(() => place.put('chunks/00/same', bytesOf(5000)));
    await Promise.all([...puts, ...same]);
    assert.equal((await namesIn(place)).length, 61);
    for (let at = 0; at < 60; at++) {
      assert.deepEqual(await contentOf(place, `chunks/0${at % 3}/${at}`), bytesOf(500, at));
    }
    assert.deepEqual(await contentOf(place, 'chunks/00/same'), bytesOf(5000));
  });

  it('keeps every name bit for bit', async () => {
    const { place } = await make();
    for (const [at, odd] of oddNames.entries()) await place.put(odd, bytesOf(10, at));
    for (const [at, odd] of oddNames.entries()) assert.deepEqual(await contentOf(place, odd), bytesOf(10, at), odd);
    assert.deepEqual(await namesIn(place, 'odd/'), [...oddNames].sort(compareNames));
  });

  it('refuses what is no name', async () => {
    const { place } = await make();
    const wrong = ['', '.', '..', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a\0b', 'a\nb', 'a\\b', 'a.new', 'a.new/b'];
    for (const name of [...wrong, '\ud800', 'x'.repeat(251), `${'a/'.repeat(300)}a`]) {
      await assert.rejects(place.put(name, bytesOf(1)), AssertionError, name);
      await assert.rejects(place.get(name), AssertionError, name);
      await assert.rejects(place.size(name), AssertionError, name);
    }
  });

  it('has no way to remove', async () => {
    const { place } = await make();
    assert.equal('remove' in place, false);
  });
}

function listing(make: MakePlace): void {
  it('lists nothing where nothing is', async () => {
    const { place } = await make();
    assert.deepEqual(await namesIn(place), []);
    assert.deepEqual(await namesIn(place, 'chunks/'), []);
  });

  it('lists ascending by bytes, with sizes, by prefix, and behind a name', async () => {
    const { place } = await make();
    const names = ['a-b', 'a.b', 'a/b', 'a/b2/c', 'a/b-', 'a0', 'ab', 'b/\uffee', 'b/\u{1f600}', 'b/z', 'B'];
    const sorted = [...names].sort(compareNames);
    for (const [at, name] of names.entries()) await place.put(name, bytesOf(at));
    const listed: [string, number][] = [];
    for await (const { name, sizeBytes } of place.list('')) listed.push([name, sizeBytes]);
    assert.deepEqual(
      listed,
      sorted.map((name) => [name, names.indexOf(name)]),
    );
    for (const prefix of ['a', 'a/', 'a/b', 'b/', 'c', 'a/b2/c', 'a/b2/cd']) {
      assert.deepEqual(
        await namesIn(place, prefix),
        sorted.filter((name) => name.startsWith(prefix)),
        prefix,
      );
    }
    for (const after of [...names, 'a', 'a/', 'a/b2', 'a/b2/', 'zz', 'b']) {
      const behind = sorted.filter((name) => compareNames(name, after) > 0);
      assert.deepEqual(await namesIn(place, '', after), behind, after);
      assert.deepEqual(
        await namesIn(place, 'a/', after),
        behind.filter((name) => name.startsWith('a/')),
        after,
      );
    }
  });

  it('lists all of many', async () => {
    const { place } = await make();
    const names = Array.from({ length: 260 }, (_, at) => `many/${String(at).padStart(4, '0')}`);
    await Promise.all(names.map((name) => place.put(name, noBytes)));
    assert.deepEqual(await namesIn(place, 'many/'), names);
    assert.deepEqual(await namesIn(place, 'many/', 'many/0123'), names.slice(124));
  });

  it('can be left in the middle of a listing', async () => {
    const { place } = await make();
    for (const name of ['a', 'b', 'c']) await place.put(name, bytesOf(1));
    for await (const { name } of place.list('')) {
      assert.equal(name, 'a');
      break;
    }
    assert.deepEqual(await namesIn(place), ['a', 'b', 'c']);
  });
}

function durability(make: MakePlace): void {
  it('has after a restart what was acknowledged', async () => {
    const under = await make();
    const put = Array.from({ length: 12 }, (_, at) => under.place.put(`vaults/v/segments/${at}`, bytesOf(900, at)));
    await Promise.all([...put, under.place.put('top', bytesOf(30))]);
    await under.place.put('top', bytesOf(20, 2));
    const place = await under.restart();
    assert.equal((await namesIn(place)).length, 13);
    for (let at = 0; at < 12; at++) {
      assert.deepEqual(await contentOf(place, `vaults/v/segments/${at}`), bytesOf(900, at));
    }
    assert.deepEqual(await contentOf(place, 'top'), bytesOf(20, 2));
  });

  it('has the same fate after a restart, and says how much space is left or nothing', async () => {
    const under = await make();
    const fate = await under.place.fate();
    assert.notEqual(fate, '');
    const free = await under.place.freeBytes();
    assert.ok(free === undefined || free > 0);
    assert.equal(await (await under.restart()).fate(), fate);
  });

  it('says that it does not answer, and goes on when it does again', async () => {
    const { place, interrupt } = await make();
    await place.put('a/a', bytesOf(100));
    const resume = await interrupt();
    const unavailable = (error: unknown): boolean => isFault(error, 'unavailable');
    await assert.rejects(place.put('a/b', bytesOf(100)), unavailable);
    await assert.rejects(place.get('a/a'), unavailable);
    await assert.rejects(place.size('a/a'), unavailable);
    await assert.rejects(namesIn(place), unavailable);
    await resume();
    await place.put('a/b', bytesOf(100, 2));
    assert.deepEqual(await namesIn(place), ['a/a', 'a/b']);
    assert.deepEqual(await contentOf(place, 'a/a'), bytesOf(100));
    await place.close();
  });
}

/** What the reaper's way into a place does. */
export function erasablePlaceContract(name: string, make: MakePlace<ErasablePlaceUnderTest>): void {
  describe(`erasable place contract: ${name}`, () => {
    it('removes one object and leaves the others', async () => {
      const { place, erasable } = await make();
      for (const each of ['a/a', 'a/ab', 'a/a-', 'b']) await place.put(each, bytesOf(100));
      assert.deepEqual(await erasable.remove('a/a'), { kind: 'removed' });
      assert.equal(await place.get('a/a'), null);
      assert.deepEqual(await namesIn(place), ['a/a-', 'a/ab', 'b']);
      assert.deepEqual(await namesIn(erasable), ['a/a-', 'a/ab', 'b']);
    });

    it('removes what is not there, and what was put several times', async () => {
      const { place, erasable } = await make();
      assert.deepEqual(await erasable.remove('no/where'), { kind: 'removed' });
      for (const seed of [1, 2, 3]) await place.put('a', bytesOf(10, seed));
      assert.deepEqual(await erasable.remove('a'), { kind: 'removed' });
      assert.deepEqual(await erasable.remove('a'), { kind: 'removed' });
      assert.equal(await place.size('a'), null);
    });

    it('has after a restart no more what was removed, and takes it again', async () => {
      const { erasable, restart } = await make();
      await erasable.put('a/b', bytesOf(10));
      await erasable.remove('a/b');
      const place = await restart();
      assert.equal(await place.get('a/b'), null);
      await place.put('a/b', bytesOf(10));
      assert.deepEqual(await contentOf(place, 'a/b'), bytesOf(10));
    });

    it('says that it does not answer', async () => {
      const { erasable, interrupt } = await make();
      await erasable.put('a', bytesOf(1));
      const resume = await interrupt();
      await assert.rejects(erasable.remove('a'), (error) => isFault(error, 'unavailable'));
      await resume();
      assert.deepEqual(await namesIn(erasable), ['a']);
    });

    it('removes every odd name', async () => {
      const { erasable } = await make();
      for (const odd of oddNames) await erasable.put(odd, bytesOf(1));
      for (const odd of oddNames) assert.deepEqual(await erasable.remove(odd), { kind: 'removed' });
      assert.deepEqual(await namesIn(erasable), []);
    });
  });
}
