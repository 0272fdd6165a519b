import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '#base/bytes.ts';
import { chunkIdOf, type NodeId, parseNodeId, parseVersionId, rootNode, type VersionId } from '#base/ids.ts';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';
import {
  checkName,
  type FileOperation,
  fileOperationFromCbor,
  fileOperationToCbor,
  maxNameBytes,
} from './file-operations.ts';
import { pieceSizeBytes } from './frame.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const plain = { noNullPrototype: true };
const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const node = id.map((any) => parseNodeId(any) ?? rootNode);
const version = id.map((any) => parseVersionId(any) ?? (0n as VersionId));
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((any) => any.isWellFormed());
const name = text.filter((any) => checkName(any) === 'ok');
const place = fc.record({ parent: node, name }, plain);
const piece = fc.record(
  {
    chunk: bytes(32).map(chunkIdOf),
    tag: bytes(32),
    sizeBytes: fc.integer({ min: 0, max: pieceSizeBytes }),
    epoch: fc.nat(),
    sum: bytes(32),
  },
  plain,
);
const pieces = fc.array(piece, { maxLength: 2 });
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });

const operation: fc.Arbitrary<FileOperation> = fc.oneof(
  fc.record({ o: fc.constantFrom('folder', 'place'), node, place }, plain),
  fc.record({ o: fc.constant('stage'), content: version, pieces }, plain),
  fc.record(
    {
      o: fc.constant('write'),
      node,
      version,
      sizeBytes: fc.maxSafeNat(),
      sha256: bytes(32),
      pieces,
      mtimeMs: maybe(fc.maxSafeNat()),
      sums: fc
        .dictionary(text, text, { maxKeys: 3 })
        .map((any) => new Map(Object.entries(any).sort(([a], [b]) => byEncoding(a, b)))),
      type: maybe(text),
      content: maybe(version),
      place: maybe(place),
    },
    plain,
  ),
  fc.record({ o: fc.constantFrom('trash', 'end'), node }, plain),
  fc.record({ o: fc.constant('copy'), source: node, node, place }, plain),
  fc.record({ o: fc.constant('pick'), node, version, of: version }, plain),
  fc.record(
    {
      o: fc.constant('props'),
      node,
      set: fc.array(fc.record({ namespace: text, name: text, xml: text }, plain), { maxLength: 3 }),
      remove: fc.array(fc.record({ namespace: text, name: text }, plain), { maxLength: 3 }),
    },
    plain,
  ),
);

/** The order in which a map comes out of its encoding, except for keys that look like numbers: those JavaScript puts first. */
function byEncoding(a: string, b: string): number {
  return Buffer.compare(encodeCbor(a), encodeCbor(b));
}

function throughBytes(value: CborValue): CborValue {
  return decodeCbor(encodeCbor(value), 'test');
}

it('gives every operation back as it was written', () => {
  fc.assert(
    fc.property(operation, (some) => {
      const back = fileOperationFromCbor(throughBytes(fileOperationToCbor(some)));
      if (some.o !== 'write' || back?.o !== 'write') return assert.deepEqual(back, some);
      assert.deepEqual({ ...back, sums: 0 }, { ...some, sums: 0 });
      assert.deepEqual(Object.fromEntries(back.sums), Object.fromEntries(some.sums));
    }),
    { numRuns: 500 },
  );
});

it('ignores keys that it does not know', () => {
  fc.assert(
    fc.property(operation, (some) => {
      const later = { ...(fileOperationToCbor(some) as { readonly [key: string]: CborValue }), zz: [1] };
      assert.equal(fileOperationFromCbor(throughBytes(later))?.o, some.o);
    }),
  );
});

it('answers undefined to whatever is not an operation, and never throws', () => {
  for (const wrong of [
    null,
    1,
    'trash',
    [],
    {},
    { o: 'later' },
    { o: 1 },
    { o: 'trash' },
    { o: 'trash', node: -1 },
    { o: 'trash', node: 2n ** 63n },
  ]) {
    assert.equal(fileOperationFromCbor(wrong), undefined);
  }
  for (const bad of ['', '.', '..', 'a/b', 'a\0', 'x'.repeat(256)]) {
    assert.equal(fileOperationFromCbor({ o: 'folder', node: 1, parent: 0, name: bad }), undefined, bad);
  }
  const anything = fc.anything({ withBigInt: true, withTypedArray: false, maxDepth: 2 });
  fc.assert(
    fc.property(operation, fc.nat(), anything, (some, at, value) => {
      const map = { ...(fileOperationToCbor(some) as { readonly [key: string]: CborValue }) };
      const key = Object.keys(map)[at % Object.keys(map).length] ?? 'o';
      fileOperationFromCbor({ ...map, [key]: value as CborValue });
      delete map[key];
      fileOperationFromCbor(map);
    }),
    { numRuns: 500 },
  );
});

it('knows names by the rule of the format', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 5 })), (any) => {
      const isFine =
        any.isWellFormed() &&
        any !== '' &&
        any !== '.' &&
        any !== '..' &&
        !/[/\0]/.test(any) &&
        utf8(any).length <= maxNameBytes;
      assert.equal(checkName(any) === 'ok', isFine, JSON.stringify(any));
    }),
    { numRuns: 1000 },
  );
  assert.equal(checkName('é'.repeat(127)), 'ok');
  assert.equal(checkName('é'.repeat(128)), 'too-long');
  assert.equal(checkName('𝄞'.repeat(63)), 'ok');
  assert.equal(checkName('𝄞'.repeat(64)), 'too-long');
  assert.equal(checkName('\ud800'), 'forbidden-character');
  assert.equal(checkName('...'), 'ok');
  assert.equal(checkName('\ufeff'), 'ok');
});

it('takes nothing above 2^63 for an id', () => {
  const most: NodeId | undefined = parseNodeId(2n ** 63n - 1n);
  assert.ok(most !== undefined);
  assert.deepEqual(fileOperationFromCbor(throughBytes({ o: 'end', node: most })), { o: 'end', node: most });
});
