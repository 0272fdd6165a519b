import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { x25519Public } from '#crypto/primitives.ts';
import { appPasswordBytes, decodeAppPassword, encodeAppPassword } from './app-password.ts';
import { checkWords, encodeIdentity, encodeRecipient, findIdentity } from './identity.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

it('gives an identity back from its text, wherever it stands in a kit', () => {
  fc.assert(
    fc.property(key, fc.constantFrom('', '# a kit\n', '\r\n', 'words\n  '), (bytes, before) => {
      const text = encodeIdentity(bytes);
      assert.match(text, /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
      assert.deepEqual(findIdentity(`${before}${text}\r\nmore`), bytes);
    }),
  );
});

it('notices every letter of an identity that was mistyped', () => {
  fc.assert(
    fc.property(
      key,
      fc.integer({ min: 16, max: 73 }),
      fc.constantFrom(...'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LB1'),
      (bytes, at, letter) => {
        const text = encodeIdentity(bytes);
        const mistyped = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        if (mistyped !== text) assert.equal(findIdentity(mistyped), undefined);
      },
    ),
  );
});

it('finds no identity where there is none', () => {
  const text = encodeIdentity(new Uint8Array(32));
  for (const none of [
    '',
    'hello',
    text.toLowerCase(),
    text.slice(0, -1),
    `${text}Q`,
    `x${text}`,
    text.replace('AGE', 'AGF'),
    'AGE-SECRET-KEY-1'.repeat(1000),
  ]) {
    assert.equal(findIdentity(none), undefined, none);
  }
  const short = encodeIdentity(new Uint8Array(31));
  assert.equal(findIdentity(short), undefined);
});

it('works: Keys: a recovery kit is an age identity, and files sealed to it with age open with it', async () => {
  const theirs = await generateX25519Identity();
  const bytes = findIdentity(theirs);
  assert.ok(bytes !== undefined);
  assert.equal(encodeIdentity(bytes), theirs);
  assert.equal(encodeRecipient(x25519Public(bytes)), await identityToRecipient(theirs));

  const ours = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  const encrypter = new Encrypter();
  encrypter.addRecipient(encodeRecipient(x25519Public(ours)));
  const sealed = await encrypter.encrypt('kept');
  const decrypter = new Decrypter();
  decrypter.addIdentity(encodeIdentity(ours));
  assert.equal(await decrypter.decrypt(sealed, 'text'), 'kept');
});

it('takes the check words from the first 44 bits', () => {
  assert.deepEqual(checkWords(new Uint8Array(32)), ['abandon', 'abandon', 'abandon', 'abandon']);
  assert.deepEqual(checkWords(new Uint8Array(32).fill(255)), ['zoo', 'zoo', 'zoo', 'zoo']);
  assert.deepEqual(checkWords(Uint8Array.from([0x00, 0x3f, 0xff, 0xff, 0xff, 0xf0])).at(0), 'ability');
  fc.assert(
    fc.property(key, fc.integer({ min: 44, max: 255 }), (digest, bit) => {
      const other = Uint8Array.from(digest);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (128 >> (bit & 7));
      assert.deepEqual(checkWords(other), checkWords(digest));
    }),
  );
});

it('reads an app password however it was typed', () => {
  const bytes = fc.uint8Array({ minLength: appPasswordBytes, maxLength: appPasswordBytes });
  fc.assert(
    fc.property(bytes, (some) => {
      const text = encodeAppPassword(some);
      assert.match(text, /^([a-z2-7]{4}-){7}[a-z2-7]{4}$/);
      for (const typed of [text, text.toUpperCase(), text.replaceAll('-', ''), text.replace('-', '--')]) {
        assert.deepEqual(decodeAppPassword(typed), some);
      }
    }),
  );
});

it('takes nothing else for an app password', () => {
  const text = encodeAppPassword(new Uint8Array(appPasswordBytes));
  for (const wrong of [
    '',
    text.slice(1),
    `${text}a`,
    text.replace('a', '1'),
    text.replace('a', 'ä'),
    text.replace('a', 'ſ'),
    '-'.repeat(100),
    `${text}${'-'.repeat(40)}`,
  ]) {
    assert.equal(decodeAppPassword(wrong), undefined, wrong);
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 70 }), (any) => {
      const bytes = decodeAppPassword(any);
      return bytes === undefined || bytes.length === appPasswordBytes;
    }),
  );
});
