import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionError } from '#base/assert.ts';
import { noBytes, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { Disk } from './disk.ts';

export interface DiskUnderTest {
  /** A disk on an empty folder. */
  readonly disk: Disk;
  /** What a program that starts after this one died sees; a simulated machine loses its power as well. */
  restart(): Disk;
}

const bytes = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);

/** What every Disk does; `make` is called once for each test. */
export function diskContract(name: string, make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  describe(`disk contract: ${name}`, () => {
    writing(make);
    replacing(make);
    foldersAndPaths(make);
    durability(make);
  });
}

function writing(make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  it('writes in place, again, and reads back', async () => {
    const { disk } = await make();
    await disk.writeInPlace('a', bytes(100_000));
    await disk.writeInPlace('a', bytes(100_000));
    assert.deepEqual(new Uint8Array((await disk.read('a')) ?? noBytes), bytes(100_000));
    assert.equal(await disk.size('a'), 100_000);
  });

  it('writes over a shorter rest of an earlier attempt', async () => {
    const { disk } = await make();
    await disk.append('a', bytes(700, 9));
    await disk.writeInPlace('a', bytes(5000));
    assert.deepEqual(new Uint8Array((await disk.read('a')) ?? noBytes), bytes(5000));
  });

  it('never shortens a file in place', async () => {
    const { disk } = await make();
    await disk.writeInPlace('a', bytes(600));
    await disk.writeInPlace('a', bytes(599, 7));
    const read = new Uint8Array((await disk.read('a')) ?? noBytes);
    assert.deepEqual([read.length, read.subarray(0, 599), read[599]], [600, bytes(599, 7), bytes(600)[599]]);
  });

  it('keeps an empty file', async () => {
    const { disk } = await make();
    await disk.writeInPlace('a', noBytes);
    assert.equal(await disk.size('a'), 0);
    assert.equal((await disk.read('a'))?.length, 0);
  });

  it('does not write what lies outside of a view of a larger buffer', async () => {
    const { disk } = await make();
    await disk.writeInPlace('a', bytes(1000).subarray(100, 200));
    assert.deepEqual(new Uint8Array((await disk.read('a')) ?? noBytes), bytes(1000).slice(100, 200));
  });

  it('appends, and keeps appends of two callers apart', async () => {
    const { disk } = await make();
    const records = Array.from({ length: 20 }, (_, i) => utf8(`record ${i}\n`.repeat(50)));
    await Promise.all(records.map((record) => disk.append('log', record)));
    const text = Buffer.from((await disk.read('log')) ?? noBytes).toString();
    assert.equal(text, records.map((record) => Buffer.from(record).toString()).join(''));
  });
}

function replacing(make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  it('replaces, also by something shorter, and leaves nothing beside', async () => {
    const { disk } = await make();
    await disk.replace('heads', bytes(900));
    await disk.replace('heads', bytes(10, 7));
    assert.deepEqual(new Uint8Array((await disk.read('heads')) ?? noBytes), bytes(10, 7));
    assert.deepEqual(await disk.list(''), ['heads']);
  });

  it('replaces whole by a file that an earlier attempt left beside', async () => {
    const { disk } = await make();
    await disk.append('heads.new', bytes(3000, 9));
    await disk.replace('heads', bytes(10, 7));
    assert.deepEqual(new Uint8Array((await disk.read('heads')) ?? noBytes), bytes(10, 7));
  });

  it('replaces one after the other when asked at once', async () => {
    const { disk } = await make();
    await Promise.all([1, 2, 3, 4, 5].map((seed) => disk.replace('heads', bytes(2000, seed))));
    assert.deepEqual(new Uint8Array((await disk.read('heads')) ?? noBytes), bytes(2000, 5));
  });

  it('takes no chunk for a file that may be replaced', async () => {
    const { disk } = await make();
    await disk.makeFolder('chunks/ab');
    await assert.rejects(disk.replace('chunks/ab/x', bytes(1)), AssertionError);
    await assert.rejects(disk.append('chunks/ab/x', bytes(1)), AssertionError);
  });

  it('removes, also what is not there', async () => {
    const { disk } = await make();
    await disk.writeInPlace('a', bytes(10));
    await disk.remove('a');
    await disk.remove('a');
    await disk.remove('nowhere/a');
    assert.equal(await disk.read('a'), null);
  });
}

function foldersAndPaths(make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  it('says null and nothing for what is not there', async () => {
    const { disk } = await make();
    assert.equal(await disk.read('a'), null);
    assert.equal(await disk.size('a/b'), null);
    assert.deepEqual(await disk.list('a'), []);
  });

  it('makes folders with those above, again, and lists them sorted', async () => {
    const { disk } = await make();
    await disk.makeFolder('one/two/three');
    await disk.makeFolder('one/two');
    for (const file of ['b', 'a', 'C']) await disk.writeInPlace(`one/two/${file}`, bytes(1));
    assert.deepEqual(await disk.list('one/two'), ['C', 'a', 'b', 'three']);
    assert.deepEqual(await disk.list(''), ['one']);
  });

  it('fails to write into a folder that is not there', async () => {
    const { disk } = await make();
    await assert.rejects(disk.writeInPlace('nowhere/a', bytes(1)), (error) => isFault(error, 'io'));
    await disk.writeInPlace('a', bytes(1));
  });

  it('knows how much space is left', async () => {
    const { disk } = await make();
    assert.ok((await disk.freeBytes()) > 0);
  });

  it('refuses paths that are none, or lead out', async () => {
    const { disk } = await make();
    const wrong = [
      '',
      '.',
      '..',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../../b',
      'a\0b',
      'a\\b',
      'x'.repeat(256),
      `${'a/'.repeat(600)}a`,
    ];
    for (const path of wrong) {
      await assert.rejects(disk.writeInPlace(path, bytes(1)), AssertionError, path);
      await assert.rejects(disk.read(path), AssertionError, path);
      await assert.rejects(disk.remove(path), AssertionError, path);
      await assert.rejects(disk.makeFolder(path), AssertionError, path);
    }
  });
}

function durability(make: () => DiskUnderTest | Promise<DiskUnderTest>): void {
  it('has after a restart what was acknowledged', async () => {
    const under = await make();
    await under.disk.makeFolder('chunks/ab');
    await under.disk.writeInPlace('chunks/ab/x', bytes(70_000));
    await under.disk.replace('heads', bytes(300, 2));
    await under.disk.replace('heads', bytes(200, 3));
    await under.disk.append('log', bytes(600, 4));
    await under.disk.append('log', bytes(600, 5));
    await under.disk.writeInPlace('gone', bytes(10));
    await under.disk.remove('gone');
    const disk = under.restart();
    assert.deepEqual(new Uint8Array((await disk.read('chunks/ab/x')) ?? noBytes), bytes(70_000));
    assert.deepEqual(new Uint8Array((await disk.read('heads')) ?? noBytes), bytes(200, 3));
    const log = (await disk.read('log')) ?? noBytes;
    assert.deepEqual(new Uint8Array(log), Uint8Array.from([...bytes(600, 4), ...bytes(600, 5)]));
    assert.equal(await disk.read('gone'), null);
  });

  it('has after a restart a file that was made by appending', async () => {
    const under = await make();
    await under.disk.append('log', bytes(600, 4));
    assert.equal(await under.restart().size('log'), 600);
  });
}
