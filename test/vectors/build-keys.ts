// box.json, wrap.json, credential.json: docs/format.md §2 to §4.
import { openWrap, sealWrap } from '#accounts/keyring.ts';
import { assert } from '#base/assert.ts';
import { concat, equalBytes, noBytes, toHex, u32, utf8 } from '#base/bytes.ts';
import { credentialIdOf, idBytes, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { sealBox } from '#crypto/box.ts';
import { appPasswordKey, checkWordsDigest, passwordKey } from '#crypto/credential-keys.ts';
import { EpochKeys, sealPrevious } from '#crypto/epoch-keys.ts';
import { argon2id, ed25519Public, passwordCost, x25519Public, x25519Shared } from '#crypto/primitives.ts';
import { encodeAppPassword } from '#format/app-password.ts';
import { cborMap, encodeCbor } from '#format/cbor.ts';
import { checkWords, encodeIdentity, encodeRecipient } from '#format/identity.ts';
import { diagnostic, hexed, type Json, Seeded } from './values.ts';

export function boxVectors(): Json {
  const random = new Seeded('box');
  const inputs: readonly (readonly [string, string, Uint8Array, Uint8Array])[] = [
    ['a short message', 'wrap', utf8('context'), utf8('The quick brown fox')],
    ['nothing bound, nothing said', 'inbox', noBytes, noBytes],
    ['a longer one', 'trace', random.bytes(40), random.bytes(200)],
  ];
  const cases = inputs.map(([name, label, aad, plaintext]) => {
    const privateKey = random.bytes(32);
    const ephemeral = random.bytes(32);
    const publicKey = x25519Public(privateKey);
    const box = sealBox(publicKey, label, aad, plaintext, ephemeral);
    return hexed({
      name,
      privateKey,
      publicKey,
      ephemeralPrivateKey: ephemeral,
      enc: x25519Public(ephemeral),
      sharedPoint: x25519Shared(ephemeral, publicKey),
      label,
      aad,
      plaintext,
      box,
    });
  });
  return { about: 'docs/format.md §3: box(publicKey, label, aad, plaintext)', cases };
}

function epochCase(keys: EpochKeys): Json {
  return hexed({
    vault: keys.vault,
    epoch: keys.epoch,
    secret: keys.secret.expose(),
    entryKey: keys.entryKey.expose(),
    contentKey: keys.contentKey.expose(),
    tagKey: keys.tagKey.expose(),
    checkpointKey: keys.checkpointKey.expose(),
    ephemeralKey: keys.ephemeralKey.expose(),
    traceKey: keys.traceKey.expose(),
    inboxPrivateKey: keys.inboxPrivate.expose(),
    inboxPublicKey: keys.inboxPublic,
  });
}

export function wrapVectors(): Json {
  const random = new Seeded('wrap');
  const vault = vaultIdOf(random.bytes(16));
  const [first, second] = [1, 2].map((epoch) => new EpochKeys(vault, epoch, new Secret(random.bytes(32))));
  assert(first !== undefined && second !== undefined, 'two epochs');
  const signSeed = random.bytes(32);
  const wraps = ['kit', 'app'].map((kind) => {
    const privateKey = random.bytes(32);
    const credential = { id: credentialIdOf(random.bytes(16)), publicKey: x25519Public(privateKey) };
    const seed = kind === 'app' ? undefined : new Secret(signSeed);
    const [ephemeral] = [random.bytes(32)];
    const wrap = sealWrap(
      credential,
      vault,
      { epoch: 2, secret: second.secret, signSeed: seed },
      { bytes: () => ephemeral },
    );
    const opened = openWrap(new Secret(privateKey), credential.id, vault, 2, wrap);
    assert(equalBytes(opened.secret.expose(), second.secret.expose()), 'a wrap opens');
    const content = cborMap({ secret: second.secret.expose(), sign: seed?.expose() });
    return hexed({
      kind,
      credential: credential.id,
      privateKey,
      publicKey: credential.publicKey,
      vault,
      epoch: 2,
      ephemeralPrivateKey: ephemeral,
      aad: concat(idBytes(credential.id), idBytes(vault), u32(2)),
      content: diagnostic(content),
      plaintext: encodeCbor(content),
      wrap,
    });
  });
  return {
    about: 'docs/format.md §2 and §3: keys of epochs, the secret of the epoch before, wraps',
    epochs: [epochCase(first), epochCase(second)],
    previous: hexed({
      vault,
      epoch: 2,
      secret: second.secret.expose(),
      aad: concat(utf8('previous'), idBytes(vault), u32(2)),
      secretBefore: first.secret.expose(),
      sealed: sealPrevious(vault, 2, second.secret, first.secret),
    }),
    signing: hexed({ seed: signSeed, publicKey: ed25519Public(signSeed) }),
    wraps,
  };
}

export async function credentialVectors(): Promise<Json> {
  const random = new Seeded('credential');
  const passwords: Json[] = [];
  for (const [password, cost] of [
    ['correct horse battery staple', { memoryKiB: 64, passes: 2 }],
    // Typed with a combining accent: the derivation takes the composed form.
    ['pa\u0300sse \u{1f511}', { memoryKiB: 1024, passes: 1 }],
    ['the cost that is used', passwordCost],
  ] as const) {
    const credential = credentialIdOf(random.bytes(16));
    const salt = random.bytes(16);
    const key = await passwordKey(password, credential, salt, cost);
    passwords.push(
      hexed({
        password,
        passwordNfcUtf8: utf8(password.normalize('NFC')),
        credential,
        salt,
        ...cost,
        argon2id: await argon2id(password, salt, cost),
        privateKey: key.expose(),
        publicKey: x25519Public(key.expose()),
      }),
    );
  }
  const apps = [random.bytes(20), new Uint8Array(20), new Uint8Array(20).fill(255)].map((bytes) => {
    const key = appPasswordKey(bytes).expose();
    return hexed({ bytes, text: encodeAppPassword(bytes), privateKey: key, publicKey: x25519Public(key) });
  });
  const kits = [random.bytes(32), random.bytes(32)].map((privateKey) => {
    const digest = checkWordsDigest(new Secret(privateKey));
    const publicKey = x25519Public(privateKey);
    return {
      ...hexed({ privateKey, identity: encodeIdentity(privateKey), publicKey, recipient: encodeRecipient(publicKey) }),
      checkDigest: toHex(digest),
      checkWords: checkWords(digest),
    };
  });
  return { about: 'docs/format.md §4: passwords, app passwords, kits', passwords, apps, kits };
}
