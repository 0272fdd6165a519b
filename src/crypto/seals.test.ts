import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { noAccount, openWrap, sealWrap, type VaultSecrets } from '#accounts/keyring.ts';
import { toHex, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { credentialIdOf, type VaultId, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { openPublicHeader, signPublicHeader } from '#vault/public-headers.ts';
import { EpochKeys, openPrevious, sealPrevious } from './epoch-keys.ts';
import { aeadOpen, aeadSeal, ed25519Public, x25519Public } from './primitives.ts';
import { chunkKey, frameTag, openBody, openChunk, openRow, sealBody, sealChunk, sealRow, segmentKey } from './seals.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const [seedA = new Uint8Array(32), seedB = new Uint8Array(32)] = fc.sample(bytes(32), { numRuns: 2, seed: 11 });
const vaultA = vaultIdOf(new Uint8Array(16).fill(1));
const vaultB = vaultIdOf(new Uint8Array(16).fill(2));
const salt = new Uint8Array(32).fill(5);
const aad = utf8('aad');

/** Keys of each vault and epoch, once with the same secret everywhere: separation must not lean on luck. */
const everyKeys: readonly EpochKeys[] = [seedA, seedB].flatMap((seed) =>
  [vaultA, vaultB].flatMap((vault) => [1, 2].map((epoch) => new EpochKeys(vault, epoch, new Secret(seed)))),
);

function purposes(keys: EpochKeys): readonly Secret[] {
  return [
    keys.entryKey,
    keys.contentKey,
    keys.tagKey,
    keys.checkpointKey,
    keys.ephemeralKey,
    keys.traceKey,
    keys.inboxPrivate,
  ];
}

it('derives another key for every secret, vault, epoch and purpose', () => {
  const all = everyKeys.flatMap((keys) => [keys.secret, ...purposes(keys)].map((key) => toHex(key.expose())));
  assert.equal(new Set(all).size, 8 * 7 + 2);
});

interface Sealing {
  readonly what: string;
  readonly seal: (keys: EpochKeys) => Uint8Array;
  /** Whether it opens. */
  readonly open: (keys: EpochKeys, sealed: Uint8Array) => boolean;
}

const message = utf8('a message of some length');
const tagOf = (keys: EpochKeys): Uint8Array =>
  frameTag(keys.tagKey, new Uint8Array(14), new Uint8Array(4), new Uint8Array(32));
const rowId = utf8('row');

const sealings: readonly Sealing[] = [
  {
    what: 'body',
    seal: (keys) => sealBody(keys.entryKey, salt, aad, message),
    open: (keys, sealed) => openBody(keys.entryKey, salt, aad, sealed) !== undefined,
  },
  {
    what: 'chunk',
    seal: (keys) => sealChunk(chunkKey(keys.contentKey, tagOf(keys)), keys.vault, message),
    open: (keys, sealed) => openChunk(chunkKey(keys.contentKey, tagOf(keys)), keys.vault, sealed) !== undefined,
  },
  {
    what: 'row',
    seal: (keys) => sealRow(keys.ephemeralKey, salt, 1, rowId, message),
    open: (keys, sealed) => openRow(keys.ephemeralKey, salt, 1, rowId, sealed) !== undefined,
  },
  ...[true, false].map((last) => ({
    what: `segment, last: ${last}`,
    seal: (keys: EpochKeys) => aeadSeal(segmentKey(keys.checkpointKey, salt, 0, last), aad, message),
    open: (keys: EpochKeys, sealed: Uint8Array) =>
      aeadOpen(segmentKey(keys.checkpointKey, salt, 0, last), aad, sealed) !== undefined,
  })),
  {
    what: 'previous',
    seal: (keys) => sealPrevious(keys.vault, keys.epoch, keys.secret, new Secret(message)),
    open: (keys, sealed) => {
      try {
        openPrevious(keys.vault, keys.epoch, keys.secret, sealed);
        return true;
      } catch (error) {
        assert.ok(isFault(error, 'damaged'));
        return false;
      }
    },
  },
];

it('opens what is sealed for the same vault, epoch and purpose, and for no other', () => {
  for (const sealing of sealings) {
    for (const from of everyKeys) {
      const sealed = sealing.seal(from);
      for (const opening of sealings) {
        for (const keys of everyKeys) {
          const isSame = opening === sealing && keys === from;
          assert.equal(opening.open(keys, sealed), isSame, `${sealing.what} opened as ${opening.what}`);
        }
      }
    }
  }
});

it('notices every flipped bit and every missing byte of what is sealed', () => {
  const [keys] = everyKeys;
  assert.ok(keys !== undefined);
  for (const { what, seal, open } of sealings) {
    const sealed = seal(keys);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      assert.ok(!open(keys, sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))), `${what}, bit ${bit}`);
    }
    for (let length = 0; length < sealed.length; length += 1) assert.ok(!open(keys, sealed.subarray(0, length)), what);
  }
});

