import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { ChunkId } from '#base/ids.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { type GatedJournal, openGatedJournal } from '#store/journal/gated-journal.ts';
import { appendOne, dataNamed, entryAfter, other, plain, vault } from '#store/journal/journal-samples.contract.ts';
import { type ConsultedCopy, CopyConsult, compareWithCopy } from './compare.ts';
import { nextFork } from './fork.ts';
import { sourceOf } from './journal-source.contract.ts';
import { pullVault } from './pull.ts';

const root = mkdtempSync(join(tmpdir(), 'pull-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Folder extends GatedJournal {
  readonly path: string;
  readonly chunks: ChunkStore;
}

async function open(path: string): Promise<Folder> {
  const disk = openFileDisk(path);
  return { ...(await openGatedJournal(path, disk, { create: true })), path, chunks: new ChunkFiles(disk) };
}

const fresh = (): Promise<Folder> => open(mkdtempSync(join(root, 'folder-')));

/** The folder as it is now, brought back later. */
async function snapshotOf(folder: Folder): Promise<Folder> {
  const path = mkdtempSync(join(root, 'earlier-'));
  cpSync(folder.path, path, { recursive: true, filter: (name) => !name.endsWith('-shm') });
  return open(path);
}

async function addLarge(folder: Folder, name: string): Promise<ChunkId> {
  const chunk = Chunk.of(new Uint8Array(70_000).fill(name.length));
  await folder.journal.lease({ vault, chunks: [{ id: chunk.id, sizeBytes: chunk.bytes.length }] });
  await folder.chunks.put(chunk);
  await appendOne(folder.journal, vault, { added: [chunk.id] });
  return chunk.id;
}

async function addSmall(folder: Folder, name: string): Promise<ChunkId> {
  const data = dataNamed(name);
  const expected = await folder.journal.head(vault);
  const entries = [entryAfter(vault, expected, { added: [data.id] })];
  await folder.journal.append({ vault, expected, entries, data: [data] });
  return data.id;
}

function consult(
  folder: Folder,
  sources: readonly ReturnType<typeof sourceOf>[],
  more: readonly ConsultedCopy[] = [],
  withinMs = 1000,
): CopyConsult {
  const copies = sources.map((source) => ({
    title: source.title,
    open: async () => ({ ...source, close: async () => undefined }),
  }));
  const asked = new CopyConsult({
    journal: folder.journal,
    copies: () => [...copies, ...more],
    report: async (about, why) => folder.gate.report(about, why),
    withinMs,
  });
  folder.gate.consult((about) => asked.ask(about));
  return asked;
}

it('the tail that a copy holds comes back with its content, through the gate that stands closed until then', async () => {
  const primary = await fresh();
  await addSmall(primary, 'first');
  const restored = await snapshotOf(primary);
  const small = await addSmall(primary, 'second');
  const large = await addLarge(primary, 'third');
  const copy = sourceOf(primary.journal, primary.chunks);
  consult(restored, [copy]);

  await assert.rejects(appendOne(restored.journal, vault), (error) => isFault(error, 'read-only'));
  assert.equal((await appendOne(restored.journal, other)).sequence, 1);
  const report = await pullVault({ ...restored, recovery: restored.gate.recovery, source: copy }, vault);
  assert.deepEqual(report, { vault, from: 1, to: 3, end: 3, entries: 2, chunks: 2, missing: [] });
  assert.deepEqual(plain(await restored.journal.head(vault)), plain(await primary.journal.head(vault)));
  assert.ok((await restored.journal.chunkData(small)) !== null);
  assert.deepEqual(await restored.chunks.get(large), await primary.chunks.get(large));
  assert.equal((await appendOne(restored.journal, vault)).sequence, 4);
  assert.deepEqual(restored.gate.status.vaults, []);
});

it('content that a copy does not have is listed, and the entries come all the same', async () => {
  const primary = await fresh();
  await addSmall(primary, 'first');
  const restored = await snapshotOf(primary);
  const lost = await addLarge(primary, 'it is gone');
  const kept = await addLarge(primary, 'kept');
  const whole = sourceOf(primary.journal, primary.chunks);
  const copy = { ...whole, chunk: async (id: ChunkId) => (id === lost ? null : whole.chunk(id)) };
  const report = await pullVault({ ...restored, recovery: restored.gate.recovery, source: copy }, vault);
  assert.deepEqual(report?.missing, [lost]);
  assert.equal(report?.to, 3);
  assert.equal((await restored.journal.chunk(lost))?.state, 'live');
  assert.ok((await restored.chunks.get(kept)) !== null);
});

it('another branch is not pulled, and a fork goes on with a number above all that are known', async () => {
  const primary = await fresh();
  await addSmall(primary, 'first');
  const restored = await snapshotOf(primary);
  await addSmall(primary, 'tomorrow');
  await addSmall(primary, 'the day after');
  const copy = sourceOf(primary.journal, primary.chunks);
  // The copy did not answer, and the restored server wrote on.
  await appendOne(restored.journal, vault, { timeMs: 7 });
  assert.equal((await compareWithCopy(restored.journal, copy, vault)).kind, 'forked');
  const report = await pullVault({ ...restored, recovery: restored.gate.recovery, source: copy }, vault);
  assert.equal(report?.entries, 0);

  consult(restored, [copy]);
  await assert.rejects(
    appendOne(restored.journal, vault),
    (error) => isFault(error, 'read-only') && /another branch.*copy is not written/s.test(error.message),
  );
  const head = await restored.journal.head(vault);
  const fork = await nextFork(restored.journal, [copy], vault);
  assert.equal(fork, 2);
  assert.equal(await restored.gate.recovery.startFork(vault, head, fork), 'forked');
  assert.deepEqual(
    plain(await appendOne(restored.journal, vault, { fork: 2 })),
    plain(await restored.journal.head(vault)),
  );
  assert.equal((await restored.journal.head(vault)).fork, 2);
  assert.equal((await compareWithCopy(restored.journal, copy, vault)).kind, 'on');
});

it("a copy that does not answer stands in nobody's way, and counts once it does", async () => {
  const primary = await fresh();
  await addSmall(primary, 'first');
  const restored = await snapshotOf(primary);
  await addSmall(primary, 'second');
  const copy = sourceOf(primary.journal, primary.chunks);
  let answers = false;
  const away: ConsultedCopy = {
    title: 'away',
    open: async () => {
      if (!answers) throw new Fault('unavailable', 'not mounted');
      return { ...copy, close: async () => undefined };
    },
  };
  const hanging = Promise.withResolvers<void>();
  const slow: ConsultedCopy = {
    title: 'slow',
    open: async () => {
      await hanging.promise;
      return { ...sourceOf(restored.journal, restored.chunks), close: async () => undefined };
    },
  };
  const asked = consult(restored, [], [away, slow], 20);
  assert.equal((await appendOne(restored.journal, vault, { timeMs: 7 })).sequence, 2);
  await asked.askAgain();
  assert.equal((await appendOne(restored.journal, vault)).sequence, 3);
  hanging.resolve();
  answers = true;
  await asked.askAgain();
  await assert.rejects(
    appendOne(restored.journal, vault),
    (error) => isFault(error, 'read-only') && error.message.includes('away'),
  );
});

it('what was acknowledged and no copy holds is given up only by a decision', async () => {
  const primary = await fresh();
  await addSmall(primary, 'first');
  await primary.journal.close();
  const earlier = mkdtempSync(join(root, 'earlier-'));
  cpSync(join(primary.path, 'journal.db'), join(earlier, 'journal.db'));
  const later = await open(primary.path);
  await appendOne(later.journal, vault, { body: utf8('lost') });
  await later.journal.close();
  cpSync(join(primary.path, 'heads'), join(earlier, 'heads'));
  const restored = await open(earlier);
  await assert.rejects(appendOne(restored.journal, vault), (error) => isFault(error, 'read-only'));
  assert.equal(await restored.gate.recovery.startFork(vault, await restored.journal.head(vault), 2), 'forked');
  assert.equal((await appendOne(restored.journal, vault)).fork, 2);
  await restored.journal.close();
  const again = await open(earlier);
  assert.equal((await appendOne(again.journal, vault)).sequence, 3);
});
