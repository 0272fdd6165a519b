import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { AppendResult, Head, NewEntry } from './journal.ts';
import { chunkContract } from './journal-chunks.contract.ts';
import { rowContract } from './journal-rows.contract.ts';
import {
  appendOne,
  emptyHead,
  entryAfter,
  headAfter,
  idNamed,
  isDamaged,
  type Make,
  other,
  plain,
  vault,
} from './journal-samples.contract.ts';

/** What every Journal does, crashes included; `make` is called once for each test. */
export function journalContract(name: string, make: Make): void {
  describe(`journal contract: ${name}`, () => {
    describe('appending', () => appending(make));
    describe('refusing what does not continue the chain', () => refusing(make));
    describe('groups', () => groups(make));
    chunkContract(make);
    rowContract(make);
  });
}

function appending(make: Make): void {
  it('starts with the empty head and moves it on', async () => {
    const journal = await (await make()).start();
    assert.deepEqual(plain(await journal.head(vault)), plain(emptyHead));
    const entry = entryAfter(vault, emptyHead);
    const result = await journal.append({ vault, expected: emptyHead, entries: [entry], data: [] });
    const expected = headAfter(emptyHead, entry);
    assert.deepEqual(plain(result), plain({ kind: 'appended', head: expected }));
    assert.deepEqual(plain(await journal.head(vault)), plain(expected));
    assert.deepEqual(plain(await journal.head(other)), plain(emptyHead));
  });

  it('appends several entries as one', async () => {
    const journal = await (await make()).start();
    const first = entryAfter(vault, emptyHead);
    const second = entryAfter(vault, headAfter(emptyHead, first), { type: 'inbox' });
    const head = headAfter(headAfter(emptyHead, first), second);
    const result = await journal.append({ vault, expected: emptyHead, entries: [first, second], data: [] });
    assert.deepEqual(plain(result), plain({ kind: 'appended', head }));
    assert.equal((await journal.entries(vault, 0, 10)).length, 2);
  });

  it('answers a conflict with the head there is', async () => {
    const journal = await (await make()).start();
    const head = await appendOne(journal, vault);
    const stale = { vault, expected: emptyHead, entries: [entryAfter(vault, emptyHead, { timeMs: 7 })], data: [] };
    assert.deepEqual(plain(await journal.append(stale)), plain({ kind: 'conflict', head }));
    const elsewhere: Head = { ...head, hash: sha256(utf8('another branch')) };
    const forked = { vault, expected: elsewhere, entries: [entryAfter(vault, elsewhere)], data: [] };
    assert.deepEqual(plain(await journal.append(forked)), plain({ kind: 'conflict', head }));
    assert.deepEqual(plain(await journal.head(vault)), plain(head));
  });

  it('goes on from where it is with a higher fork number once a fork was decided, across a start too', async () => {
    const under = await make();
    const journal = await under.start();
    const head = await appendOne(journal, vault);
    assert.equal(await journal.startFork(vault, emptyHead, 2), 'conflict');
    assert.equal(await journal.startFork(vault, head, 2), 'forked');
    const forked = { ...head, fork: 2 };
    assert.deepEqual(plain(await journal.head(vault)), plain(forked));
    assert.equal((await journal.entries(vault, 0, 10)).length, 1);
    const stale = { vault, expected: head, entries: [entryAfter(vault, head)], data: [] };
    assert.deepEqual(plain(await journal.append(stale)), plain({ kind: 'conflict', head: forked }));
    await under.crash();
    const again = await under.start();
    assert.deepEqual(plain(await again.head(vault)), plain(forked));
    assert.deepEqual(
      (await again.entries(vault, 0, 10)).map((entry) => entry.fork),
      [1],
    );
    assert.equal((await appendOne(again, vault)).fork, 2);
    assert.equal(await again.startFork(other, emptyHead, 3), 'forked');
    assert.equal((await appendOne(again, other)).fork, 3);
    const forks = (await again.entries(vault, 0, 10)).map((entry) => [entry.fork, entry.sequence]);
    assert.deepEqual(forks, [
      [1, 1],
      [2, 2],
    ]);
    assert.equal(await again.sequenceAt(vault, Number.MAX_SAFE_INTEGER), 2);
  });

  it('lets the fork number rise, and not fall', async () => {
    const journal = await (await make()).start();
    await appendOne(journal, vault);
    const forked = await appendOne(journal, vault, { fork: 3 });
    assert.deepEqual([forked.fork, forked.sequence], [3, 2]);
    const back = entryAfter(vault, forked, { fork: 2 });
    await assert.rejects(journal.append({ vault, expected: forked, entries: [back], data: [] }), isDamaged);
    const last = await appendOne(journal, vault);
    assert.deepEqual([last.fork, last.sequence], [3, 3]);
    const sequences = (await journal.entries(vault, 0, 10)).map((entry) => [entry.fork, entry.sequence]);
    assert.deepEqual(sequences, [
      [1, 1],
      [3, 2],
      [3, 3],
    ]);
    assert.deepEqual(
      (await journal.entries(vault, 1, 1)).map((entry) => entry.sequence),
      [2],
    );
  });
}

