import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from './assert.ts';
import {
  accountIdOf,
  chunkIdOf,
  copyIdOf,
  credentialIdOf,
  idBytes,
  limits,
  mintId,
  mintNodeId,
  parseAccountId,
  parseChunkId,
  parseCopyId,
  parseCredentialId,
  parseNodeId,
  parseVaultId,
  parseVersionId,
  sequenceOfId,
  vaultIdOf,
} from './ids.ts';

it('takes lower-case hex of the right length for an id, and nothing else', () => {
  const hex32 = '0123456789abcdef'.repeat(2);
  for (const parse of [parseVaultId, parseAccountId, parseCredentialId, parseCopyId]) {
    assert.equal(parse(hex32), hex32);
    for (const wrong of ['', hex32.slice(1), `${hex32}0`, hex32.toUpperCase(), `${hex32}\n`, hex32.replace('0', 'g')]) {
      assert.equal(parse(wrong), undefined, wrong);
    }
  }
  assert.equal(parseChunkId(hex32.repeat(2)), hex32.repeat(2));
  assert.equal(parseChunkId(hex32), undefined);
});

it('goes between bytes and ids', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (some) => {
      assert.deepEqual(idBytes(chunkIdOf(some)), some);
      const short = some.subarray(0, 16);
      for (const idOf of [vaultIdOf, accountIdOf, credentialIdOf, copyIdOf])
        assert.deepEqual(idBytes(idOf(short)), short);
      assert.throws(() => vaultIdOf(some), AssertionError);
      assert.throws(() => chunkIdOf(short), AssertionError);
    }),
  );
});

it('takes whole numbers below 2^63 for node and version ids; anything else is undefined, never an exception', () => {
  for (const parse of [parseNodeId, parseVersionId]) {
    assert.equal(parse(0), 0n);
    assert.equal(parse(2n ** 63n - 1n), 2n ** 63n - 1n);
    for (const wrong of [-1, -1n, 2n ** 63n, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.equal(parse(wrong), undefined, String(wrong));
    }
  }
});

it('mints ids that are different for every position, and that say where they come from', () => {
  const fork = fc.integer({ min: 1, max: limits.maxFork });
  const sequence = fc.integer({ min: 1, max: limits.maxSequence });
  const index = fc.integer({ min: 0, max: limits.maxIndex });
  fc.assert(
    fc.property(fork, sequence, index, (f, s, i) => {
      const id = mintNodeId(f, s, i);
      assert.equal(parseNodeId(id), id);
      assert.deepEqual(sequenceOfId(id), { fork: f, sequence: s });
      assert.equal(Number(id & BigInt(limits.maxIndex)), i);
    }),
  );
  assert.equal(mintId(limits.maxFork, limits.maxSequence, limits.maxIndex), 2n ** 63n - 1n);
  for (const [f, s, i] of [
    [0, 1, 0],
    [256, 1, 0],
    [1, 0, 0],
    [1, 2 ** 31, 0],
    [1, 1, -1],
    [1, 1, 2 ** 24],
  ] as const) {
    assert.throws(() => mintId(f, s, i), AssertionError);
  }
});
