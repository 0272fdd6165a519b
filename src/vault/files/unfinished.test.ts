import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toHex } from '#base/bytes.ts';
import { credentialIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { Seeded } from '../../../test/vectors/values.ts';
import type { FilesVault } from './files-vault.ts';
import type { UploadTarget } from './unfinished-port.ts';

const by = credentialIdOf(new Uint8Array(16).fill(7));
/** Nothing that compresses: each 32 KiB is the seed's, with its place mixed in. */
function noise(seed: string, sizeBytes: number): Uint8Array {
  const block = new Seeded(seed).bytes(32 * 1024);
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (block[i % block.length] ?? 0) ^ ((i * (i >> 15)) & 0xff));
}
const target = (name: string, sizeBytes: number, more: Partial<UploadTarget> = {}): UploadTarget => ({
  folder: [],
  name,
  sizeBytes,
  meta: { mtimeMs: 1_700_000_000_000, type: 'video/mp4' },
  declared: [],
  ifTaken: 'number',
  ...more,
});

async function begin(vault: FilesVault, wanted: UploadTarget): Promise<string> {
  const begun = await vault.unfinished.beginUpload(wanted);
  assert.equal(begun.kind, 'begun');
  return begun.kind === 'begun' ? begun.id : '';
}

/** A copy: what is added is given away. */
const piece = (content: Uint8Array, index: number): Uint8Array =>
  content.slice(index * pieceSizeBytes, (index + 1) * pieceSizeBytes);

async function addFrom(vault: FilesVault, id: string, content: Uint8Array, first: number, end: number): Promise<void> {
  for (let index = first; index < end; index += 1)
    assert.equal(await vault.unfinished.addToUpload(id, index * pieceSizeBytes, piece(content, index)), 'stored');
}

async function contentOf(vault: FilesVault, name: string): Promise<string> {
  const plan = await vault.plan([name], 0);
  assert.equal(plan.kind, 'plan');
  if (plan.kind !== 'plan') return '';
  const parts: Uint8Array[] = [];
  for (const each of plan.pieces) parts.push(await vault.readPiece(each));
  const sum = toHex(sha256(Buffer.concat(parts)));
  assert.equal(toHex(plan.sha256), sum, 'the hash that is recorded');
  return sum;
}

/** As after a kill: nothing of the vault in memory is there any more. */
const again = (world: World): Promise<FilesVault> => world.open();

for (const kind of ['noise', 'text that travels with entries']) {
  it(`an upload goes on after a crash at the offset that was kept: ${kind}`, async () => {
    const world = makeWorld(`crash ${kind}`);
    const vault = await world.open();
    const sizeBytes = 5 * pieceSizeBytes + 1000;
    const content = kind === 'noise' ? noise(kind, sizeBytes) : new Uint8Array(sizeBytes).fill(65);
    const id = await begin(vault, target('film', sizeBytes));
    await addFrom(vault, id, content, 0, 2);
    assert.equal(await vault.unfinished.keepUpload(id), 2 * pieceSizeBytes);
    await addFrom(vault, id, content, 2, 3);
    assert.equal(
      (await vault.unfinished.unfinishedUpload(id))?.offset,
      2 * pieceSizeBytes,
      'what is not kept does not count',
    );

    const later = await again(world);
    assert.equal((await later.unfinished.unfinishedUpload(id))?.offset, 2 * pieceSizeBytes);
    assert.equal(await later.stat(['film']), undefined);
    assert.equal(await later.unfinished.addToUpload(id, 3 * pieceSizeBytes, piece(content, 3)), 'out-of-place');
    await addFrom(later, id, content, 2, 4);
    assert.equal(await later.unfinished.keepUpload(id), 4 * pieceSizeBytes);
    await addFrom(later, id, content, 4, 6);
    assert.equal(await later.unfinished.keepUpload(id), 4 * pieceSizeBytes, 'the end is kept by the file itself');
    const done = await later.unfinished.finishUpload(by, id);
    assert.equal(done.kind === 'done' && done.created, true);
    assert.equal(await contentOf(later, 'film'), toHex(sha256(content)));
    assert.equal(await later.unfinished.unfinishedUpload(id), undefined);
    assert.deepEqual(await (await again(world)).unfinished.unfinishedUploads(), [], 'its row is gone');
  });
}

