import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { type FaultCode, isFault } from '#base/fault.ts';
import { idBytes } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { openFileDisk } from '../disk-files.ts';
import { stateNumber } from './chunk-rules.ts';
import { journalContract } from './journal.contract.ts';
import type { ForkableJournal, Head, Journal, NewEntry } from './journal.ts';
import {
  appendOne,
  dataNamed,
  emptyHead,
  entryAfter,
  headAfter,
  headOf,
  idNamed,
  isDamaged,
  other,
  plain,
  vault,
} from './journal-samples.contract.ts';
import { openJournal } from './sqlite-journal.ts';

const root = mkdtempSync(join(tmpdir(), 'sqlite-journal-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));
const open = (folder: string, maxPages?: number): Promise<ForkableJournal> =>
  openJournal(folder, openFileDisk(folder), { create: true, ...(maxPages === undefined ? {} : { maxPages }) });

/** Files as a killed process leaves them; the index of the log is memory that it shared, and dies with it. */
async function copyOf(folder: string): Promise<string> {
  const copy = freshFolder();
  await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith('-shm') });
  return copy;
}

/** Does what only a hand at the files can do. */
function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'journal.db'));
  const guards = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const guard of guards) database.exec(`DROP TRIGGER ${guard['name']}`);
  database.exec(sql);
  database.close();
}

journalContract('SQLite', () => {
  let folder = freshFolder();
  return {
    start: () => open(folder),
    crash: async () => {
      folder = await copyOf(folder);
    },
    setState: async (id, state) => {
      const reaper = new DatabaseSync(join(folder, 'journal.db'));
      reaper.prepare('UPDATE chunk SET state = ? WHERE id = ?').run(stateNumber(state), idBytes(id));
      reaper.close();
    },
  };
});

it('makes no journal where one should be', async () => {
  const folder = freshFolder();
  const opening = openJournal(folder, openFileDisk(folder), { create: false });
  await assert.rejects(opening, (error) => isFault(error, 'missing'));
  assert.deepEqual(readdirSync(folder), []);
  writeFileSync(join(folder, 'journal.db'), '');
  const again = openJournal(folder, openFileDisk(folder), { create: false });
  await assert.rejects(again, (error) => isFault(error, 'missing'), 'a file emptied by a crash or a hand');
});

it('leaves a newer journal as it is, and knows one that is no journal', async () => {
  const folder = freshFolder();
  await (await open(folder)).close();
  tamper(folder, "UPDATE meta SET value = 9 WHERE key = 'format'");
  const before = readFileSync(join(folder, 'journal.db'));
  await assert.rejects(open(folder), (error) => isFault(error, 'newer-format'));
  assert.deepEqual(readFileSync(join(folder, 'journal.db')), before);
  tamper(folder, "UPDATE meta SET value = 'x' WHERE key = 'format'");
  await assert.rejects(open(folder), isDamaged);
  const garbage = freshFolder();
  writeFileSync(join(garbage, 'journal.db'), new Uint8Array(20_000).fill(65));
  await assert.rejects(open(garbage), isDamaged);
});

it('notices a head that is not that of its last entry, and an entry that is missing', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  for (let i = 0; i < 5; i++) await appendOne(journal, vault);
  await journal.close();
  tamper(folder, 'DELETE FROM entry WHERE sequence = 3');
  const gap = await open(folder);
  assert.equal((await gap.entries(vault, 3, 10)).length, 2);
  await assert.rejects(gap.entries(vault, 0, 10), isDamaged);
  await gap.close();
  tamper(folder, 'UPDATE entry SET body_hash = zeroblob(32) WHERE sequence = 5');
  const changed = await open(folder);
  await assert.rejects(changed.head(vault), isDamaged);
  await assert.rejects(appendOne(changed, vault), isDamaged);
  await changed.close();
  tamper(folder, 'DELETE FROM entry WHERE sequence = 5');
  const shortened = await open(folder);
  await assert.rejects(shortened.head(vault), isDamaged);
  await shortened.close();
});

