import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import {
  aeadOpen,
  aeadSeal,
  argon2id,
  ed25519Public,
  ed25519Sign,
  ed25519Verify,
  equalSecrets,
  hkdf,
  hmacSha256,
  runningHash,
  sha256,
  x25519Public,
  x25519Shared,
} from './primitives.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ maxLength: 60 });

it('computes the vectors of FIPS 180-4, RFC 4231 and RFC 5869', () => {
  assert.equal(toHex(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(
    toHex(hmacSha256(utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  // Test case 3 has neither salt nor info; of its 42 bytes the first 32.
  assert.equal(
    toHex(hkdf(new Uint8Array(22).fill(0x0b), new Uint8Array(0), '')),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  );
  // Test case 1, whose info happens to be no text: given as context.
  const info = fromHex('f0f1f2f3f4f5f6f7f8f9');
  assert.equal(
    toHex(hkdf(new Uint8Array(22).fill(0x0b), fromHex('000102030405060708090a0b0c'), '', info)),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf',
  );
});

it('computes the vectors of RFC 7748 and RFC 8032', () => {
  const alice = new Uint8Array(32).fill(7);
  const bob = fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
  assert.equal(toHex(x25519Public(bob)), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  assert.deepEqual(x25519Shared(alice, x25519Public(bob)), x25519Shared(bob, x25519Public(alice)));
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  assert.equal(toHex(ed25519Public(seed)), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
});

it('computes the vector of NIST for AES-256-GCM', () => {
  // GCM specification (McGrew and Viega), test cases 13 and 14: key and nonce are zeros.
  const key = new Uint8Array(32);
  assert.equal(toHex(aeadSeal(key, new Uint8Array(0), new Uint8Array(0))), '530f8afbc74536b9a963b4f1c4cb738b');
  assert.equal(
    toHex(aeadSeal(key, new Uint8Array(0), new Uint8Array(16))),
    'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  );
});

it('opens what was sealed, with the same key and associated data only, and notices every flipped bit', () => {
  fc.assert(
    fc.property(bytes(32), some, some, fc.nat(), (key, aad, plaintext, at) => {
      const sealed = aeadSeal(key, aad, plaintext);
      assert.equal(sealed.length, plaintext.length + 16);
      assert.deepEqual(new Uint8Array(aeadOpen(key, aad, sealed) ?? [1]), plaintext);
      const flip = (one: Uint8Array): Uint8Array => {
        const bit = at % (one.length * 8);
        return one.with(bit >> 3, (one[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      };
      assert.equal(aeadOpen(key, aad, flip(sealed)), undefined);
      assert.equal(aeadOpen(flip(key), aad, sealed), undefined);
      if (aad.length > 0) assert.equal(aeadOpen(key, flip(aad), sealed), undefined);
      assert.equal(aeadOpen(key, aad, sealed.subarray(0, at % sealed.length)), undefined);
    }),
  );
});

it('signs and verifies; a changed message, key or signature does not verify', () => {
  fc.assert(
    fc.property(bytes(32), some, fc.nat(511), (seed, message, bit) => {
      const signature = ed25519Sign(seed, message);
      const publicKey = ed25519Public(seed);
      assert.ok(ed25519Verify(publicKey, message, signature));
      assert.ok(!ed25519Verify(publicKey, Uint8Array.from([...message, 0]), signature));
      assert.ok(
        !ed25519Verify(publicKey, message, signature.with(bit >> 3, (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7)))),
      );
      assert.ok(!ed25519Verify(ed25519Public(seed.with(0, (seed[0] ?? 0) ^ 1)), message, signature));
      assert.ok(!ed25519Verify(publicKey, message, signature.subarray(1)));
    }),
    { numRuns: 50 },
  );
  assert.throws(
    () => ed25519Verify(new Uint8Array(31), new Uint8Array(0), new Uint8Array(64)),
    (error) => isFault(error, 'damaged'),
  );
});

it('hashes a file piece by piece as in one', () => {
  fc.assert(
    fc.property(fc.array(some, { maxLength: 6 }), (pieces) => {
      const running = runningHash('sha256');
      for (const piece of pieces) running.update(piece);
      assert.deepEqual(running.digest(), sha256(Buffer.concat(pieces)));
    }),
  );
});

it('takes a password in any Unicode form for the same password', async () => {
  const cost = { memoryKiB: 64, passes: 1 };
  const salt = new Uint8Array(16);
  assert.deepEqual(await argon2id('caf\u00e9', salt, cost), await argon2id('cafe\u0301', salt, cost));
  assert.notDeepEqual(await argon2id('cafe', salt, cost), await argon2id('caf\u00e9', salt, cost));
  assert.notDeepEqual(await argon2id('cafe', salt, cost), await argon2id('cafe', salt.with(0, 1), cost));
});

it('compares secrets by value', () => {
  fc.assert(fc.property(some, some, (a, b) => equalSecrets(a, b) === (toHex(a) === toHex(b))));
});
