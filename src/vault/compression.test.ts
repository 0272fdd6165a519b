import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { concat, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { compress, decompress, maySave } from './compression.ts';

const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');

it('gives back what was compressed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(20), (some, times) => {
      const bytes = concat(...Array.from({ length: times }, () => some));
      assert.deepEqual(Buffer.from(decompress(compress(bytes), bytes.length)), Buffer.from(bytes));
    }),
  );
});

it('takes exactly one frame of exactly the size that is said', () => {
  const text = utf8('abc '.repeat(500));
  const frame = compress(text);
  for (const size of [0, 1, text.length - 1, text.length + 1])
    assert.throws(() => decompress(frame, size), isDamaged, String(size));
  for (let length = 0; length < frame.length; length += 1) {
    assert.throws(() => decompress(frame.subarray(0, length), text.length), isDamaged, `${length} of ${frame.length}`);
  }
  const half = zstdCompressSync(text.subarray(0, 1000));
  const rest = zstdCompressSync(text.subarray(1000));
  assert.throws(() => decompress(concat(half, rest), text.length), isDamaged, 'two frames');
  assert.throws(() => decompress(concat(frame, new Uint8Array([0])), text.length), isDamaged, 'a byte behind it');
  assert.throws(
    () => decompress(concat(frame, zstdCompressSync('')), text.length),
    isDamaged,
    'an empty frame behind it',
  );
  assert.throws(() => decompress(utf8('no frame at all'), 15), isDamaged);
});

it('makes no more than it was told, whatever the frame would make', () => {
  const bomb = compress(new Uint8Array(64 * 1024 * 1024));
  assert.ok(bomb.length < 20_000);
  assert.throws(() => decompress(bomb, 1000), isDamaged);
});

it('tries what may get smaller and leaves alone what does not', () => {
  for (const size of [1024, 1500, 4096, 60_000, 300_000]) {
    for (let run = 0; run < 50; run += 1) assert.equal(maySave(randomBytes(size), 15 / 16), false, `noise of ${size}`);
    assert.ok(maySave(utf8('a line of text, and one more '.repeat(size / 20)), 15 / 16), `text of ${size}`);
    // Base64 of noise: six bits in eight.
    assert.ok(maySave(utf8(randomBytes(size).toString('base64')), 15 / 16), `base64 of ${size}`);
  }
});
