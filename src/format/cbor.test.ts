import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { type CborValue, cborMap, decodeCbor, encodeCbor, Fields } from './cbor.ts';

const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const scalar: fc.Arbitrary<CborValue> = fc.oneof(
  fc.maxSafeInteger(),
  unsigned64,
  fc.bigInt({ min: -(2n ** 64n), max: -1n }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.uint8Array({ maxLength: 30 }),
);
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 12 }), tie('value'), { maxKeys: 5 }),
  ),
}));

function damaged(hex: string): boolean {
  try {
    decodeCbor(fromHex(hex), 'test');
    return false;
  } catch (error) {
    if (isFault(error, 'damaged')) return true;
    throw error;
  }
}

it('gives back what was encoded, and encodes what was decoded to the same bytes', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeCbor(value);
      assert.equal(toHex(encodeCbor(decodeCbor(bytes, 'test'))), toHex(bytes));
    }),
  );
});

it('encodes a map in one way, whatever the order in which it was made', () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 30 }), scalar), {
    selector: ([key]) => key,
    maxLength: 8,
  });
  fc.assert(
    fc.property(entries, (some) => {
      const forwards = encodeCbor(Object.fromEntries(some));
      assert.deepEqual(encodeCbor(Object.fromEntries(some.toReversed())), forwards);
    }),
  );
  // RFC 8949 §4.2.1: bytewise by the encoded key, so shorter keys come first.
  assert.equal(toHex(encodeCbor({ aa: 1, b: 2, a: 3 })), 'a3616103616202626161' + '01');
});

// RFC 8949 Appendix A, those of the types that the format uses.
const known: readonly (readonly [string, CborValue])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18446744073709551615n],
  ['3bffffffffffffffff', -18446744073709551616n],
  ['20', -1],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', new Uint8Array([1, 2, 3, 4])],
  ['60', ''],
  ['62c3bc', '\u00fc'],
  ['64f0908591', '\ud800\udd51'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
];

it('agrees with the examples of RFC 8949', () => {
  for (const [hex, value] of known) {
    assert.equal(toHex(encodeCbor(value)), hex);
    assert.deepEqual(decodeCbor(fromHex(hex), 'test'), value);
  }
});

const notOurs: readonly (readonly [string, string])[] = [
  ['', 'nothing'],
  ['0001', 'two values'],
  ['1817', 'a number longer than needed'],
  ['190018', 'a number longer than needed'],
  ['1a00000018', 'a number longer than needed'],
  ['1b0000000000000018', 'a number longer than needed'],
  ['5801ff', 'a length longer than needed'],
  ['780161', 'a length longer than needed'],
  ['980101', 'a length longer than needed'],
  ['b801616101', 'a length longer than needed'],
  ['5f4100ff', 'indefinite bytes'],
  ['7f6161ff', 'indefinite text'],
  ['9f01ff', 'an indefinite array'],
  ['bf616101ff', 'an indefinite map'],
  ['ff', 'a break'],
  ['f7', 'undefined'],
  ['f0', 'another simple value'],
  ['f820', 'another simple value'],
  ['f97e00', 'not a number'],
  ['f97c00', 'infinity'],
  ['f93c00', 'a float that is whole'],
  ['f93e00', 'a float'],
  ['fa3fc00000', 'a float'],
  ['fb3ff199999999999a', 'a float'],
  ['81f93c00', 'a float inside'],
  ['a16161f93c00', 'a float inside'],
  ['c11a514b67b0', 'a tag'],
  ['c249010000000000000000', 'a big number by tag'],
  ['a10001', 'a map with a number as key'],
  ['a1416101', 'a map with bytes as key'],
  ['a2616101616102', 'a key twice'],
  ['a2616201616102', 'keys out of order'],
  ['a262616101616202', 'keys out of order'],
  ['81a2616201616102', 'keys out of order inside'],
  ['61ff', 'text that is not UTF-8'],
  ['63eda080', 'half a surrogate pair'],
  ['a161ff01', 'a key that is not UTF-8'],
];