function refusing(make: Make): void {
  const head: Head = emptyHead;
  const wrong: readonly (readonly [string, NewEntry])[] = [
    ['another vault', entryAfter(other, head)],
    ['a sequence that does not follow', entryAfter(vault, head, { sequence: 2 })],
    ['another previous hash', entryAfter(vault, head, { previousHash: sha256(utf8('x')) })],
    ['a header that is cut short', { header: entryAfter(vault, head).header.subarray(0, 60), body: utf8('b') }],
    [
      'a header with bytes left over',
      { header: Uint8Array.from([...entryAfter(vault, head).header, 0]), body: utf8('b') },
    ],
  ];
  for (const [what, entry] of wrong) {
    it(`refuses ${what}`, async () => {
      const journal = await (await make()).start();
      await assert.rejects(journal.append({ vault, expected: head, entries: [entry], data: [] }), isDamaged);
      assert.deepEqual(plain(await journal.head(vault)), plain(emptyHead));
    });
  }

  it('refuses a chain that breaks between its entries, and a fork inside of a request', async () => {
    const journal = await (await make()).start();
    const first = entryAfter(vault, head);
    const breaks = [
      entryAfter(vault, head, { sequence: 2 }),
      entryAfter(vault, headAfter(head, first), { sequence: 3 }),
      entryAfter(vault, headAfter(head, first), { fork: 2 }),
    ];
    for (const second of breaks) {
      await assert.rejects(journal.append({ vault, expected: head, entries: [first, second], data: [] }), isDamaged);
    }
    assert.deepEqual(await journal.entries(vault, 0, 10), []);
  });

  it('refuses an entry that wants a newer reader', async () => {
    const journal = await (await make()).start();
    const entry = entryAfter(vault, head);
    const header = entry.header.slice();
    header[1] = 2;
    await assert.rejects(
      journal.append({ vault, expected: head, entries: [{ ...entry, header }], data: [] }),
      (error) => isFault(error, 'newer-format'),
    );
  });

  it('refuses a chunk that nobody leased', async () => {
    const journal = await (await make()).start();
    const entries = [entryAfter(vault, head, { added: [idNamed('a'), idNamed('b'), idNamed('a')] })];
    const result = await journal.append({ vault, expected: head, entries, data: [] });
    assert.deepEqual(plain(result), plain({ kind: 'chunks-given-up', ids: [idNamed('a'), idNamed('b')] }));
    assert.deepEqual(plain(await journal.head(vault)), plain(emptyHead));
    assert.equal(await journal.chunk(idNamed('a')), null);
  });
}

function groups(make: Make): void {
  it('takes a hundred appends of one tick in their order', async () => {
    const journal = await (await make()).start();
    let head = emptyHead;
    const results: Promise<AppendResult>[] = [];
    for (let i = 0; i < 100; i++) {
      const entry = entryAfter(vault, head);
      results.push(journal.append({ vault, expected: head, entries: [entry], data: [] }));
      head = headAfter(head, entry);
    }
    for (const result of await Promise.all(results)) assert.equal(result.kind, 'appended');
    assert.deepEqual(plain(await journal.head(vault)), plain(head));
  });

  it('refuses one that conflicts, or is wrong, alone', async () => {
    const journal = await (await make()).start();
    const entry = entryAfter(vault, emptyHead);
    const late = entryAfter(vault, emptyHead, { timeMs: 5 });
    const unknown = entryAfter(other, emptyHead, { type: 'drop', listed: [idNamed('unknown')] });
    const [first, second, third, fourth] = await Promise.allSettled([
      journal.append({ vault, expected: emptyHead, entries: [entry], data: [] }),
      journal.append({ vault, expected: emptyHead, entries: [late], data: [] }),
      journal.append({ vault: other, expected: emptyHead, entries: [unknown], data: [] }),
      journal.append({ vault: other, expected: emptyHead, entries: [entryAfter(other, emptyHead)], data: [] }),
    ]);
    assert.ok(first.status === 'fulfilled' && first.value.kind === 'appended');
    assert.ok(second.status === 'fulfilled' && second.value.kind === 'conflict');
    assert.deepEqual(plain(second.value.head), plain(first.value.head), 'the head of the same group');
    assert.ok(third.status === 'rejected' && isFault(third.reason, 'damaged'));
    assert.ok(fourth.status === 'fulfilled' && fourth.value.kind === 'appended');
    assert.equal((await journal.entries(vault, 0, 10)).length, 1);
  });

  it('sees a lease of the same group', async () => {
    const journal = await (await make()).start();
    const entry = entryAfter(vault, emptyHead, { added: [idNamed('a')] });
    const [states, result] = await Promise.all([
      journal.lease({ vault, chunks: [{ id: idNamed('a'), sizeBytes: 9 }] }),
      journal.append({ vault, expected: emptyHead, entries: [entry], data: [] }),
    ]);
    assert.deepEqual(states, ['leased']);
    assert.equal(result.kind, 'appended');
  });
}
