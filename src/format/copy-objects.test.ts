import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#base/assert.ts';
import { concat, u32 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { chunkIdOf, copyIdOf, limits, vaultIdOf } from '#base/ids.ts';
import { type CopyMarker, decodeCopyMarker, encodeCopyMarker } from './copy-marker.ts';
import {
  type CopyObject,
  chunkName,
  chunksPrefix,
  headerName,
  headersPrefix,
  lostName,
  lostPrefix,
  markerName,
  parseCopyName,
  segmentName,
  segmentsPrefix,
  vaultsPrefix,
} from './copy-names.ts';
import {
  decodeSegment,
  encodeSegment,
  maxSegmentBytes,
  readSegment,
  segmentHeadBytes,
  sizeInSegment,
} from './segment.ts';

const plain = { noNullPrototype: true };
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const vault = bytes(16).map(vaultIdOf);
const hash = bytes(32);

const place = fc
  .record(
    {
      vault,
      first: fc.integer({ min: 1, max: limits.maxSequence - 1023 }),
      more: fc.integer({ min: 0, max: 1023 }),
      fork: fc.integer({ min: 1, max: limits.maxFork }),
      hash,
    },
    plain,
  )
  .map(({ more, ...rest }) => ({ ...rest, last: rest.first + more }));

const copyObject: fc.Arbitrary<CopyObject> = fc.oneof(
  fc.constant<CopyObject>({ kind: 'marker' }),
  fc.record({ kind: fc.constant('header'), vault, number: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }, plain),
  place.map((each): CopyObject => ({ kind: 'segment', ...each })),
  hash.map((each): CopyObject => ({ kind: 'chunk', id: chunkIdOf(each) })),
  hash.map((each): CopyObject => ({ kind: 'lost', id: chunkIdOf(each) })),
);

function nameOf(object: CopyObject): string {
  switch (object.kind) {
    case 'marker':
      return markerName;
    case 'header':
      return headerName(object.vault, object.number);
    case 'segment':
      return segmentName(object);
    case 'chunk':
      return chunkName(object.id);
    case 'lost':
      return lostName(object.id);
  }
}

const entry = fc.record(
  { header: fc.uint8Array({ maxLength: 200 }), bodyHash: hash, body: fc.option(fc.uint8Array({ maxLength: 200 })) },
  plain,
);
const segment = fc.record({ vault, entries: fc.array(entry, { minLength: 1, maxLength: 8 }) }, plain);

it('names objects of a copy, and knows each by its name', () => {
  fc.assert(fc.property(copyObject, (object) => assert.deepEqual(parseCopyName(nameOf(object)), object)));
});

it('names what belongs together under one prefix', () => {
  fc.assert(
    fc.property(place, hash, (each, id) => {
      assert.ok(segmentName(each).startsWith(segmentsPrefix(each.vault)));
      assert.ok(headerName(each.vault, 1).startsWith(headersPrefix(each.vault)));
      for (const prefix of [segmentsPrefix(each.vault), headersPrefix(each.vault)])
        assert.ok(prefix.startsWith(vaultsPrefix));
      assert.ok(chunkName(chunkIdOf(id)).startsWith(chunksPrefix));
      assert.ok(lostName(chunkIdOf(id)).startsWith(lostPrefix));
    }),
  );
});

it('takes no other name for one of a copy, whatever differs in one character', () => {
  fc.assert(
    fc.property(copyObject, fc.nat(200), fc.constantFrom('', '0', 'A', '-', '/', '.new', '\n'), (object, at, other) => {
      const name = nameOf(object);
      const changed = name.slice(0, at % name.length) + other + name.slice((at % name.length) + 1);
      const parsed = parseCopyName(changed);
      // One that is still a name is another one, and says exactly what it holds.
      if (parsed !== undefined) assert.equal(nameOf(parsed), changed);
      assert.equal(parseCopyName(`${name}.new`), undefined);
      assert.equal(parseCopyName(`${name}\n`), undefined);
    }),
  );
});

it('brings a segment back as it was, and knows its size beforehand', () => {
  fc.assert(
    fc.property(segment, (each) => {
      const encoded = encodeSegment(each);
      assert.equal(
        encoded.length,
        each.entries.reduce((sum, one) => sum + sizeInSegment(one), 21),
      );
      assert.deepEqual(decodeSegment(encoded), each);
    }),
  );
});

it('reads of a segment that is cut the entries before the cut, and says that it is damaged', () => {
  fc.assert(
    fc.property(segment, fc.nat(), (each, some) => {
      const whole = encodeSegment(each);
      const cut = whole.subarray(0, some % whole.length);
      assert.throws(
        () => decodeSegment(cut),
        (error) => isFault(error, 'damaged'),
      );
      if (cut.length < segmentHeadBytes) return;
      const { entries, problem } = readSegment(cut);
      assert.ok(problem !== undefined && entries.length < each.entries.length);
      assert.deepEqual(entries, each.entries.slice(0, entries.length));
    }),
  );
  const whole = encodeSegment({ vault: vaultIdOf(new Uint8Array(16)), entries: [oneEntry(3)] });
  assert.throws(
    () => decodeSegment(concat(whole, new Uint8Array(1))),
    (error) => isFault(error, 'damaged'),
  );
  assert.throws(
    () => decodeSegment(whole.with(0, 2)),
    (error) => isFault(error, 'newer-format'),
  );
  assert.throws(
    () => decodeSegment(whole.with(0, 0)),
    (error) => isFault(error, 'damaged'),
  );
});

function oneEntry(bodyBytes: number): { header: Uint8Array; bodyHash: Uint8Array; body: Uint8Array } {
  return { header: new Uint8Array(100), bodyHash: new Uint8Array(32), body: new Uint8Array(bodyBytes) };
}

it('holds 1,024 entries and 64 MiB at most, or one entry', () => {
  const none = vaultIdOf(new Uint8Array(16));
  const many = Array.from({ length: 1025 }, () => oneEntry(0));
  assert.throws(() => encodeSegment({ vault: none, entries: [] }), AssertionError);
  assert.throws(() => encodeSegment({ vault: none, entries: many }), AssertionError);
  assert.equal(decodeSegment(encodeSegment({ vault: none, entries: many.slice(1) })).entries.length, 1024);
  const large = oneEntry(maxSegmentBytes);
  assert.equal(decodeSegment(encodeSegment({ vault: none, entries: [large] })).entries.length, 1);
  assert.throws(() => encodeSegment({ vault: none, entries: [large, oneEntry(0)] }), AssertionError);
  const twoSaid = encodeSegment({ vault: none, entries: [large] }).slice();
  twoSaid.set(u32(2), 17);
  const empty = concat(u32(0), new Uint8Array(32), u32(0));
  assert.throws(
    () => decodeSegment(concat(twoSaid, empty)),
    (error) => isFault(error, 'damaged'),
  );
  for (const count of [0, 1025, 2 ** 32 - 1]) {
    twoSaid.set(u32(count), 17);
    assert.throws(
      () => readSegment(twoSaid),
      (error) => isFault(error, 'damaged'),
    );
  }
});

it('says in a marker which copy of which instance a place holds', () => {
  const marker: fc.Arbitrary<CopyMarker> = fc.record(
    {
      copy: bytes(16).map(copyIdOf),
      instance: vault,
      createdMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      country: fc.constantFrom(undefined, 'CH', 'FR'),
    },
    plain,
  );
  fc.assert(
    fc.property(marker, fc.nat(), (each, some) => {
      const encoded = encodeCopyMarker(each);
      assert.deepEqual(decodeCopyMarker(encoded), each);
      const cut = encoded.subarray(0, some % encoded.length);
      assert.throws(
        () => decodeCopyMarker(cut),
        (error) => isFault(error, 'damaged'),
      );
      assert.throws(
        () => decodeCopyMarker(encoded.with(0, 2)),
        (error) => isFault(error, 'newer-format'),
      );
    }),
  );
});

it('takes two capital letters for a country and nothing else', () => {
  const base = { copy: copyIdOf(new Uint8Array(16)), instance: vaultIdOf(new Uint8Array(16)), createdMs: 1 };
  for (const country of ['', 'C', 'ch', 'CHE', 'C1', 'CH\n'])
    assert.throws(() => encodeCopyMarker({ ...base, country }), AssertionError);
});
