import assert from 'node:assert/strict';
import { it } from 'node:test';
import { concat } from '#base/bytes.ts';
import { randomBytes } from '#crypto/primitives.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { pieces } from './pieces.ts';

const noise = randomBytes(2 * pieceSizeBytes + 5);

async function* parts(content: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < content.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield content.subarray(at, at + size);
    at += size;
  }
}

it('gives pieces of 4 MiB and a rest, however the stream is cut, each in a buffer of its own', async () => {
  for (const length of [
    0,
    1,
    16_384,
    16_385,
    pieceSizeBytes - 1,
    pieceSizeBytes,
    pieceSizeBytes + 1,
    2 * pieceSizeBytes,
    2 * pieceSizeBytes + 5,
  ]) {
    const content = noise.subarray(0, length);
    for (const sizes of [[1 << 24], [65_536], [16_384, 1, 0, 999_999], [pieceSizeBytes], [pieceSizeBytes + 1]]) {
      const found: Uint8Array[] = [];
      for await (const piece of pieces(parts(content, sizes))) found.push(piece);
      const whole = Math.floor(length / pieceSizeBytes);
      assert.deepEqual(
        found.map((piece) => piece.length),
        [
          ...Array.from({ length: whole }, () => pieceSizeBytes),
          ...(length % pieceSizeBytes > 0 ? [length % pieceSizeBytes] : []),
        ],
        `${length} bytes in parts of ${sizes}`,
      );
      assert.ok(Buffer.from(concat(...found)).equals(content));
      assert.ok(found.every((piece) => piece.byteLength === piece.buffer.byteLength));
      assert.equal(new Set(found.map((piece) => piece.buffer)).size, found.length);
    }
  }
});

it('does not take 4 MiB for a small file', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const kept: Uint8Array[] = [];
  for (let file = 0; file < 50; file += 1)
    for await (const piece of pieces(parts(new Uint8Array(100), [100]))) kept.push(piece);
  assert.ok(process.memoryUsage().arrayBuffers - before < 50 * 100_000);
  assert.equal(kept.length, 50);
});