it('nothing is replaced unless the upload said so, and the same content makes nothing', async () => {
  const vault = await makeWorld('conflicts').open();
  const send = async (text: string, more: Partial<UploadTarget> = {}): Promise<string> => {
    const content = Buffer.from(text);
    const id = await begin(vault, target('note.txt', content.length, more));
    assert.equal(await vault.unfinished.addToUpload(id, 0, Uint8Array.from(content)), 'stored');
    const done = await vault.unfinished.finishUpload(by, id);
    return done.kind === 'done' ? done.node.name : done.why;
  };
  assert.equal(await send('one'), 'note.txt');
  assert.equal(await send('two'), 'note (2).txt');
  assert.equal(await send('two'), 'note (2).txt', 'an answer that was lost, and the end sent again');
  assert.equal(await send('three', { ifTaken: 'version' }), 'note.txt');
  assert.equal((await vault.versions(['note.txt']))?.length, 2);
  assert.deepEqual(
    (await vault.list([]))?.children.map((each) => each.name),
    ['note (2).txt', 'note.txt'],
  );
});

it('the folder is the one that was meant, wherever it was moved to meanwhile', async () => {
  const vault = await makeWorld('moved').open();
  await vault.makeFolder(nobody, ['a']);
  const id = await begin(vault, target('f', 3, { folder: ['a'] }));
  await vault.move(nobody, { from: ['a'], to: ['b'], overwrite: false });
  await vault.unfinished.addToUpload(id, 0, Uint8Array.from([1, 2, 3]));
  assert.equal((await vault.unfinished.finishUpload(by, id)).kind, 'done');
  assert.equal((await vault.stat(['b', 'f']))?.sizeBytes, 3);
  const gone = await vault.unfinished.beginUpload(target('f', 3, { folder: ['a'] }));
  assert.equal(gone.kind === 'refused' && gone.why, 'no-parent');
});

it('what does not have the declared length or checksum never becomes a file', async () => {
  const vault = await makeWorld('declared').open();
  const short = await begin(vault, target('short', 5));
  const early = await vault.unfinished.finishUpload(by, short);
  assert.equal(early.kind === 'refused' && early.why, 'wrong-length');
  const wrong = await begin(vault, target('wrong', 3, { declared: [{ name: 'SHA256', hex: '00'.repeat(32) }] }));
  await vault.unfinished.addToUpload(wrong, 0, Uint8Array.from([1, 2, 3]));
  const refused = await vault.unfinished.finishUpload(by, wrong);
  assert.equal(refused.kind === 'refused' && refused.why, 'wrong-checksum');
  assert.equal(await vault.unfinished.unfinishedUpload(wrong), undefined);
  assert.deepEqual((await vault.list([]))?.children, []);
});

it('unfinished uploads count together against the quota, and what is refused can be sent once there is room', async () => {
  const world = makeWorld('quota of many');
  let quota = 2 * pieceSizeBytes;
  const vault = await world.open({ quotaBytes: () => quota });
  const contents = ['one', 'two', 'three'].map((seed) => noise(seed, 2 * pieceSizeBytes));
  const ids: string[] = [];
  for (const [index, content] of contents.entries())
    ids.push(await begin(vault, target(`file ${index}`, content.length)));
  const [one = '', two = '', three = ''] = ids;
  assert.equal(await vault.unfinished.addToUpload(one, 0, piece(contents[0] ?? assert.fail(), 0)), 'stored');
  assert.equal(await vault.unfinished.addToUpload(two, 0, piece(contents[1] ?? assert.fail(), 0)), 'stored');
  assert.equal(await vault.unfinished.addToUpload(three, 0, piece(contents[2] ?? assert.fail(), 0)), 'over-quota');
  await vault.unfinished.dropUpload(two);
  await addFrom(vault, three, contents[2] ?? assert.fail(), 0, 1);
  quota = 4 * pieceSizeBytes;
  await addFrom(vault, three, contents[2] ?? assert.fail(), 1, 2);
  assert.equal((await vault.unfinished.finishUpload(by, three)).kind, 'done');
});
