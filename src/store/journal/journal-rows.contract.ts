import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionError } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { chunkIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { newestFormat } from './formats.ts';
import type { ChunkData, Journal, NewEntry } from './journal.ts';
import {
  appendOne,
  chunks,
  dataNamed,
  emptyHead,
  entryAfter,
  headOf,
  id,
  idNamed,
  type Make,
  other,
  plain,
  vault,
  vaultNamed,
} from './journal-samples.contract.ts';

export function rowContract(make: Make): void {
  describe('reading', () => reading(make));
  describe('other rows', () => otherRows(make));
  describe('limits', () => bounds(make));
  describe('after a crash', () => crashes(make));
}

function reading(make: Make): void {
  it('gives back what was appended, in pages', async () => {
    const journal = await (await make()).start();
    const appended: NewEntry[] = [];
    let head = emptyHead;
    for (let i = 0; i < 25; i++) {
      const entry = entryAfter(vault, head, { body: utf8('x'.repeat(i * 700)) });
      head = headOf(await journal.append({ vault, expected: head, entries: [entry], data: [] }));
      appended.push(entry);
    }
    const read = [
      ...(await journal.entries(vault, 0, 10)),
      ...(await journal.entries(vault, 10, 10)),
      ...(await journal.entries(vault, 20, 10)),
    ];
    const expected = appended.map((entry, i) => ({
      fork: 1,
      sequence: i + 1,
      header: entry.header,
      bodyHash: sha256(entry.body),
      body: entry.body,
    }));
    assert.deepEqual(plain(read), plain(expected));
    assert.deepEqual(await journal.entries(vault, 25, 10), []);
    assert.deepEqual(await journal.entries(other, 0, 10), []);
  });

  it('finds the sequence of an instant, whatever the clock did', async () => {
    const journal = await (await make()).start();
    assert.equal(await journal.sequenceAt(vault, 10), 0);
    for (const timeMs of [100, 200, 150, 300, 250]) await appendOne(journal, vault, { timeMs });
    await appendOne(journal, vault, { timeMs: 400, fork: 2 });
    const found: number[] = [];
    for (const timeMs of [99, 100, 149, 150, 200, 250, 300, 399, 400]) {
      found.push(await journal.sequenceAt(vault, timeMs));
    }
    assert.deepEqual(found, [0, 1, 1, 3, 3, 5, 5, 5, 6]);
  });

  it('lists the chunks of a vault in pages, in the order in which they came', async () => {
    const journal = await (await make()).start();
    const names = Array.from({ length: 25 }, (_, i) => ({ id: idNamed(`chunk ${i}`), sizeBytes: i + 1 }));
    await journal.lease({ vault, chunks: names });
    await journal.lease({ vault: other, chunks });
    const first = await journal.chunks(vault, null, 20);
    const rest = await journal.chunks(vault, first.at(-1)?.id ?? null, 20);
    const expected = names.map((chunk) => ({ ...chunk, vault, state: 'leased', place: 'file' }));
    assert.deepEqual(plain([...first, ...rest]), plain(expected));
    assert.deepEqual(await journal.chunks(vaultNamed('three'), null, 10), []);
  });
}

function otherRows(make: Make): void {
  it('keeps public headers, which never change', async () => {
    const journal = await (await make()).start();
    await journal.putPublicHeader(vault, { number: 2, bytes: utf8('second') });
    await journal.putPublicHeader(vault, { number: 1, bytes: utf8('first') });
    await journal.putPublicHeader(vault, { number: 1, bytes: utf8('first') });
    await assert.rejects(journal.putPublicHeader(vault, { number: 1, bytes: utf8('other') }), AssertionError);
    const rows = [
      { number: 1, bytes: utf8('first') },
      { number: 2, bytes: utf8('second') },
    ];
    assert.deepEqual(plain(await journal.publicHeaders(vault)), plain(rows));
    assert.deepEqual(await journal.publicHeaders(other), []);
  });

  it('keeps, replaces and removes short-lived rows', async () => {
    const journal = await (await make()).start();
    const row = { vault, kind: 1, id: utf8('b'), expiresMs: 50, sealed: utf8('sealed') };
    const second = { ...row, id: utf8('a'), expiresMs: 70 };
    await journal.putEphemeral(row);
    await journal.putEphemeral({ ...row, expiresMs: 60, sealed: utf8('again') });
    await journal.putEphemeral(second);
    await journal.putEphemeral({ ...row, kind: 2 });
    const found = await journal.ephemeral(vault, 1);
    assert.deepEqual(plain(found), plain([second, { ...row, expiresMs: 60, sealed: utf8('again') }]));
    await journal.removeEphemeral(vault, 1, utf8('b'));
    await journal.removeEphemeral(vault, 1, utf8('b'));
    await journal.removeEphemeral(other, 1, utf8('b'));
    assert.deepEqual(plain(await journal.ephemeral(vault, 1)), plain([second]));
    assert.equal((await journal.ephemeral(vault, 2)).length, 1);
  });

  it('keeps settings, except its own', async () => {
    const journal = await (await make()).start();
    assert.equal(await journal.meta('instance'), null);
    await journal.setMeta('instance', 'one');
    await journal.setMeta('instance', 'two');
    assert.equal(await journal.meta('instance'), 'two');
    assert.equal(await journal.meta('format'), String(newestFormat));
    await assert.rejects(journal.setMeta('format', '2'), AssertionError);
    await assert.rejects(journal.setMeta('run', '2'), AssertionError);
  });

  it('counts its starts', async () => {
    const under = await make();
    assert.equal(await (await under.start()).meta('run'), '1');
    assert.equal(await (await under.start()).meta('run'), '2');
  });

  it('knows every vault that something is stored for', async () => {
    const journal = await (await make()).start();
    const names = ['a', 'b', 'c', 'd'].map(vaultNamed);
    const [a = vault, b = vault, c = vault, d = vault] = names;
    await appendOne(journal, a);
    await journal.lease({ vault: b, chunks });
    await journal.putPublicHeader(c, { number: 1, bytes: utf8('x') });
    await journal.putEphemeral({ vault: d, kind: 1, id: utf8('x'), expiresMs: 1, sealed: utf8('x') });
    assert.deepEqual(await journal.vaults(), names.sort());
  });

  it('answers nothing once it is closed, after what was asked before', async () => {
    const under = await make();
    const journal = await under.start();
    const pending = journal.setMeta('a', 'b');
    await journal.close();
    await pending;
    await journal.close();
    await assert.rejects(journal.head(vault), (error) => isFault(error, 'unavailable'));
    await assert.rejects(journal.setMeta('a', 'c'), (error) => isFault(error, 'unavailable'));
    assert.equal(await (await under.start()).meta('a'), 'b');
  });
}

function bounds(make: Make): void {
  it('asserts the limits of a request', async () => {
    const journal = await (await make()).start();
    const append = (entries: readonly NewEntry[], data: readonly ChunkData[] = []): Promise<unknown> =>
      journal.append({ vault, expected: emptyHead, entries, data });
    await assert.rejects(append([]), AssertionError);
    await assert.rejects(append(new Array<NewEntry>(1025).fill(entryAfter(vault, emptyHead))), AssertionError);
    const bytes = new Uint8Array(64 * 1024 + 1);
    const large = { id: chunkIdOf(sha256(bytes)), bytes };
    await assert.rejects(append([entryAfter(vault, emptyHead, { added: [large.id] })], [large]), AssertionError);
    await assert.rejects(
      journal.lease({ vault, chunks: new Array<(typeof chunks)[number]>(4097).fill({ id, sizeBytes: 1 }) }),
      AssertionError,
    );
    await assert.rejects(journal.entries(vault, 0, 0), AssertionError);
    await assert.rejects(journal.entries(vault, -1, 1), AssertionError);
    await appendOne(journal, vault);
    await assert.rejects(journal.entries(vault, 0, 10_001), AssertionError);
    await assert.rejects(journal.chunks(vault, null, 10_001), AssertionError);
    const row = { vault, kind: 1, id: utf8('a'), expiresMs: 0, sealed: new Uint8Array(2 * 1024 * 1024) };
    await assert.rejects(journal.putEphemeral(row), AssertionError);
    await assert.rejects(journal.putPublicHeader(vault, { number: 0, bytes: utf8('x') }), AssertionError);
  });

  it('takes the largest small chunk and 4,096 chunks in one entry', async () => {
    const journal = await (await make()).start();
    const bytes = new Uint8Array(64 * 1024).fill(7);
    const large = { id: chunkIdOf(sha256(bytes)), bytes };
    const many = Array.from({ length: 4095 }, (_, i) => ({ id: idNamed(`many ${i}`), sizeBytes: 1 }));
    await journal.lease({ vault, chunks: many });
    const added = [large.id, ...many.map((chunk) => chunk.id)];
    const entries = [entryAfter(vault, emptyHead, { added })];
    assert.equal((await journal.append({ vault, expected: emptyHead, entries, data: [large] })).kind, 'appended');
    assert.equal((await journal.chunkData(large.id))?.length, bytes.length);
  });
}

function crashes(make: Make): void {
  it('has everything that was acknowledged', async () => {
    const under = await make();
    const before = await under.start();
    const chunk = dataNamed('small');
    await before.lease({ vault, chunks });
    const entries = [entryAfter(vault, emptyHead, { added: [chunk.id, id] })];
    await before.append({ vault, expected: emptyHead, entries, data: [chunk] });
    for (let i = 0; i < 20; i++) await appendOne(before, vault);
    await appendOne(before, other, { fork: 2 });
    await before.putPublicHeader(vault, { number: 1, bytes: utf8('header') });
    await before.putEphemeral({ vault, kind: 1, id: utf8('x'), expiresMs: 1, sealed: utf8('sealed') });
    await before.setMeta('instance', 'kept');
    const snapshot = async (journal: Journal): Promise<unknown> =>
      plain([
        await journal.vaults(),
        await journal.head(vault),
        await journal.head(other),
        await journal.entries(vault, 0, 100),
        await journal.chunks(vault, null, 100),
        await journal.chunkData(chunk.id),
        await journal.publicHeaders(vault),
        await journal.ephemeral(vault, 1),
        await journal.meta('instance'),
      ]);
    const expected = await snapshot(before);
    await under.crash();
    const after = await under.start();
    assert.deepEqual(await snapshot(after), expected);
    await appendOne(after, vault);
    await under.crash();
    assert.equal((await (await under.start()).head(vault)).sequence, 22);
  });

  it('goes on where it stood, again and again', async () => {
    const under = await make();
    for (let i = 1; i <= 8; i++) {
      const journal = await under.start();
      assert.equal((await appendOne(journal, vault)).sequence, i);
      await under.crash();
    }
    assert.equal((await (await under.start()).entries(vault, 0, 100)).length, 8);
  });
}
