import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import { chunkIdOf, credentialIdOf, limits, vaultIdOf } from '#base/ids.ts';
import { bodyCodec } from '#vault/compression.ts';
import { BinaryReader } from './binary.ts';
import { decodeBody, type EntryBody, encodeBody, maxBodyBytes } from './body.ts';
import { encodeCbor } from './cbor.ts';
import { decodeHeader, type EntryHeader, encodeHeader, encodeHeaderAad, maxChunkIdsPerEntry } from './entry.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const chunkIds = fc.array(bytes(32).map(chunkIdOf), { maxLength: 5 });

const header: fc.Arbitrary<EntryHeader> = fc
  .record({
    minimumReader: fc.constant(1),
    type: fc.constantFrom('ordinary', 'inbox', 'drop', 'baseline'),
    vault: bytes(16).map(vaultIdOf),
    fork: fc.integer({ min: 1, max: limits.maxFork }),
    sequence: fc.integer({ min: 1, max: limits.maxSequence }),
    timeMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    previousHash: bytes(32),
    epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    salt: bytes(32),
    added: chunkIds,
    listed: chunkIds,
    signature: bytes(64),
  })
  .map((any) => {
    const isSigned = any.type === 'drop' || any.type === 'baseline';
    return { ...any, listed: isSigned ? any.listed : [], signature: isSigned ? any.signature : null };
  });

function damagedOrNewer(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    assert.ok(isFault(error, 'damaged') || isFault(error, 'newer-format'), String(error));
    return true;
  }
}

const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');

it('gives a header back as it was written', () => {
  fc.assert(
    fc.property(header, (some) => {
      const aad = encodeHeaderAad(some);
      const decoded = decodeHeader(encodeHeader(aad, some.signature));
      assert.deepEqual(decoded.header, some);
      assert.deepEqual(decoded.aad, aad);
    }),
  );
});

it('calls every truncation of a header damaged, and every byte too many', () => {
  fc.assert(
    fc.property(header, (some) => {
      const whole = encodeHeader(encodeHeaderAad(some), some.signature);
      for (let length = 0; length < whole.length; length += 1)
        assert.throws(() => decodeHeader(whole.subarray(0, length)), isDamaged);
      assert.throws(() => decodeHeader(new Uint8Array([...whole, 0])), isDamaged);
    }),
    { numRuns: 20 },
  );
});

it('never takes two different byte strings for the same header', () => {
  fc.assert(
    fc.property(header, fc.nat(), fc.integer({ min: 1, max: 255 }), (some, at, change) => {
      const whole = encodeHeader(encodeHeaderAad(some), some.signature);
      const changed = Uint8Array.from(whole);
      // The version says nothing by itself: only the entry's hash covers it.
      const place = 1 + (at % (whole.length - 1));
      changed[place] = (changed[place] ?? 0) ^ change;
      if (!damagedOrNewer(() => decodeHeader(changed))) assert.notDeepEqual(decodeHeader(changed).header, some);
    }),
    { numRuns: 500 },
  );
});

it('tells an entry of a newer program from a damaged one', () => {
  fc.assert(
    fc.property(header, (some) => {
      const newer = encodeHeader(encodeHeaderAad({ ...some, minimumReader: 2 }), some.signature);
      assert.throws(
        () => decodeHeader(newer),
        (error) => isFault(error, 'newer-format'),
      );
    }),
    { numRuns: 10 },
  );
});

it('reads an entry of a newer program that says that this reader is enough', () => {
  fc.assert(
    fc.property(header, fc.integer({ min: 2, max: 255 }), (some, version) => {
      const newer = encodeHeader(encodeHeaderAad(some), some.signature);
      newer[0] = version;
      assert.deepEqual(decodeHeader(newer).header, { ...some, signature: some.signature });
      newer[0] = 0;
      assert.throws(
        () => decodeHeader(newer),
        (error) => isFault(error, 'damaged'),
      );
    }),
    { numRuns: 50 },
  );
});

