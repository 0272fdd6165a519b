import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { concat, equalBytes, fromHex, fromUtf8, noBytes, release, toHex, u32, u64, utf8 } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

it('writes and reads hex', () => {
  fc.assert(fc.property(bytes, (some) => equalBytes(fromHex(toHex(some)), some)));
  for (const odd of ['0', 'zz', '0g', ' 00', '0x00']) assert.throws(() => fromHex(odd), SyntaxError);
});

it('reads UTF-8 as it stands: no byte order mark is dropped, nothing that is not UTF-8 is guessed', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => fromUtf8(utf8(text)) === text));
  assert.equal(fromUtf8(fromHex('efbbbf61')), '\ufeffa');
  for (const wrong of ['ff', 'c0af', 'eda080', 'e282']) assert.throws(() => fromUtf8(fromHex(wrong)), TypeError);
});

it('joins bytes', () => {
  assert.deepEqual(concat(), noBytes);
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      assert.deepEqual(
        [...concat(...parts)],
        parts.flatMap((part) => [...part]),
      );
    }),
  );
});

it('writes big-endian numbers', () => {
  assert.equal(toHex(u32(0x01020304)), '01020304');
  assert.equal(toHex(u32(0xffffffff)), 'ffffffff');
  assert.equal(toHex(u64(0x0102030405060708n)), '0102030405060708');
  assert.equal(toHex(u64(Number.MAX_SAFE_INTEGER)), '001fffffffffffff');
});

it('releases large bytes, and leaves alone what is small or a part of something', () => {
  const large = new Uint8Array(100_000);
  const most = new Uint8Array(100_014).subarray(14);
  const small = new Uint8Array(100);
  const part = new Uint8Array(100_000).subarray(0, 40_000);
  for (const each of [large, most, small, part]) release(each);
  assert.deepEqual(
    [large, most, small, part].map((each) => each.length),
    [0, 0, 100, 40_000],
  );
  release(large);
});

it('compares bytes by value', () => {
  fc.assert(fc.property(bytes, bytes, (a, b) => equalBytes(a, b) === (toHex(a) === toHex(b))));
});