it('refuses everything that is not one value in the deterministic form', () => {
  for (const [hex, what] of notOurs) assert.ok(damaged(hex), `${what}: ${hex}`);
});

it('decodes any bytes to a value that encodes to the same bytes, or calls them damaged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const hex = toHex(bytes);
      if (!damaged(hex)) assert.equal(toHex(encodeCbor(decodeCbor(bytes, 'test'))), hex);
    }),
    { numRuns: 3000 },
  );
});

it('calls every truncation damaged', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const hex = toHex(encodeCbor(value));
      for (let length = 0; length < hex.length; length += 2) assert.ok(damaged(hex.slice(0, length)));
    }),
    { numRuns: 50 },
  );
});

it('is not brought down by deep nesting or by lengths that lie', () => {
  assert.ok(damaged('81'.repeat(200_000)));
  assert.ok(damaged(`${'a16161'.repeat(100_000)}`));
  for (const lie of [
    '9bffffffffffffffff',
    '9a7fffffff00',
    'bb001fffffffffffff',
    '5bffffffffffffffff',
    '7a7fffffff',
    '9b001fffffffffffff00',
  ]) {
    assert.ok(damaged(lie), lie);
  }
});

it('gives text back bit for bit, also with a byte order mark or with the replacement character in it', () => {
  for (const text of [
    '\ufeffa',
    'a\ufeff',
    '\ufffd',
    `${'x'.repeat(40)}\ufffd`,
    'e\u0301 \u00e9',
    `\ufeff${'y'.repeat(300)}`,
    '\0',
  ]) {
    assert.equal(decodeCbor(encodeCbor(text), 'test'), text);
    assert.deepEqual(decodeCbor(encodeCbor({ [text]: text }), 'test'), { [text]: text });
  }
});

it('keeps keys that mean something to JavaScript as ordinary keys', () => {
  const map = decodeCbor(fromHex('a1695f5f70726f746f5f5fa16178' + '01'), 'test');
  const fields = new Fields(map, 'test');
  assert.ok(fields.has('__proto__'));
  assert.ok(!fields.has('x'));
  assert.ok(!new Fields({}, 'test').has('constructor'));
  assert.equal(new Fields({}, 'test').value('toString'), undefined);
});

it('reads typed fields, and calls a field that is missing or of another type damaged', () => {
  const fields = new Fields(
    { n: 7, big: 2n ** 60n, text: 'a', bytes: new Uint8Array(3), list: [1], map: { x: 1 }, no: null, neg: -1 },
    'test',
  );
  assert.equal(fields.count('n'), 7);
  assert.equal(fields.big('n'), 7n);
  assert.equal(fields.big('big'), 2n ** 60n);
  assert.equal(fields.text('text'), 'a');
  assert.equal(fields.bytes('bytes', 3).length, 3);
  assert.deepEqual(fields.list('list'), [1]);
  assert.deepEqual(fields.entries('map'), [['x', 1]]);
  const wrong = [
    () => fields.count('missing'),
    () => fields.count('big'),
    () => fields.count('neg'),
    () => fields.count('text'),
    () => fields.big('text'),
    () => fields.text('n'),
    () => fields.text('no'),
    () => fields.bytes('bytes', 4),
    () => fields.bytes('text'),
    () => fields.list('map'),
    () => fields.list('bytes'),
    () => fields.entries('list'),
    () => fields.entries('missing'),
  ];
  for (const read of wrong) assert.throws(read, (error) => isFault(error, 'damaged'));
  for (const value of [undefined, null, 1, 'a', [], new Uint8Array(1)]) {
    assert.throws(
      () => new Fields(value, 'test'),
      (error) => isFault(error, 'damaged'),
    );
  }
});

it('leaves out what is not there', () => {
  assert.equal(toHex(encodeCbor(cborMap({ a: undefined, b: null }))), 'a16162f6');
});