it('reads entries whose body is gone', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  for (let i = 0; i < 3; i++) await appendOne(journal, vault);
  await journal.close();
  tamper(folder, 'UPDATE entry SET body = NULL WHERE sequence < 3');
  const bodies = (await (await open(folder)).entries(vault, 0, 10)).map((entry) => entry.body === null);
  assert.deepEqual(bodies, [true, true, false]);
});

it('follows the chain by its hashes where a branch that lost is stored beside it', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  let head: Head = emptyHead;
  const lost: { readonly entry: NewEntry; readonly head: Head }[] = [];
  for (let i = 0; i < 6; i++) {
    if (i === 2) {
      let branch = head;
      for (let j = 0; j < 4; j++) {
        const entry = entryAfter(vault, branch, { fork: 2, body: utf8(`lost ${j}`), timeMs: 9_000_000_000_000 });
        branch = headAfter(branch, entry, 2);
        lost.push({ entry, head: branch });
      }
    }
    head = await appendOne(journal, vault, { fork: i < 3 ? 1 : 4 });
  }
  await journal.close();
  const database = new DatabaseSync(join(folder, 'journal.db'));
  const add = database.prepare('INSERT INTO entry VALUES (1, 2, ?, 9000000000000, ?, ?, ?)');
  for (const { entry, head: at } of lost) add.run(at.sequence, entry.header, sha256(entry.body), entry.body);
  database.close();
  const after = await open(folder);
  const entries = await after.entries(vault, 0, 100);
  assert.deepEqual(
    entries.map((entry) => [entry.fork, entry.sequence]),
    [1, 2, 3, 4, 5, 6].map((sequence) => [sequence <= 3 ? 1 : 4, sequence]),
  );
  assert.equal((await after.entries(vault, 2, 2)).at(-1)?.fork, 4);
  assert.equal(await after.sequenceAt(vault, 9_000_000_000_000), 6);
});

it('refuses a whole group on a full disk, reads on, and writes again what fits', async () => {
  const folder = freshFolder();
  const journal = await open(folder, 40);
  const head = await appendOne(journal, vault);
  const large = entryAfter(vault, head, { body: new Uint8Array(400_000) });
  const results = await Promise.allSettled([
    journal.setMeta('a', 'b'),
    journal.append({ vault: other, expected: emptyHead, entries: [entryAfter(other, emptyHead)], data: [] }),
    journal.append({ vault, expected: head, entries: [large], data: [] }),
    journal.lease({ vault, chunks: [{ id: idNamed('x'), sizeBytes: 1 }] }),
  ]);
  for (const result of results) assert.ok(result.status === 'rejected' && isFault(result.reason, 'disk-full'));
  assert.deepEqual(plain(await journal.head(vault)), plain(head));
  assert.equal((await journal.entries(vault, 0, 10)).length, 1);
  assert.equal(await journal.meta('a'), null);
  assert.equal(await journal.chunk(idNamed('x')), null);
  assert.deepEqual(plain(await journal.head(other)), plain(emptyHead));
  assert.deepEqual(await journal.vaults(), [vault]);
  assert.equal((await appendOne(journal, other)).sequence, 1);
  assert.equal((await appendOne(journal, vault)).sequence, 2);
  await journal.close();
  assert.equal((await (await open(folder)).head(vault)).sequence, 2);
});

it('takes a group back that a stray row contradicts, and goes on', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  await appendOne(journal, vault);
  await journal.close();
  tamper(folder, 'INSERT INTO entry SELECT vault, fork, 2, time, header, body_hash, body FROM entry');
  const after = await open(folder);
  const lease = after.lease({ vault, chunks: [{ id: idNamed('x'), sizeBytes: 1 }] });
  await assert.rejects(Promise.all([lease, appendOne(after, vault)]), isDamaged);
  await assert.rejects(appendOne(after, vault), isDamaged);
  assert.equal((await appendOne(after, other)).sequence, 1);
  await after.close();
  assert.equal((await (await open(folder)).head(other)).sequence, 1);
});

it('refuses what would wait too long', async () => {
  const journal = await open(freshFolder());
  const all = Array.from({ length: 10_100 }, (_, i) => journal.setMeta(`key ${i}`, 'x'));
  const results = await Promise.allSettled(all);
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 100);
  for (const result of refused) assert.ok(isFault(result.reason, 'unavailable'));
  await journal.setMeta('later', 'x');
});

