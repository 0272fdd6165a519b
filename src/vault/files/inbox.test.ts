import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialIdOf, type NodeId, rootNode } from '#base/ids.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { sealInboxEntry } from '../chain.ts';
import { Deposit } from '../deposit.ts';
import type { FilesVault } from './files-vault.ts';
import { Reach } from './reach.ts';
import { readersAgree } from './readers-agree.ts';
import { readPlainly } from './second-reader.ts';

const by = credentialIdOf(new Uint8Array(16).fill(7));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function deposit(world: World, parent: NodeId, name: string, ...pieces: readonly Uint8Array[]): Promise<void> {
  const { keys } = world.parts;
  const made = new Deposit({ ...world.parts, journal: world.journal, chunks: world.chunks }, keys.vault);
  for (const piece of pieces) await made.add(piece);
  const target = { vault: keys.vault, epoch: keys.current.epoch, publicKey: keys.current.inboxPublic };
  await made.finish(target, by, { place: { parent, name }, mtimeMs: 1_700_000_000_000, type: 'text/plain' });
}

async function contentOf(vault: FilesVault, path: readonly string[]): Promise<string> {
  const plan = await vault.plan(path, 0);
  assert.equal(plan.kind, 'plan');
  const parts: Uint8Array[] = [];
  for (const piece of plan.kind === 'plan' ? plan.pieces : []) parts.push(await vault.readPiece(piece));
  return Buffer.concat(parts).toString('latin1');
}

async function agrees(world: World, vault: FilesVault): Promise<void> {
  const { tree } = await readPlainly(world.journal, world.parts.keys);
  assert.ok(await vault.atRest((view) => readersAgree(view, tree)));
  assert.deepEqual(tree.skipped, []);
}

test('works: Sharing: what was sent to a closed vault is in its folder once it is opened, and replaces nothing', async () => {
  const world = makeWorld('inbox');
  const first = await world.open();
  const made = await first.makeFolder(nobody, ['For me']);
  const folder = made.kind === 'done' ? made.node.id : assert.fail();
  await first.put(nobody, ['For me', 'a.txt'], bytesOf('was here before'), [], { mtimeMs: undefined, type: undefined });
  await first.close();

  const large = new Uint8Array(pieceSizeBytes).map((_, index) => (index * 7) % 251);
  await deposit(world, folder, 'a.txt', bytesOf('sent'));
  await deposit(world, folder, 'large.bin', large, bytesOf('and the rest'));
  await deposit(world, folder, 'empty');
  const vault = await world.open();
  assert.deepEqual(
    (await vault.list(['For me']))?.children.map((each) => each.name),
    ['a.txt'],
    'not before it is taken in',
  );
  await agrees(world, vault);
  assert.equal(await vault.takeIn(), 3);
  assert.equal(await vault.takeIn(), 0);
  const names = (await vault.list(['For me']))?.children.map((each) => each.name).sort();
  assert.deepEqual(names, ['a (2).txt', 'a.txt', 'empty', 'large.bin']);
  assert.equal(await contentOf(vault, ['For me', 'a.txt']), 'was here before');
  assert.equal(await contentOf(vault, ['For me', 'a (2).txt']), 'sent');
  assert.equal(await contentOf(vault, ['For me', 'large.bin']), `${Buffer.from(large).toString('latin1')}and the rest`);
  const info = await vault.stat(['For me', 'a (2).txt']);
  assert.deepEqual([info?.mtimeMs, info?.type], [1_700_000_000_000, 'text/plain']);
  assert.equal((await vault.activity(1))[0]?.by, by, 'the trace names the link');
  await agrees(world, vault);
  await vault.close();
  // The journal alone says the same.
  const again = await world.open();
  assert.equal(await again.takeIn(), 0);
  assert.equal(await contentOf(again, ['For me', 'a (2).txt']), 'sent');
});

test('what was sent into a folder that is gone lies in the root', async () => {
  const world = makeWorld('inbox gone');
  const vault = await world.open();
  const made = await vault.makeFolder(nobody, ['gone']);
  const folder = made.kind === 'done' ? made.node.id : assert.fail();
  await vault.trash(nobody, ['gone']);
  await deposit(world, folder, 'a', bytesOf('1'));
  await deposit(world, 999n as NodeId, 'a', bytesOf('2'));
  assert.equal(await vault.takeIn(), 2);
  assert.deepEqual(
    (await vault.list([]))?.children.map((each) => each.name),
    ['a', 'a (2)'],
  );
});

test('a sweep keeps what waits, and lets it go like everything else after it was taken in and is gone', async () => {
  const world = makeWorld('inbox sweep');
  const vault = await world.open();
  await deposit(world, rootNode, 'a', bytesOf('waits'));
  const unreached = async (): Promise<number> => {
    const reach = new Reach(world.journal, world.parts.keys, Number.MAX_SAFE_INTEGER);
    await reach.reader.catchUp();
    return reach.unreached().length;
  };
  assert.equal(await unreached(), 0);
  await vault.takeIn();
  assert.equal(await unreached(), 0);
  const info = await vault.stat(['a']);
  await vault.trash(nobody, ['a']);
  await vault.end(nobody, [info?.id ?? assert.fail()]);
  assert.equal(await unreached(), 1);
});

test('an inbox entry that is no deposit, or points to content that is not its own, brings nothing', async () => {
  const world = makeWorld('inbox forged');
  const vault = await world.open();
  await vault.put(nobody, ['secret'], bytesOf('of the owner'), [], { mtimeMs: undefined, type: undefined });
  const plan = await vault.plan(['secret'], 0);
  const [piece] = plan.kind === 'plan' ? plan.pieces : [];
  const { keys, clock, random } = world.parts;
  const own = {
    chunk: Buffer.from(piece?.chunk ?? '', 'hex'),
    tag: piece?.tag ?? new Uint8Array(32),
    sum: piece?.sum ?? new Uint8Array(32),
  };
  const forged = (epoch: number): object => ({
    o: 'deposit',
    parent: 0,
    name: 'forged',
    size: piece?.sizeBytes ?? 0,
    sha256: new Uint8Array(32),
    pieces: [[own.chunk, own.tag, piece?.sizeBytes ?? 0, epoch, own.sum]],
  });
  const bodies: readonly (readonly object[])[] = [
    [forged(0)],
    [forged(1)],
    [{ o: 'trash', node: 1 }],
    [{ o: 'take', entry: 1 }],
    [],
    [forged(0), forged(0)],
  ];
  for (const operations of bodies) {
    const head = await world.journal.head(keys.vault);
    const draft = {
      vault: keys.vault,
      epoch: 1,
      publicKey: keys.current.inboxPublic,
      by,
      operations: operations as never,
      added: [],
    };
    const sealed = sealInboxEntry(draft, head, clock.nowMs(), random) ?? assert.fail();
    await world.journal.append({ vault: keys.vault, expected: head, entries: [sealed.entry], data: [] });
  }
  assert.equal(await vault.takeIn(), bodies.length);
  assert.deepEqual(
    (await vault.list([]))?.children.map((each) => each.name),
    ['secret'],
  );
  await agrees(world, vault);
});
