import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unlockByHeader } from '#accounts/instance.ts';
import { present } from '#base/assert.ts';
import { type ChunkId, parseChunkId } from '#base/ids.ts';
import { ed25519Sign, sha256 } from '#crypto/primitives.ts';
import { sealBody } from '#crypto/seals.ts';
import { encodeBody } from '#format/body.ts';
import { encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournal } from '#store/journal/sqlite-journal.ts';
import { signedBytes } from '#vault/chain.ts';
import { bodyCodec } from '#vault/compression.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { DamagedFolder, flipped, kitKey, noise } from '../../test/copies/damaged-folder.ts';

const damaged = new DamagedFolder();
before(() => damaged.make());
after(() => damaged.remove());

describe('verify of chunk files', () => {
  const chunkFiles = (): readonly string[] =>
    readdirSync(join(damaged.path, 'chunks')).flatMap((prefix) =>
      readdirSync(join(damaged.path, 'chunks', prefix)).map((name) => join(damaged.path, 'chunks', prefix, name)),
    );

  function spoil(path: string, change: (bytes: Uint8Array) => Uint8Array | undefined): () => void {
    const good = readFileSync(path);
    const bad = change(good);
    if (bad === undefined) rmSync(path);
    else writeFileSync(path, bad);
    return () => writeFileSync(path, good);
  }

  it('finds a flipped bit, a cut end, and a missing file, and names the files that are hit', async () => {
    const paths = chunkFiles();
    assert.equal(paths.length, 4);
    const named = new Set<string>();
    for (const [index, path] of paths.entries()) {
      const changes: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array | undefined])[] = [
        ['chunk-damaged', (bytes) => bytes.with(index * 1000, (bytes[index * 1000] ?? 0) ^ 1)],
        ['chunk-damaged', (bytes) => bytes.subarray(0, bytes.length - 1)],
        ['chunk-damaged', () => new Uint8Array(0)],
        ['chunk-missing', () => undefined],
      ];
      for (const [kind, change] of changes) {
        const { damages, hits } = await damaged.whileDamaged(spoil(path, change), damaged.kit);
        assert.deepEqual(
          damages.map((each) => [each.kind, each.chunk]),
          [[kind, path.split('/').at(-1)]],
        );
        assert.equal(hits.length, 1);
        named.add(`${hits[0]?.state} ${hits[0]?.path.join('/')} ${hits[0]?.isCurrent}`);
      }
    }
    assert.deepEqual([...named].sort(), [
      'here photos/large.jpg true',
      'here photos/later.jpg true',
      'trashed gone.jpg true',
    ]);
  });

  it('takes only as many bytes of a file as its row says: what stands behind them is no damage', async () => {
    for (const path of chunkFiles()) {
      const longer = spoil(path, (bytes) => Buffer.concat([bytes, new Uint8Array(9)]));
      assert.deepEqual((await damaged.whileDamaged(longer, damaged.kit)).damages, []);
    }
  });

  it('names an earlier version that is hit as such', async () => {
    // Small chunks: the earlier content of small.txt, the one it has now, and the end of large.jpg.
    const hit = new Set<string>();
    for (const { no } of damaged.rows('SELECT no FROM chunk_data')) {
      const { hits } = await damaged.whileDamaged(
        damaged.overwrite('chunk_data', 'bytes', `no = ${no}`, flipped(99)),
        damaged.kit,
      );
      for (const { path, isCurrent, versions } of hits) hit.add(`${path.join('/')} ${isCurrent} ${versions.length}`);
    }
    assert.deepEqual([...hit].sort(), [
      'photos/large.jpg true 1',
      'photos/small.txt false 1',
      'photos/small.txt true 1',
    ]);
  });

  it('finds the bytes of one chunk under the name of another', async () => {
    const [one = '', other = ''] = chunkFiles();
    const swap = (): void => {
      renameSync(one, `${one}.x`);
      renameSync(other, one);
      renameSync(`${one}.x`, other);
    };
    swap();
    const { damages, hits } = await damaged.whileDamaged(swap, damaged.kit);
    assert.deepEqual(
      damages.map((each) => each.kind),
      ['chunk-damaged', 'chunk-damaged'],
    );
    assert.ok(hits.length >= 1);
  });

  it('counts files that nothing names as leftovers, not as damage', async () => {
    const id = 'ab'.repeat(32);
    mkdirSync(join(damaged.path, 'chunks/ab'), { recursive: true });
    appendFileSync(join(damaged.path, 'chunks/ab', id), 'what a crash left');
    const { report, damages, leftovers } = await damaged.whileDamaged(() =>
      rmSync(join(damaged.path, 'chunks/ab', id)),
    );
    assert.deepEqual([damages, leftovers, report.leftovers, report.leftoverBytes], [[], [id], 1, 17]);
  });

  it('changes nothing', async () => {
    const state = (): string =>
      JSON.stringify(damaged.rows('SELECT hex(id) AS id, sequence, hex(hash) AS hash FROM vault'));
    const before = state();
    await damaged.verify(damaged.kit);
    assert.equal(state(), before);
  });
});