it('writes the log of an earlier run over itself before it opens it', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  for (let i = 0; i < 3; i++) await appendOne(journal, vault);
  const crashed = await copyOf(folder);
  const log = readFileSync(join(crashed, 'journal.db-wal'));
  assert.ok(log.length > 0);
  const disk = openFileDisk(crashed);
  const written: [string, Uint8Array][] = [];
  const watched = {
    read: (path: string) => disk.read(path),
    size: (path: string) => disk.size(path),
    writeInPlace: async (path: string, bytes: Uint8Array) => {
      written.push([path, bytes]);
      await disk.writeInPlace(path, bytes);
    },
  };
  const after = await openJournal(crashed, watched, { create: false });
  assert.deepEqual(plain(written), plain([['journal.db-wal', log]]));
  assert.equal((await after.head(vault)).sequence, 3);
});

it('has a prefix of what was written, wherever the log is cut or torn', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  const heads = [plain(emptyHead)];
  for (let i = 0; i < 6; i++) heads.push(plain(await appendOne(journal, vault, { body: new Uint8Array(i * 3000) })));
  const crashed = await copyOf(folder);
  const log = readFileSync(join(crashed, 'journal.db-wal'));
  const seen = new Set<number>();
  for (let length = 0; length <= log.length; length += 3001) {
    const cut = await copyOf(crashed);
    writeFileSync(join(cut, 'journal.db-wal'), log.subarray(0, length));
    await check(cut, 'missing');
    const torn = await copyOf(crashed);
    writeFileSync(join(torn, 'journal.db-wal'), log.subarray().fill(0, length, length + 512));
    // In front of two commits it is damage: a power cut hits the last transaction only.
    await check(torn, 'missing', 'damaged');
    log.set(readFileSync(join(crashed, 'journal.db-wal')));
  }
  assert.equal(seen.size, heads.length, 'each number of entries was seen');

  async function check(copy: string, ...allowed: readonly FaultCode[]): Promise<void> {
    let found: Journal;
    try {
      found = await openJournal(copy, openFileDisk(copy), { create: false });
    } catch (error) {
      // Not even the tables were in what is left of the log.
      assert.ok(isFault(error) && allowed.includes(error.code), String(error));
      return;
    }
    const head = await found.head(vault);
    assert.deepEqual(plain(head), heads[head.sequence]);
    assert.equal((await found.entries(vault, 0, 100)).length, head.sequence);
    seen.add(head.sequence);
    await appendOne(found, vault);
    await found.close();
  }
});

it('keeps its log short', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  let head: Head = emptyHead;
  let largest = 0;
  for (let turn = 0; turn < 40; turn++) {
    const pending: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) {
      const entry = entryAfter(vault, head, { body: new Uint8Array(20_000) });
      pending.push(journal.append({ vault, expected: head, entries: [entry], data: [] }));
      head = headAfter(head, entry);
    }
    await Promise.all(pending);
    largest = Math.max(largest, statSync(join(folder, 'journal.db-wal')).size);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(statSync(join(folder, 'journal.db')).size > 40_000_000);
  assert.ok(largest < 24_000_000, `the log grew to ${largest} bytes`);
  await journal.close();
  assert.deepEqual(readdirSync(folder), ['journal.db']);
});

it('stores the same chunk for two appends of one group once', async () => {
  const folder = freshFolder();
  const journal = await open(folder);
  const small = dataNamed('small');
  const first = entryAfter(vault, emptyHead, { added: [small.id] });
  const second = entryAfter(vault, headAfter(emptyHead, first), { added: [small.id] });
  const results = await Promise.all([
    journal.append({ vault, expected: emptyHead, entries: [first], data: [small] }),
    journal.append({ vault, expected: headAfter(emptyHead, first), entries: [second], data: [small] }),
  ]);
  for (const result of results) headOf(result);
  await journal.close();
  const database = new DatabaseSync(join(folder, 'journal.db'), { readOnly: true });
  assert.equal(database.prepare('SELECT count(*) AS n FROM chunk_data').get()?.['n'], 1);
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  database.close();
});
