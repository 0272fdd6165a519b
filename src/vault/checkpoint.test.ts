import assert from 'node:assert/strict';
import { it } from 'node:test';
import { concat, u64, utf8 } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import { segmentSizeBytes } from '#format/checkpoint.ts';
import type { Disk } from '#store/disk.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { SeededNumbers } from '#store/seeded-faults.ts';
import { keysFor, makeWorld, nobody } from '../../test/vault/harness.ts';
import { dumpTables } from '../../test/vault/view-checks.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { openCheckpoint, readCheckpoint, sealCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { FilesVault } from './files/files-vault.ts';

const keys = keysFor('checkpoint', 2);
const head = { fork: 1, sequence: 7, hash: new Uint8Array(32).fill(3) };
const random = new Seeded('checkpoint');
const meta = { mtimeMs: undefined, type: undefined };

function isRefused(bytes: Uint8Array, withKeys = keys): boolean {
  try {
    openCheckpoint(withKeys, bytes);
    return false;
  } catch (error) {
    if (isFault(error, 'damaged') || isFault(error, 'newer-format')) return true;
    throw error;
  }
}

it('gives an image back, of one segment or of several', () => {
  for (const size of [1, 1000, segmentSizeBytes, segmentSizeBytes + 1, 2 * segmentSizeBytes + 5]) {
    const image = new Uint8Array(size).fill(9);
    image.set(new Seeded('image').bytes(Math.min(size, 5000)));
    const opened = openCheckpoint(keys, sealCheckpoint(keys, head, image, random));
    assert.equal(Buffer.compare(opened.image, image), 0);
    assert.deepEqual([opened.header.fork, opened.header.sequence, opened.header.epoch], [1, 7, 2]);
    assert.deepEqual(opened.header.hash, head.hash);
  }
});

it('refuses every flipped bit, every missing byte, and segments that are missing, doubled or in another order', () => {
  const image = new Uint8Array(2 * segmentSizeBytes + 5);
  const sealed = sealCheckpoint(keys, head, image, random);
  const { pick } = new SeededNumbers(1);
  for (let n = 0; n < 300; n += 1) {
    const bit = n < 100 ? n * 8 + pick(8) : pick(sealed.length * 8);
    assert.ok(isRefused(sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))), `bit ${bit}`);
  }
  for (let n = 0; n < 200; n += 1) assert.ok(isRefused(sealed.subarray(0, n < 150 ? n : pick(sealed.length))));
  const start = 1 + 16 + 4 + 4 + 8 + 32 + 4 + 32 + 8;
  const segments: Uint8Array[] = [];
  for (let at = start; at < sealed.length; ) {
    const length = 4 + new DataView(sealed.buffer, sealed.byteOffset + at).getUint32(0);
    segments.push(sealed.subarray(at, at + length));
    at += length;
  }
  const [a, b, c] = segments as [Uint8Array, Uint8Array, Uint8Array];
  const header = sealed.subarray(0, start);
  assert.equal(isRefused(concat(header, a, b, c)), false);
  for (const others of [[b, a, c], [a, b], [a, c], [a, a, c], [a, b, c, c], [a, b, b], []])
    assert.ok(isRefused(concat(header, ...others)));
  // As many segments as the size asks for: none, and so nothing that would have to open.
  const none = Uint8Array.from(header);
  none.set(u64(0), start - 8);
  assert.ok(isRefused(none), 'an empty image');
});

it('opens with the key of its vault and epoch only', () => {
  const sealed = sealCheckpoint(keysFor('checkpoint', 1), head, utf8('an image'), random);
  assert.equal(isRefused(sealed, keysFor('checkpoint', 1)), false);
  assert.ok(isRefused(sealed, keysFor('another')));
  const newer = sealCheckpoint(keys, head, utf8('an image'), random);
  assert.ok(isRefused(newer, keysFor('checkpoint', 1)));
});

