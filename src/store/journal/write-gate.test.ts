import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { Chunk } from '../chunks/chunk.ts';
import { ChunkFiles } from '../chunks/chunk-files.ts';
import { openFileDisk } from '../disk-files.ts';
import { type GatedJournal, openGatedJournal } from './gated-journal.ts';
import { appendOne, entryAfter, other, vault } from './journal-samples.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'write-gate-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));
const open = (folder: string, create = true): Promise<GatedJournal> =>
  openGatedJournal(folder, openFileDisk(folder), { create });
const isReadOnly = (error: unknown): boolean => isFault(error, 'read-only');

/** A folder whose journal is that of an earlier moment, while the heads file is that of the end. */
async function rolledBack(): Promise<string> {
  const folder = freshFolder();
  const first = await open(folder);
  await appendOne(first.journal, vault);
  await appendOne(first.journal, other);
  await first.journal.close();
  const earlier = freshFolder();
  cpSync(join(folder, 'journal.db'), join(earlier, 'journal.db'));
  const second = await open(folder);
  await appendOne(second.journal, vault);
  await second.journal.close();
  cpSync(join(folder, 'heads'), join(earlier, 'heads'));
  return earlier;
}

it('a vault whose journal lost what was acknowledged is read and not written, and the others go on', async () => {
  const { journal, gate } = await open(await rolledBack(), false);
  assert.equal((await journal.entries(vault, 0, 10)).length, 1);
  assert.deepEqual(
    gate.status.vaults.map((each) => each.vault),
    [vault],
  );
  await assert.rejects(appendOne(journal, vault), isReadOnly);
  await assert.rejects(journal.lease({ vault, chunks: [] }), isReadOnly);
  const lock = { vault, kind: 1, id: new Uint8Array(16), expiresMs: 1, sealed: new Uint8Array(9) };
  await assert.rejects(journal.putEphemeral(lock), isReadOnly);
  await assert.rejects(journal.removeEphemeral(vault, 1, lock.id), isReadOnly);
  await assert.rejects(journal.putPublicHeader(vault, { number: 9, bytes: utf8('header') }), isReadOnly);
  assert.equal((await appendOne(journal, other)).sequence, 2);
  await journal.close();
});

it('a journal that went on elsewhere than what was acknowledged is found', async () => {
  const folder = await rolledBack();
  const another = freshFolder();
  cpSync(join(folder, 'journal.db'), join(another, 'journal.db'));
  const { journal } = await open(another, false);
  const head = await journal.head(vault);
  const entries = [entryAfter(vault, head, { timeMs: 77 })];
  await journal.append({ vault, expected: head, entries, data: [] });
  await journal.close();
  cpSync(join(folder, 'heads'), join(another, 'heads'));
  const found = await open(another, false);
  await assert.rejects(appendOne(found.journal, vault), isReadOnly);
  await found.journal.close();
});

it("a heads file that knows less than the journal stands in nobody's way", async () => {
  const folder = freshFolder();
  const first = await open(folder);
  await appendOne(first.journal, vault);
  cpSync(join(folder, 'heads'), join(root, 'older-heads'));
  await appendOne(first.journal, vault);
  await first.journal.close();
  cpSync(join(root, 'older-heads'), join(folder, 'heads'));
  const { journal } = await open(folder, false);
  assert.equal((await appendOne(journal, vault)).sequence, 3);
  await journal.close();
});

it('makes no new journal where one is remembered', async () => {
  const folder = await rolledBack();
  rmSync(join(folder, 'journal.db'));
  await assert.rejects(open(folder), (error) => isFault(error, 'missing'));
});

it('an empty chunk folder, or another one, stops every write, and writing goes on once the right one is back', async () => {
  const folder = freshFolder();
  const disk = openFileDisk(folder);
  const first = await open(folder);
  const chunks = Array.from({ length: 10 }, (_, i) => Chunk.of(utf8(`chunk ${i}`)));
  await first.journal.lease({ vault, chunks: chunks.map(({ id, bytes }) => ({ id, sizeBytes: bytes.length })) });
  for (const chunk of chunks) await new ChunkFiles(disk).put(chunk);
  await appendOne(first.journal, vault, { added: chunks.map((each) => each.id) });
  await first.journal.close();

  renameSync(join(folder, 'chunks'), join(folder, 'away'));
  mkdirSync(join(folder, 'chunks'));
  const { journal, gate } = await open(folder, false);
  assert.match(gate.status.everything ?? '', /the folder `chunks` is empty/);
  await assert.rejects(appendOne(journal, vault), isReadOnly);
  await assert.rejects(appendOne(journal, other), isReadOnly);

  await new ChunkFiles(openFileDisk(folder)).put(Chunk.of(utf8('of another instance')));
  await gate.lookAtChunks();
  assert.match(gate.status.everything ?? '', /of 10 stored pieces that were looked for, 10 are not/);

  rmSync(join(folder, 'chunks'), { recursive: true });
  renameSync(join(folder, 'away'), join(folder, 'chunks'));
  assert.equal((await appendOne(journal, vault)).sequence, 2);
  assert.equal(gate.status.everything, undefined);
  await journal.close();
});

it('one chunk that is missing is damage, not another folder', async () => {
  const folder = freshFolder();
  const disk = openFileDisk(folder);
  const first = await open(folder);
  const chunk = Chunk.of(utf8('only one'));
  await first.journal.lease({ vault, chunks: [{ id: chunk.id, sizeBytes: chunk.bytes.length }] });
  await new ChunkFiles(disk).put(chunk);
  await appendOne(first.journal, vault, { added: [chunk.id] });
  await first.journal.close();
  const another = Chunk.of(utf8('a lease that ran out'));
  await new ChunkFiles(disk).put(another);
  rmSync(join(folder, 'chunks', chunk.id.slice(0, 2), chunk.id));
  const { journal, gate } = await open(folder, false);
  assert.equal(gate.status.everything, undefined);
  assert.equal((await appendOne(journal, vault)).sequence, 2);
  await journal.close();
});
