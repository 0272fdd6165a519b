import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { mintNodeId, rootNode } from '#base/ids.ts';
import { sealBox } from '#crypto/box.ts';
import { sha256 } from '#crypto/primitives.ts';
import { encodeBody } from '#format/body.ts';
import { encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { type FileOperation, fileOperationToCbor } from '#format/file-operations.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { sameTree } from '../../../test/vault/view-checks.ts';
import { Seeded } from '../../../test/vectors/values.ts';
import { bodyCodec } from '../compression.ts';
import { openPiece } from '../content.ts';
import { readPlainly } from './second-reader.ts';

const meta = { mtimeMs: 1_234_567, type: 'text/plain' };

describe('the second reader', () => {
  it('gives every file with what an export needs, in the order of names', async () => {
    const world = makeWorld('export');
    const vault = await world.open();
    await vault.makeFolder(nobody, ['b']);
    await vault.makeFolder(nobody, ['empty']);
    await vault.put(nobody, ['b', 'z'], utf8('zzz'), [], meta);
    await vault.put(nobody, ['b', 'é'], utf8(''), [], meta);
    await vault.put(nobody, ['a'], new Seeded('big').bytes(100_000), [], meta);
    await vault.put(nobody, ['gone'], utf8('gone'), [], meta);
    await vault.trash(nobody, ['gone']);
    const { tree, head } = await readPlainly(world.journal, world.parts.keys);
    assert.deepEqual(head, vault.head);
    const files = [...tree.files()];
    assert.deepEqual(
      files.map((file) => file.path.join('/')),
      ['a', 'b/z', 'b/é'],
    );
    assert.deepEqual(
      [...tree.walk()].map(({ path }) => path.join('/')),
      ['a', 'b', 'b/z', 'b/é', 'empty'],
    );
    for (const file of files) {
      assert.deepEqual([file.mtimeMs, file.type], [1_234_567, 'text/plain']);
      const parts: Uint8Array[] = [];
      for (const piece of file.pieces) {
        const stored = (await world.journal.chunkData(piece.chunk)) ?? (await world.chunks.get(piece.chunk));
        parts.push(openPiece(world.parts.keys, piece, stored ?? new Uint8Array(0)) ?? new Uint8Array(0));
      }
      const content = Buffer.concat(parts);
      assert.equal(content.length, file.sizeBytes);
      assert.deepEqual(Buffer.from(sha256(content)), Buffer.from(file.sha256));
    }
  });

  it('gives the tree at an earlier instant', async () => {
    const world = makeWorld('instants');
    const vault = await world.open();
    await vault.put(nobody, ['a'], utf8('one'), [], meta);
    await vault.put(nobody, ['a'], utf8('two'), [], meta);
    await vault.trash(nobody, ['a']);
    const sums: (string | undefined)[] = [];
    for (let sequence = 0; sequence <= 3; sequence += 1) {
      const { tree, head } = await readPlainly(world.journal, world.parts.keys, sequence);
      assert.equal(head.sequence, sequence);
      sums.push([...tree.files()][0]?.sha256.toHex());
    }
    assert.deepEqual(sums, [undefined, sha256(utf8('one')).toHex(), sha256(utf8('two')).toHex(), undefined]);
  });

  it('refuses a journal that ends before or elsewhere than its head', async () => {
    const world = makeWorld('short');
    const vault = await world.open();
    for (const name of ['a', 'b', 'c']) await vault.put(nobody, [name], utf8(name), [], meta);
    const { journal } = world;
    const entries = (await journal.entries(vault.id, 0, 500)).slice(0, 2);
    const cut = {
      head: () => journal.head(vault.id),
      entries: async (_: unknown, after: number) => entries.slice(after),
    };
    await assert.rejects(readPlainly(cut, world.parts.keys), (error) => isFault(error, 'damaged'));
    const elsewhere = {
      head: async () => ({ ...(await journal.head(vault.id)), hash: new Uint8Array(32) }),
      entries: journal.entries.bind(journal),
    };
    await assert.rejects(readPlainly(elsewhere, world.parts.keys), (error) => isFault(error, 'damaged'));
    assert.equal((await readPlainly(cut, world.parts.keys, 2)).head.sequence, 2);
  });
});

/** What anybody could append who knows the vault's public key only. */
async function appendInbox(world: World, operations: readonly FileOperation[]): Promise<void> {
  const { keys } = world.parts;
  const head = await world.journal.head(keys.vault);
  const aad = encodeHeaderAad({
    minimumReader: 1,
    type: 'inbox',
    vault: keys.vault,
    fork: head.fork,
    sequence: head.sequence + 1,
    timeMs: 0,
    previousHash: head.hash,
    epoch: keys.current.epoch,
    salt: new Uint8Array(32),
    added: [],
    listed: [],
  });
  const plaintext = encodeBody({ by: undefined, operations: operations.map(fileOperationToCbor) }, bodyCodec);
  assert.ok(plaintext !== undefined);
  const body = sealBox(keys.current.inboxPublic, 'inbox', aad, plaintext, new Seeded('sender').bytes(32));
  const result = await world.journal.append({
    vault: keys.vault,
    expected: head,
    entries: [{ header: encodeHeader(aad, null), body }],
    data: [],
  });
  assert.equal(result.kind, 'appended');
}

it('lets no operation of an inbox entry count: not for the view, not for the second reader', async () => {
  const world = makeWorld('inbox');
  const vault = await world.open();
  const kept = await vault.put(nobody, ['kept'], utf8('kept'), [], meta);
  assert.ok(kept.kind === 'done');
  await appendInbox(world, [
    { o: 'trash', node: kept.node.id },
    { o: 'folder', node: mintNodeId(1, 2, 0), place: { parent: rootNode, name: 'planted' } },
  ]);
  await vault.put(nobody, ['later'], utf8('later'), [], meta);
  const { tree } = await readPlainly(world.journal, world.parts.keys);
  assert.deepEqual(
    [...tree.files()].map((file) => file.path.join('/')),
    ['kept', 'later'],
  );
  assert.deepEqual([...tree.walk()].length, 2);
  await vault.atRest((view) => sameTree(view, tree));
});