describe('verify of drops', () => {
  async function appendDrop(
    listed: ChunkId,
    sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array,
  ): Promise<void> {
    const disk = openFileDisk(damaged.path);
    const journal = await openJournal(damaged.path, disk, { create: false });
    try {
      const { header, secrets } = await unlockByHeader(journal, damaged.files, kitKey(damaged.kit));
      const keys = VaultKeys.unlock(damaged.files, secrets.secret, header.epochs);
      const head = await journal.head(damaged.files);
      const salt = noise(32, head.sequence);
      const aad = encodeHeaderAad({
        minimumReader: 1,
        type: 'drop',
        vault: damaged.files,
        fork: head.fork,
        sequence: head.sequence + 1,
        timeMs: 1,
        previousHash: head.hash,
        epoch: keys.current.epoch,
        salt,
        added: [],
        listed: [listed],
      });
      const plaintext = present(encodeBody({ by: undefined, operations: [] }, bodyCodec), 'body');
      const body = sealBody(keys.current.entryKey, salt, aad, plaintext);
      const signature = sign(present(secrets.signSeed, 'seed').expose(), signedBytes(aad, sha256(body)));
      const entry = { header: encodeHeader(aad, signature), body };
      const { kind } = await journal.append({ vault: damaged.files, expected: head, entries: [entry], data: [] });
      assert.equal(kind, 'appended');
    } finally {
      await journal.close();
    }
  }

  it('lets a chunk go that a signed drop lists, and only then', async () => {
    const [first, second] = damaged
      .rows(`SELECT hex(id) AS id FROM chunk WHERE vault = ${damaged.vaultNumber} AND data IS NULL ORDER BY id`)
      .map((row) => present(parseChunkId(String(row['id']).toLowerCase()), 'chunk id'));
    assert.ok(first !== undefined && second !== undefined);
    await appendDrop(first, ed25519Sign);
    assert.deepEqual((await damaged.verify(damaged.kit)).damages, []);

    const file = join(damaged.path, 'chunks', first.slice(0, 2), first);
    const bytes = readFileSync(file);
    rmSync(file);
    const early = await damaged.verify();
    assert.deepEqual(
      early.damages.map((each) => each.kind),
      ['chunk-missing'],
      'dropped is not erased yet',
    );
    const erased = await damaged.whileDamaged(damaged.overwrite('chunk', 'state', `id = x'${first}'`, () => 5));
    assert.deepEqual(erased.damages, []);
    writeFileSync(file, bytes);

    await appendDrop(second, (_seed, message) => ed25519Sign(noise(32, 9), message));
    const forged = await damaged.verify();
    assert.deepEqual(
      forged.damages.map((each) => [each.kind, each.sequence, each.chunk]),
      [
        ['signature', 9, undefined],
        ['chunk-row', undefined, second],
      ],
    );
  });
});
