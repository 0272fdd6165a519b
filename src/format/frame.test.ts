import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import { chunkIdOf } from '#base/ids.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  frameHeaderLength,
  frameLength,
  maxFrameLength,
  padme,
  pieceSizeBytes,
} from './frame.ts';
import { type Piece, packPieces, pieceFromCbor, pieceToCbor, unpackPieces } from './piece.ts';

const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

const frame: fc.Arbitrary<Frame> = fc
  .record({
    codec: fc.constantFrom('none', 'zstd'),
    generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    sizeBytes: fc.integer({ min: 0, max: pieceSizeBytes }),
    data: fc.uint8Array({ maxLength: 600 }),
  })
  .map((any) => ({ ...any, sizeBytes: any.codec === 'none' ? any.data.length : any.sizeBytes }));

it('gives a frame back as it was written', () => {
  fc.assert(
    fc.property(frame, (some) => {
      const encoded = encodeFrame(some);
      assert.equal(encoded.length, frameLength(some.data.length));
      assert.deepEqual(decodeFrame(encoded), some);
    }),
  );
});

it('calls every truncation of the frame header or its data damaged', () => {
  fc.assert(
    fc.property(frame, (some) => {
      const encoded = encodeFrame(some);
      for (let length = 0; length < frameHeaderLength + some.data.length; length += 1) {
        assert.throws(() => decodeFrame(encoded.subarray(0, length)), isDamaged);
      }
    }),
    { numRuns: 20 },
  );
});

it('refuses frames that contradict themselves', () => {
  const encoded = encodeFrame({ codec: 'none', generation: 0, sizeBytes: 3, data: new Uint8Array(3) });
  const withByte = (at: number, value: number): Uint8Array => encoded.with(at, value);
  assert.throws(
    () => decodeFrame(withByte(0, 2)),
    (error) => isFault(error, 'newer-format'),
  );
  assert.throws(() => decodeFrame(withByte(1, 2)), isDamaged);
  assert.throws(() => decodeFrame(withByte(9, 4)), isDamaged);
  assert.throws(() => decodeFrame(withByte(13, 2)), isDamaged);
  assert.throws(() => decodeFrame(withByte(10, 255)), isDamaged);
  assert.throws(
    () => encodeFrame({ codec: 'none', generation: 0, sizeBytes: 0, data: new Uint8Array(pieceSizeBytes + 1) }),
    AssertionError,
  );
});

it('pads by at most 12 %, never shrinks, and keeps the order of lengths', () => {
  let before = 0;
  for (let length = 0; length < 70_000; length += 1) {
    const padded = padme(length);
    assert.ok(padded >= length && padded <= length * 1.12 && padded >= before, `${length} -> ${padded}`);
    assert.equal(padme(padded), padded);
    before = padded;
  }
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2 ** 40 }), fc.nat(1000), (length, more) => {
      const padded = padme(length);
      assert.ok(padded >= length && padded <= length * 1.12);
      assert.ok(padme(length + more) >= padded);
      assert.equal(padme(padded), padded);
    }),
  );
});

it('leaves few different lengths to tell contents apart by', () => {
  const lengths = new Set<number>();
  for (let n = 0; n <= pieceSizeBytes; n += 7) lengths.add(frameLength(n));
  assert.ok(lengths.size < 700, `${lengths.size} lengths`);
});

it('never makes a frame longer than a whole piece', () => {
  assert.equal(frameLength(pieceSizeBytes), maxFrameLength);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: pieceSizeBytes }), (length) => frameLength(length) <= maxFrameLength),
  );
  assert.equal(
    encodeFrame({ codec: 'none', generation: 0, sizeBytes: pieceSizeBytes, data: new Uint8Array(pieceSizeBytes) })
      .length,
    maxFrameLength,
  );
});

const piece: fc.Arbitrary<Piece> = fc.record(
  {
    chunk: bytes(32).map(chunkIdOf),
    tag: bytes(32),
    sizeBytes: fc.integer({ min: 0, max: pieceSizeBytes }),
    epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    sum: bytes(32),
  },
  { noNullPrototype: true },
);

it('gives piece references back as they were written', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
      for (const each of pieces)
        assert.deepEqual(pieceFromCbor(decodeCbor(encodeCbor(pieceToCbor(each)), 'test')), each);
      const packed = packPieces(pieces);
      assert.deepEqual(unpackPieces(packed), pieces);
      for (let length = 1; length < 104 && length < packed.length; length += 1) {
        assert.throws(() => unpackPieces(packed.subarray(0, packed.length - length)), isDamaged);
      }
    }),
    { numRuns: 30 },
  );
});

it('calls a reference that is not one damaged', () => {
  const [some] = fc.sample(piece, { numRuns: 1, seed: 2 });
  assert.ok(some !== undefined);
  const [chunk, tag, , , sum] = pieceToCbor(some) as readonly [Uint8Array, Uint8Array, number, number, Uint8Array];
  const wrong = [
    null,
    {},
    [],
    [chunk, tag, 1, 1],
    [chunk.subarray(1), tag, 1, 1, sum],
    [chunk, 'tag', 1, 1, sum],
    [chunk, tag, -1, 1, sum],
    [chunk, tag, pieceSizeBytes + 1, 1, sum],
    [chunk, tag, 1, 2 ** 32, sum],
    [chunk, tag, 1, 1n, sum],
    [chunk, tag, 1, 1, null],
  ];
  for (const value of wrong) assert.throws(() => pieceFromCbor(value), isDamaged);
});
