import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionError } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import {
  appendOne,
  chunks,
  dataNamed,
  emptyHead,
  entryAfter,
  headAfter,
  headOf,
  id,
  idNamed,
  isDamaged,
  type Make,
  other,
  plain,
  vault,
} from './journal-samples.contract.ts';

export function chunkContract(make: Make): void {
  describe('leases', () => leases(make));
  describe('small chunks', () => smallChunks(make));
  describe('drops', () => drops(make));
}

function leases(make: Make): void {
  it('comes before the bytes, again and again, until the append makes it live', async () => {
    const journal = await (await make()).start();
    assert.deepEqual(await journal.lease({ vault, chunks }), ['leased']);
    assert.deepEqual(await journal.lease({ vault, chunks }), ['leased']);
    const row = { vault, state: 'leased', sizeBytes: 100_000, place: 'file' };
    assert.deepEqual(plain(await journal.chunk(id)), row);
    await appendOne(journal, vault, { added: [id] });
    assert.deepEqual(plain(await journal.chunk(id)), { ...row, state: 'live' });
    assert.deepEqual(await journal.lease({ vault, chunks }), ['live']);
    await appendOne(journal, vault, { added: [id] });
    assert.equal(await journal.chunkData(id), null);
  });

  it('answers for each chunk in order, also when one stands there twice', async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks });
    await appendOne(journal, vault, { added: [id] });
    const fresh = { id: idNamed('fresh'), sizeBytes: 1 };
    const states = await journal.lease({ vault, chunks: [fresh, ...chunks, fresh] });
    assert.deepEqual(states, ['leased', 'live', 'leased']);
    assert.deepEqual(await journal.lease({ vault, chunks: [] }), []);
  });

  it('is taken again after a start, and counts only then', async () => {
    const under = await make();
    await (await under.start()).lease({ vault, chunks });
    const journal = await under.start();
    const entries = [entryAfter(vault, emptyHead, { added: [id] })];
    const refused = await journal.append({ vault, expected: emptyHead, entries, data: [] });
    assert.deepEqual(plain(refused), { kind: 'chunks-given-up', ids: [id] });
    assert.deepEqual(await journal.lease({ vault, chunks }), ['leased']);
    assert.equal((await journal.append({ vault, expected: emptyHead, entries, data: [] })).kind, 'appended');
  });

  it('gives up what is condemned or erased, and never adopts it', async () => {
    const under = await make();
    const journal = await under.start();
    await journal.lease({ vault, chunks });
    await appendOne(journal, vault, { added: [id] });
    await appendOne(journal, vault, { type: 'drop', listed: [id] });
    for (const state of ['condemned', 'erased'] as const) {
      await under.setState(id, state);
      assert.deepEqual(await journal.lease({ vault, chunks }), ['given-up']);
      const head = await journal.head(vault);
      const entries = [entryAfter(vault, head, { added: [id] })];
      const refused = await journal.append({ vault, expected: head, entries, data: [] });
      assert.deepEqual(plain(refused), { kind: 'chunks-given-up', ids: [id] });
      assert.equal((await journal.chunk(id))?.state, state);
    }
  });

  it("gives up another vault's", async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks });
    assert.deepEqual(await journal.lease({ vault: other, chunks }), ['given-up']);
    const entries = [entryAfter(other, emptyHead, { added: [id] })];
    const refused = await journal.append({ vault: other, expected: emptyHead, entries, data: [] });
    assert.deepEqual(plain(refused), { kind: 'chunks-given-up', ids: [id] });
  });
}

