import assert from 'node:assert/strict';
import { it } from 'node:test';
import { base64 } from '@scure/base';
import { concat, toHex, u32, utf8 } from '#base/bytes.ts';
import { ed25519Public, ed25519Sign, sha256 } from '#crypto/primitives.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { readImageMetadata } from './openwrt/image-metadata.ts';
import { parseUsignKey } from './openwrt/usign.ts';
import { offeredImages, type ToVerify, TrustedKeys, verifyImage } from './verify-image.ts';

const seed = sha256(utf8('a key of the test'));
const fingerprint = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

/** As usign writes them. */
function usign(kind: string, rest: Uint8Array): string {
  return `untrusted comment: ${kind} ${toHex(fingerprint)}\n${base64.encode(concat(utf8('Ed'), fingerprint, rest))}\n`;
}

/** As fwtool appends them (fwimage.h): the description, and behind it a signature. */
function trailer(type: number, data: Uint8Array): Uint8Array {
  return concat(data, u32(0x46577830), u32(0), new Uint8Array([type, 0, 0, 0]), u32(data.length + 16));
}

function imageFor(...boards: readonly string[]): Uint8Array {
  const about = { supported_devices: boards, version: { dist: 'OpenWrt', version: '24.10.1' } };
  const info = trailer(1, concat(new Uint8Array(8), utf8(JSON.stringify(about))));
  return concat(utf8('the system itself'), info, trailer(0, utf8('signature of the image')));
}

function goodCase(image: Uint8Array = imageFor('modelled,router', 'modelled,other')): ToVerify {
  const hash = toHex(sha256(image));
  const sums = utf8(`${'0'.repeat(64)} *another.bin\n${hash} *sysupgrade.bin\n`);
  const signature = usign('signed by key', ed25519Sign(seed, sums));
  return { image, sha256: hash, sums, signature, board: 'modelled,router' };
}

async function trusting(): Promise<TrustedKeys> {
  const keys = new TrustedKeys(new MemoryDisk().start());
  assert.ok((await keys.trust(usign('public key', ed25519Public(seed)))) !== undefined);
  return keys;
}

it('takes an image that is signed by a trusted key, unchanged, and for this board', async () => {
  const verdict = await verifyImage(await trusting(), goodCase());
  assert.deepEqual(verdict, {
    kind: 'good',
    key: '0102030405060708',
    metadata: { boards: ['modelled,router', 'modelled,other'], release: 'OpenWrt 24.10.1' },
  });
});

it('refuses everything else, and says why', async () => {
  const good = goodCase();
  const changedSums = concat(good.sums, utf8('\n'));
  const other = goodCase(imageFor('other,board'));
  const plain = goodCase(utf8('no description'));
  const cases: readonly (readonly [string, ToVerify])[] = [
    ['no-signature', { ...good, signature: 'signed, honestly' }],
    ['no-signature', { ...good, signature: usign('signed by key', new Uint8Array(63)) }],
    ['wrong-signature', { ...good, signature: usign('signed by key', new Uint8Array(64)) }],
    ['wrong-signature', { ...good, sums: changedSums }],
    ['not-listed', { ...good, sha256: 'f'.repeat(64) }],
    ['no-metadata', plain],
    ['other-board', other],
  ];
  for (const [why, each] of cases) {
    const verdict = await verifyImage(await trusting(), each);
    assert.equal(verdict.kind === 'bad' ? verdict.why : verdict.kind, why);
  }
  const none = new TrustedKeys(new MemoryDisk().start());
  const unknown = await verifyImage(none, good);
  assert.equal(unknown.kind === 'bad' ? unknown.why : 'good', 'unknown-key');
});

it('trusts a key until it is taken away', async () => {
  const keys = await trusting();
  assert.deepEqual(await keys.fingerprints(), ['0102030405060708']);
  assert.equal(await keys.distrust('0102030405060708'), true);
  assert.equal(await keys.distrust('0102030405060708'), false);
  assert.equal((await verifyImage(keys, goodCase())).kind, 'bad');
  for (const wrong of [
    '',
    'x',
    'untrusted comment: x\n!!!\n',
    usign('public key', new Uint8Array(31)),
    usign('k', new Uint8Array(64)),
  ])
    assert.equal(parseUsignKey(wrong), undefined);
});

it('reads no description where none is, whatever the bytes', () => {
  const good = imageFor('a');
  assert.deepEqual(readImageMetadata(good)?.boards, ['a']);
  for (let length = 0; length < good.length; length += 1) {
    const cut = readImageMetadata(good.subarray(0, length));
    assert.ok(cut === undefined || cut.boards[0] === 'a');
  }
  for (const size of [0, 15, 0xffffffff]) {
    const wrong = concat(utf8('x'.repeat(40)), u32(0x46577830), u32(0), new Uint8Array([1, 0, 0, 0]), u32(size));
    assert.equal(readImageMetadata(wrong), undefined);
  }
});

it('finds the images for a board in the list of a release', () => {
  const images = [
    { name: 'router-sysupgrade.bin', sha256: 'a'.repeat(64), type: 'sysupgrade' },
    { name: 'router-factory.bin', sha256: 'b'.repeat(64), type: 'factory' },
  ];
  const list = {
    version_number: '24.10.1',
    profiles: { router: { supported_devices: ['modelled,router'], images }, x: { images: [] } },
  };
  assert.deepEqual(offeredImages(utf8(JSON.stringify(list)), 'modelled,router'), [
    { name: 'router-sysupgrade.bin', sha256: 'a'.repeat(64), release: '24.10.1' },
  ]);
  assert.deepEqual(offeredImages(utf8(JSON.stringify(list)), 'another'), []);
  assert.equal(offeredImages(utf8('[]'), 'x'), undefined);
  assert.equal(offeredImages(utf8('{'), 'x'), undefined);
});
