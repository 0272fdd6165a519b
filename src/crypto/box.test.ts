import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import fc from 'fast-check';
import { concat, fromHex, toHex, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { openBox, sealBox } from './box.ts';
import { x25519Public } from './primitives.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ maxLength: 12 });
const some = fc.uint8Array({ maxLength: 60 });

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** The other implementation wants buffers of its own. */
const owned = (view: Uint8Array): ArrayBuffer => Uint8Array.from(view).buffer;

it('opens what it sealed', () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), text, some, some, (key, ephemeral, label, aad, plaintext) => {
      const box = sealBox(x25519Public(key), label, aad, plaintext, ephemeral);
      assert.deepEqual(new Uint8Array(openBox(key, label, aad, box) ?? []), plaintext);
    }),
  );
});

it('computes the vector of RFC 9180 for this suite', () => {
  // Official test vectors: mode 0, kem 0x0020, kdf 0x0001, aead 0x0002, first encryption.
  const privateKey = fromHex('497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d');
  const recipient = fromHex('430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c');
  const ephemeral = fromHex('179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11');
  const enc = '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256';
  const ct = 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a';
  const plaintext = utf8('Beauty is truth, truth beauty');
  assert.equal(toHex(x25519Public(privateKey)), toHex(recipient));
  const box = sealBox(recipient, 'Ode on a Grecian Urn', utf8('Count-0'), plaintext, ephemeral);
  assert.equal(toHex(box), `01${enc}${ct}`);
  assert.deepEqual(new Uint8Array(openBox(privateKey, 'Ode on a Grecian Urn', utf8('Count-0'), box) ?? []), plaintext);
});

it('works: Keys: what is sealed to a public key opens with another implementation of RFC 9180, and the other way round', async () => {
  for (let round = 0; round < 20; round += 1) {
    const [key, ephemeral, aad, plaintext] = fc.sample(bytes(32), { numRuns: 4, seed: round });
    assert.ok(key !== undefined && ephemeral !== undefined && aad !== undefined && plaintext !== undefined);
    const info = owned(utf8(`label ${round}`));
    const recipientKey = await suite.kem.importKey('raw', owned(key), false);
    const recipientPublicKey = await suite.kem.importKey('raw', owned(x25519Public(key)), true);

    const ours = sealBox(x25519Public(key), `label ${round}`, aad, plaintext, ephemeral);
    const opened = await suite.open(
      { recipientKey, enc: owned(ours.subarray(1, 33)), info },
      owned(ours.subarray(33)),
      owned(aad),
    );
    assert.deepEqual(new Uint8Array(opened), plaintext);

    const theirs = await suite.seal({ recipientPublicKey, info }, owned(plaintext), owned(aad));
    const box = concat(new Uint8Array([1]), new Uint8Array(theirs.enc), new Uint8Array(theirs.ct));
    assert.deepEqual(new Uint8Array(openBox(key, `label ${round}`, aad, box) ?? []), plaintext);
  }
});

it('opens for no other key, label or associated data', () => {
  fc.assert(
    fc.property(
      bytes(32),
      bytes(32),
      bytes(32),
      text,
      text,
      some,
      some,
      some,
      (key, otherKey, ephemeral, label, otherLabel, aad, otherAad, plaintext) => {
        const box = sealBox(x25519Public(key), label, aad, plaintext, ephemeral);
        // X25519 ignores five bits of a private key: two keys with one public key are one key.
        if (toHex(x25519Public(otherKey)) !== toHex(x25519Public(key)))
          assert.equal(openBox(otherKey, label, aad, box), undefined);
        if (otherLabel !== label) assert.equal(openBox(key, otherLabel, aad, box), undefined);
        if (toHex(otherAad) !== toHex(aad)) assert.equal(openBox(key, label, otherAad, box), undefined);
      },
    ),
  );
});

function opensNot(key: Uint8Array, box: Uint8Array): boolean {
  try {
    return openBox(key, 'l', utf8('a'), box) === undefined;
  } catch (error) {
    return isFault(error, 'damaged') || isFault(error, 'newer-format');
  }
}

it('notices every bit that was flipped and every byte that is missing', () => {
  const [key, ephemeral] = fc.sample(bytes(32), { numRuns: 2, seed: 5 });
  assert.ok(key !== undefined && ephemeral !== undefined);
  const box = sealBox(x25519Public(key), 'l', utf8('a'), utf8('message'), ephemeral);
  for (let bit = 0; bit < box.length * 8; bit += 1) {
    assert.ok(opensNot(key, box.with(bit >> 3, (box[bit >> 3] ?? 0) ^ (1 << (bit & 7)))), `bit ${bit}`);
  }
  for (let length = 1; length < box.length; length += 1) assert.ok(opensNot(key, box.subarray(0, length)));
  for (let length = 0; length < 49; length += 1) {
    assert.throws(
      () => openBox(key, 'l', utf8('a'), box.subarray(0, length)),
      (error) => isFault(error, 'damaged'),
      `length ${length}`,
    );
  }
});

it('refuses keys that would give everybody the same secret', () => {
  const key = new Uint8Array(32).fill(9);
  // RFC 7748 §6.1: points of low order.
  for (const low of [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    `e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800`,
  ]) {
    assert.throws(
      () => sealBox(fromHex(low), 'l', utf8('a'), utf8('m'), key),
      (error) => isFault(error, 'damaged'),
    );
    const box = concat(new Uint8Array([1]), fromHex(low), new Uint8Array(30));
    assert.throws(
      () => openBox(key, 'l', utf8('a'), box),
      (error) => isFault(error, 'damaged'),
    );
  }
});