function smallChunks(make: Make): void {
  it('stores them with the entry that adds them', async () => {
    const journal = await (await make()).start();
    const data = [dataNamed('a'), dataNamed('b')];
    const entries = [entryAfter(vault, emptyHead, { added: data.map((chunk) => chunk.id) })];
    assert.equal((await journal.append({ vault, expected: emptyHead, entries, data })).kind, 'appended');
    for (const chunk of data) {
      assert.deepEqual(plain(await journal.chunkData(chunk.id)), plain(chunk.bytes));
      const row = { vault, state: 'live', sizeBytes: chunk.bytes.length, place: 'database' };
      assert.deepEqual(plain(await journal.chunk(chunk.id)), row);
    }
  });

  it('takes what is there already, and what was leased as a file', async () => {
    const journal = await (await make()).start();
    const data = [dataNamed('a'), dataNamed('b')];
    const added = data.map((chunk) => chunk.id);
    await journal.lease({ vault, chunks: data.map((chunk) => ({ id: chunk.id, sizeBytes: chunk.bytes.length })) });
    let head = emptyHead;
    for (let i = 0; i < 2; i++) {
      const entries = [entryAfter(vault, head, { added })];
      head = headOf(await journal.append({ vault, expected: head, entries, data }));
    }
    for (const chunk of data) assert.deepEqual(plain(await journal.chunkData(chunk.id)), plain(chunk.bytes));
    assert.equal((await journal.chunk(dataNamed('a').id))?.place, 'database');
  });

  it('stores none when the append is refused', async () => {
    const journal = await (await make()).start();
    await appendOne(journal, vault);
    const chunk = dataNamed('a');
    const conflicting = [entryAfter(vault, emptyHead, { added: [chunk.id] })];
    const conflict = await journal.append({ vault, expected: emptyHead, entries: conflicting, data: [chunk] });
    assert.equal(conflict.kind, 'conflict');
    const head = await journal.head(vault);
    const unknown = [entryAfter(vault, head, { added: [chunk.id, idNamed('never leased')] })];
    const refused = await journal.append({ vault, expected: head, entries: unknown, data: [chunk] });
    assert.equal(refused.kind, 'chunks-given-up');
    assert.equal(await journal.chunk(chunk.id), null);
    assert.equal(await journal.chunkData(chunk.id), null);
  });

  it('asserts that the bytes are those of an id that is added', async () => {
    const journal = await (await make()).start();
    const chunk = dataNamed('a');
    const entries = [entryAfter(vault, emptyHead, { added: [chunk.id] })];
    const wrong = [{ id: chunk.id, bytes: utf8('b') }];
    await assert.rejects(journal.append({ vault, expected: emptyHead, entries, data: wrong }), AssertionError);
    const foreign = [chunk, dataNamed('b')];
    await assert.rejects(journal.append({ vault, expected: emptyHead, entries, data: foreign }), AssertionError);
  });
}

function drops(make: Make): void {
  it('drops what is live and revives what is added again', async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks });
    await appendOne(journal, vault, { added: [id] });
    await appendOne(journal, vault, { type: 'drop', listed: [id] });
    assert.equal((await journal.chunk(id))?.state, 'dropped');
    assert.deepEqual(await journal.lease({ vault, chunks }), ['live']);
    assert.equal((await journal.chunk(id))?.state, 'dropped', 'a lease revives nothing');
    await appendOne(journal, vault, { type: 'drop', listed: [id] });
    await appendOne(journal, vault, { added: [id] });
    assert.equal((await journal.chunk(id))?.state, 'live');
  });

  it('keeps the bytes of what it drops', async () => {
    const journal = await (await make()).start();
    const chunk = dataNamed('small');
    const entries = [entryAfter(vault, emptyHead, { added: [chunk.id] })];
    await journal.append({ vault, expected: emptyHead, entries, data: [chunk] });
    await appendOne(journal, vault, { type: 'drop', listed: [chunk.id] });
    assert.deepEqual(plain(await journal.chunkData(chunk.id)), plain(chunk.bytes));
  });

  it('drops in the order of the entries', async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks });
    await appendOne(journal, vault, { added: [id] });
    const head = await journal.head(vault);
    const dropping = entryAfter(vault, head, { type: 'drop', listed: [id] });
    const adding = entryAfter(vault, headAfter(head, dropping), { added: [id] });
    await journal.append({ vault, expected: head, entries: [dropping, adding], data: [] });
    assert.equal((await journal.chunk(id))?.state, 'live');
  });

  it("refuses to drop what is unknown, was never live, or another vault's", async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks: [{ id: idNamed('leased'), sizeBytes: 1 }] });
    await journal.lease({ vault: other, chunks });
    await appendOne(journal, other, { added: [id] });
    for (const listed of [idNamed('unknown'), idNamed('leased'), id]) {
      await assert.rejects(appendOne(journal, vault, { type: 'drop', listed: [listed] }), isDamaged);
    }
    assert.equal((await journal.chunk(id))?.state, 'live');
  });

  it('changes no state for the content of a baseline', async () => {
    const journal = await (await make()).start();
    await journal.lease({ vault, chunks });
    await appendOne(journal, vault, { type: 'baseline', added: [id], listed: [id] });
    assert.equal((await journal.chunk(id))?.state, 'live');
  });
}