it('reads no more chunk ids than an entry may have, whatever the count says', () => {
  const [some] = fc.sample(header, { numRuns: 1, seed: 1 });
  assert.ok(some !== undefined);
  const ids = Array.from({ length: maxChunkIdsPerEntry + 1 }, (_, i) => chunkIdOf(new Uint8Array(32).fill(i)));
  assert.throws(() => encodeHeaderAad({ ...some, added: ids }), AssertionError);
  const most = encodeHeader(encodeHeaderAad({ ...some, type: 'ordinary', added: ids.slice(1), listed: [] }), null);
  assert.equal(decodeHeader(most).header.added.length, maxChunkIdsPerEntry);
  const countAt = 4 + 16 + 4 + 8 + 8 + 32 + 4 + 32;
  const lies = Uint8Array.from(most);
  new DataView(lies.buffer).setUint32(countAt, 0xffffffff);
  assert.throws(() => decodeHeader(lies), isDamaged);
});

const body: fc.Arbitrary<EntryBody> = fc.record({
  by: fc.option(bytes(16).map(credentialIdOf), { nil: undefined }),
  operations: fc.array(fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 300 }), { maxKeys: 4 }), {
    maxLength: 20,
  }),
});

it('gives a body back as it was written, compressed or not', () => {
  const codecs = new Set<number | undefined>();
  fc.assert(
    fc.property(body, (some) => {
      const encoded = encodeBody(some, bodyCodec);
      assert.ok(encoded !== undefined);
      codecs.add(encoded[0]);
      const decoded = decodeBody(encoded, bodyCodec);
      assert.equal(decoded.by, some.by);
      assert.deepEqual(encodeCbor(decoded.operations), encodeCbor(some.operations));
    }),
  );
  const long = encodeBody({ by: undefined, operations: ['a'.repeat(5000)] }, bodyCodec);
  codecs.add(long?.[0]);
  assert.deepEqual([...codecs].sort(), [0, 1]);
});

it('calls every truncation of a body damaged', () => {
  for (const text of ['short', 'long '.repeat(1000)]) {
    const encoded = encodeBody({ by: undefined, operations: [text] }, bodyCodec);
    assert.ok(encoded !== undefined);
    for (let length = 0; length < encoded.length; length += 1) {
      assert.throws(() => decodeBody(encoded.subarray(0, length), bodyCodec), isDamaged);
    }
  }
});

it('unpacks no more of a body than it says, and never more than the limit', () => {
  const bomb = bodyCodec.compress(new Uint8Array(maxBodyBytes + 1));
  const claims = (size: number): Uint8Array =>
    new Uint8Array([1, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255, ...bomb]);
  for (const size of [0, 1, 1000, maxBodyBytes, maxBodyBytes + 1, 0xffffffff]) {
    assert.throws(() => decodeBody(claims(size), bodyCodec), isDamaged);
  }
});

it('refuses a batch that is larger than one entry may be', () => {
  assert.equal(encodeBody({ by: undefined, operations: [new Uint8Array(maxBodyBytes)] }, bodyCodec), undefined);
});

it('reads big-endian fields inside their bounds only', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.array(fc.constantFrom('u8', 'u32', 'u64', 'bytes'), { maxLength: 8 }),
      (some, steps) => {
        const reader = new BinaryReader(some, 'test');
        let left = some.length;
        const lengths = { u8: 1, u32: 4, u64: 8, bytes: 3 } as const;
        for (const step of steps) {
          const read = (): unknown => (step === 'bytes' ? reader.bytes(3) : reader[step]());
          const tooBig =
            step === 'u64' &&
            left >= 8 &&
            some.slice(some.length - left, some.length - left + 2).some((byte, i) => byte > (i === 0 ? 0 : 31));
          if (left < lengths[step] || tooBig) {
            assert.throws(read, isDamaged);
            return;
          }
          read();
          left -= lengths[step];
          assert.equal(reader.remaining, left);
          assert.equal(reader.offset, some.length - left);
        }
      },
    ),
  );
});