it('and the entries after it give the view that all entries give', async () => {
  const world = makeWorld('checkpoint and tail');
  const disk = new MemoryDisk().start();
  const vault = await world.open();
  const { pick } = new SeededNumbers(4);
  const step = async (): Promise<void> => {
    const path = [`n${pick(6)}`, `n${pick(6)}`].slice(pick(2));
    const turn = pick(4);
    if (turn === 0) await vault.makeFolder(nobody, path);
    else if (turn === 1) await vault.trash(nobody, path);
    else if (turn === 2) await vault.move(nobody, { from: [`n${pick(6)}`], to: path, overwrite: true });
    else await vault.put(nobody, path, utf8(String(pick(50))), [], meta);
  };
  for (let round = 0; round < 8; round += 1) {
    for (let i = 0; i < 12; i += 1) await step();
    const at = await vault.atRest((view, atHead) => ({ image: view.serialize(), head: atHead }));
    await writeCheckpoint(disk, world.parts.keys, at.head, at.image, random);
    for (let i = 0; i < 12; i += 1) await step();
    const start = await readCheckpoint(disk, world.parts.keys);
    assert.equal(start?.head.sequence, at.head.sequence);
    const fromCheckpoint = await FilesVault.open(world.parts, start);
    const fromFirst = await world.open();
    const tables = await fromFirst.atRest(dumpTables);
    assert.deepEqual(await fromCheckpoint.atRest(dumpTables), tables);
    assert.deepEqual(await vault.atRest(dumpTables), tables);
    assert.deepEqual(fromCheckpoint.head, vault.head);
    // It writes on as any other.
    await fromCheckpoint.put(nobody, ['after'], utf8(String(round)), [], meta);
    await vault.put(nobody, ['after'], utf8('x'), [], meta);
    assert.equal((await disk.list('checkpoints')).length, 1, 'older ones are let go');
  }
});

it('that does not belong to the journal is noticed', async () => {
  const world = makeWorld('foreign checkpoint');
  const vault = await world.open();
  await vault.put(nobody, ['a'], utf8('a'), [], meta);
  const start = await vault.atRest((view, atHead) => ({ image: view.serialize(), head: atHead }));
  const disk = new MemoryDisk().start();
  const wrong = [
    { ...start.head, hash: new Uint8Array(32).fill(1) },
    { ...start.head, sequence: 2 },
    { ...start.head, sequence: 0 },
  ];
  for (const each of wrong) {
    await writeCheckpoint(disk, world.parts.keys, each, start.image, random);
    const read = await readCheckpoint(disk, world.parts.keys);
    assert.ok(read !== undefined);
    await assert.rejects(FilesVault.open(world.parts, read), (error) => isFault(error, 'damaged'));
  }
});

it('that cannot be read is passed over, and never lost before a newer one is there', async () => {
  const world = makeWorld('bad checkpoints');
  const vault = await world.open();
  await vault.put(nobody, ['a'], utf8('a'), [], meta);
  const { image, head: at } = await vault.atRest((view, atHead) => ({ image: view.serialize(), head: atHead }));
  const disk: Disk = new MemoryDisk().start();
  const own = world.parts.keys;
  assert.equal(await readCheckpoint(disk, own), undefined);
  await writeCheckpoint(disk, own, at, image, random);
  const bad = sealCheckpoint(own, { ...at, sequence: 9 }, image, random);
  await disk.replace(`checkpoints/${own.vault}-0000000009`, bad.subarray(0, 200));
  await disk.replace(`checkpoints/${keysFor('another').vault}-0000000010`, bad);
  assert.equal((await readCheckpoint(disk, own))?.head.sequence, at.sequence);
  const full = {
    ...disk,
    list: disk.list.bind(disk),
    makeFolder: disk.makeFolder.bind(disk),
    remove: disk.remove.bind(disk),
    replace: () => Promise.reject(new Fault('disk-full', 'full')),
  };
  await assert.rejects(writeCheckpoint(full, own, { ...at, sequence: 12 }, image, random), (error) =>
    isFault(error, 'disk-full'),
  );
  assert.equal((await readCheckpoint(disk, own))?.head.sequence, at.sequence);
});