it('binds a row to its kind, id and salt, a body to its header and salt, a segment to its place', () => {
  const [keys] = everyKeys;
  assert.ok(keys !== undefined);
  const row = sealRow(keys.ephemeralKey, salt, 1, rowId, message);
  assert.equal(openRow(keys.ephemeralKey, salt, 2, rowId, row), undefined);
  assert.equal(openRow(keys.ephemeralKey, salt, 1, utf8('raw'), row), undefined);
  assert.equal(openRow(keys.ephemeralKey, salt.with(0, 0), 1, rowId, row), undefined);
  const body = sealBody(keys.entryKey, salt, aad, message);
  assert.equal(openBody(keys.entryKey, salt, utf8('other'), body), undefined);
  assert.equal(openBody(keys.entryKey, salt.with(31, 0), aad, body), undefined);
  const places = [0, 1, 2 ** 32 - 1].flatMap((index) =>
    [true, false].map((last) => toHex(segmentKey(keys.checkpointKey, salt, index, last))),
  );
  assert.equal(new Set(places).size, 6);
});

it('gives every frame its own key', () => {
  const [keys] = everyKeys;
  assert.ok(keys !== undefined);
  const part = fc.record({ header: bytes(14), length: bytes(4), sum: bytes(32) });
  fc.assert(
    fc.property(part, part, (a, b) => {
      const key = ({ header, length, sum }: typeof a): string =>
        toHex(chunkKey(keys.contentKey, frameTag(keys.tagKey, header, length, sum)));
      const text = ({ header, length, sum }: typeof a): string => [header, length, sum].map(toHex).join();
      assert.equal(key(a) === key(b), text(a) === text(b));
      assert.notEqual(key(a), key({ ...a, header: a.header.with(3, ((a.header[3] ?? 0) + 1) & 255) }));
    }),
  );
});

const personKey = new Secret(seedA);
const phone = { id: credentialIdOf(new Uint8Array(16).fill(3)), publicKey: x25519Public(seedA) };
const other = { id: credentialIdOf(new Uint8Array(16).fill(4)), publicKey: x25519Public(seedB) };
const secrets: VaultSecrets = { epoch: 2, secret: new Secret(seedB), signSeed: new Secret(seedA) };
const random = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(77) };

it('opens a wrap for its credential, vault and epoch only', () => {
  const wrap = sealWrap(phone, vaultA, secrets, random);
  const opened = openWrap(personKey, phone.id, vaultA, 2, wrap);
  assert.deepEqual(opened.secret.expose(), seedB);
  assert.deepEqual(opened.signSeed?.expose(), seedA);
  const wrong: readonly (readonly [Secret, typeof phone.id, VaultId, number])[] = [
    [new Secret(seedB), phone.id, vaultA, 2],
    [personKey, other.id, vaultA, 2],
    [personKey, phone.id, vaultB, 2],
    [personKey, phone.id, vaultA, 1],
  ];
  for (const [key, credential, vault, epoch] of wrong) {
    assert.throws(
      () => openWrap(key, credential, vault, epoch, wrap),
      (error) => isFault(error, 'bad-key'),
    );
  }
});

it('keeps the signing seed out of a wrap that was made without it', () => {
  const wrap = sealWrap(phone, vaultA, { ...secrets, signSeed: undefined }, random);
  assert.equal(openWrap(personKey, phone.id, vaultA, 2, wrap).signSeed, undefined);
});

it('notices every flipped bit of a public header, and every missing byte', () => {
  const header = {
    vault: vaultA,
    account: noAccount,
    number: 1,
    signPublic: ed25519Public(seedA),
    epochs: [{ epoch: 1, inboxPublic: x25519Public(seedB), previous: null }],
    wraps: [
      {
        credential: phone.id,
        publicKey: phone.publicKey,
        epoch: 1,
        box: sealWrap(phone, vaultA, { ...secrets, epoch: 1 }, random),
      },
    ],
  };
  const signed = signPublicHeader(header, new Secret(seedA));
  assert.deepEqual(openPublicHeader(signed).wraps.length, 1);
  const isNoticed = (changed: Uint8Array): boolean => {
    try {
      openPublicHeader(changed);
      return false;
    } catch (error) {
      return isFault(error, 'damaged') || isFault(error, 'newer-format');
    }
  };
  for (let bit = 0; bit < signed.length * 8; bit += 1) {
    assert.ok(isNoticed(signed.with(bit >> 3, (signed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))), `bit ${bit}`);
  }
  for (let length = 0; length < signed.length; length += 1)
    assert.ok(isNoticed(signed.subarray(0, length)), `length ${length}`);
});
