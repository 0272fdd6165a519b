// public-header.json, checkpoint.json, ephemeral.json, heads.json, trace.json: docs/format.md §9 to §12.
import { noAccount, sealWrap } from '#accounts/keyring.ts';
import { concat, fromHex, toHex, u32, u64, utf8 } from '#base/bytes.ts';
import { accountIdOf, credentialIdOf, idBytes, mintNodeId, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { sealBox } from '#crypto/box.ts';
import { EpochKeys, sealPrevious } from '#crypto/epoch-keys.ts';
import { aeadSeal, ed25519Public, hkdf, sha256, x25519Public } from '#crypto/primitives.ts';
import { sealRow, sealSession, segmentKey, sessionId } from '#crypto/seals.ts';
import { type CborValue, decodeCbor, encodeCbor } from '#format/cbor.ts';
import { encodeCheckpointHeader, segmentSizeBytes } from '#format/checkpoint.ts';
import { encodePublicHeaderBody } from '#format/public-header.ts';
import { encodeTraceItems, encodeTraceRecord, type TraceItem } from '#format/trace.ts';
import { encodeSlot } from '#store/journal/heads-file.ts';
import { signPublicHeader } from '#vault/public-headers.ts';
import { diagnostic, hexed, type Json, Seeded } from './values.ts';

export function publicHeaderVectors(): Json {
  const random = new Seeded('public header');
  const vault = vaultIdOf(random.bytes(16));
  const signSeed = random.bytes(32);
  const [first, second] = [1, 2].map((epoch) => new EpochKeys(vault, epoch, new Secret(random.bytes(32)))) as [
    EpochKeys,
    EpochKeys,
  ];
  const kitPrivateKey = random.bytes(32);
  const kit = { id: credentialIdOf(random.bytes(16)), publicKey: x25519Public(kitPrivateKey) };
  const wrapAt = (keys: EpochKeys): Uint8Array =>
    sealWrap(kit, vault, { epoch: keys.epoch, secret: keys.secret, signSeed: new Secret(signSeed) }, random);
  const firstEpoch = { epoch: 1, inboxPublic: first.inboxPublic, previous: null };
  const previous = sealPrevious(vault, 2, second.secret, first.secret);
  const common = { vault, signPublic: ed25519Public(signSeed) };
  const headers = [
    {
      ...common,
      account: noAccount,
      number: 1,
      epochs: [firstEpoch],
      wraps: [{ credential: kit.id, publicKey: kit.publicKey, epoch: 1, box: wrapAt(first) }],
    },
    {
      ...common,
      account: accountIdOf(random.bytes(16)),
      number: 2,
      epochs: [firstEpoch, { epoch: 2, inboxPublic: second.inboxPublic, previous }],
      wraps: [{ credential: kit.id, publicKey: kit.publicKey, epoch: 2, box: wrapAt(second) }],
    },
  ];
  return {
    about: 'docs/format.md §10: public headers; a kit opens the second, and with it both epochs',
    kit: hexed({ privateKey: kitPrivateKey, publicKey: kit.publicKey, credential: kit.id }),
    signing: hexed({ seed: signSeed, publicKey: ed25519Public(signSeed) }),
    epochSecrets: [first, second].map((keys) => toHex(keys.secret.expose())),
    cases: headers.map((header) => {
      const body = encodePublicHeaderBody(header);
      const { account, number } = header;
      return hexed({
        number,
        account,
        cbor: body,
        signed: concat(utf8('public header'), body),
        bytes: signPublicHeader(header, new Secret(signSeed)),
      });
    }),
  };
}

// zstd frames made once: of 4 MiB of zeros, and of a text.
const zeros: Uint8Array = fromHex(`28b52ffd8058000040005400001000000100fbff39c002${'02001000'.repeat(30)}03001000`);
const ending: Uint8Array = fromHex('28b52ffd2015a90000746865206c617374206f662074686520696d616765');
const endingText: Uint8Array = utf8('the last of the image');

export function checkpointVectors(): Json {
  const random = new Seeded('checkpoint');
  const keys = new EpochKeys(vaultIdOf(random.bytes(16)), 2, new Secret(random.bytes(32)));
  const { vault, epoch, secret, checkpointKey } = keys;
  const cases = [
    { name: 'one segment', frames: [ending], image: endingText },
    {
      name: 'two segments: 4 MiB of zeros, then a text',
      frames: [zeros, ending],
      image: concat(new Uint8Array(segmentSizeBytes), endingText),
    },
  ].map(({ name, frames, image }) => {
    const imageSizeBytes = image.length;
    const head = {
      fork: 1,
      sequence: 5000 + frames.length,
      hash: random.bytes(32),
      foldVersion: 1,
      salt: random.bytes(32),
    };
    const aad = encodeCheckpointHeader({ vault, epoch, ...head, imageSizeBytes });
    const segments = frames.map((frame, index) => {
      const key = segmentKey(checkpointKey, head.salt, index, index === frames.length - 1);
      return { key, frame, sealed: aeadSeal(key, aad, frame) };
    });
    const bytes = concat(aad, ...segments.flatMap(({ sealed }) => [u32(sealed.length), sealed]));
    return {
      ...hexed({ name, vault, epoch, ...head, imageSizeBytes, imageSha256: sha256(image), header: aad }),
      segments: segments.map((each) => hexed(each)),
      bytes: toHex(bytes),
    };
  });
  return {
    about: 'docs/format.md §11: checkpoints; the images are not databases',
    keys: hexed({ vault, epoch, secret: secret.expose(), checkpointKey: checkpointKey.expose() }),
    cases,
  };
}

export function ephemeralVectors(): Json {
  const random = new Seeded('ephemeral');
  const keys = new EpochKeys(vaultIdOf(random.bytes(16)), 2, new Secret(random.bytes(32)));
  const { vault, epoch, secret, ephemeralKey } = keys;
  const lock = {
    node: mintNodeId(1, 2, 0),
    path: ['Été', 'a.txt'],
    infinite: false,
    exclusive: true,
    owner: '<a/>',
    by: toHex(random.bytes(16)),
  };
  const halves = { cookie: random.bytes(32), key: random.bytes(32) };
  const credential = credentialIdOf(random.bytes(16));
  const sessionSalt = random.bytes(32);
  const privateKey = random.bytes(32);
  const session = {
    credential: idBytes(credential),
    label: 'laptop',
    address: '192.0.2.7',
    created: 1_790_000_000_000,
    used: 1_790_000_100_000,
    salt: sessionSalt,
    key: sealSession(halves, sessionSalt, credential, new Secret(privateKey)),
    kept: true,
  };
  const upload = {
    parent: mintNodeId(1, 2, 0),
    name: 'Été.mov',
    size: 9_000_000,
    mtime: 1_790_000_000_000,
    type: 'video/quicktime',
    sums: [['SHA256', toHex(random.bytes(32))]],
    replaces: false,
    begun: 1_790_000_000_000,
    staged: mintNodeId(1, 3, 1),
    stagedSize: 4_194_304,
    pieces: concat(random.bytes(64), u32(4_194_304), u32(2), random.bytes(32)),
  };
  const contents: readonly { readonly name: string; readonly kind: number; readonly content: CborValue }[] = [
    { name: 'a lock', kind: 1, content: lock },
    { name: 'a session', kind: 3, content: session },
    { name: 'an unfinished upload', kind: 4, content: upload },
  ];
  const cases = contents.map(({ name, kind, content }) => {
    const id = random.bytes(16);
    const salt = random.bytes(32);
    const cbor = encodeCbor(content);
    const sealed = concat(new Uint8Array([1]), u32(epoch), salt, sealRow(ephemeralKey, salt, kind, id, cbor));
    const aad = concat(utf8('ephemeral'), new Uint8Array([kind]), id);
    return hexed({
      name,
      kind,
      id,
      salt,
      content: diagnostic(content),
      cbor,
      rowKey: hkdf(ephemeralKey.expose(), salt, 'row'),
      aad,
      sealed,
    });
  });
  return {
    about: 'docs/format.md §9: rows of the table `ephemeral`',
    keys: hexed({
      vault,
      epoch,
      secret: secret.expose(),
      ephemeralKey: ephemeralKey.expose(),
    }),
    session: hexed({
      ...halves,
      credential,
      privateKey,
      idOfRow: sessionId(halves.cookie),
      sessionKey: hkdf(concat(halves.cookie, halves.key), sessionSalt, 'session'),
      sealedKey: session.key,
    }),
    cases,
  };
}

export function headVectors(): Json {
  const random = new Seeded('heads');
  const cases = [
    { fork: 1, sequence: 1 },
    { fork: 255, sequence: 2 ** 31 - 1 },
  ].map((at) => {
    const vault = vaultIdOf(random.bytes(16));
    const head = { ...at, hash: random.bytes(32) };
    const slot = encodeSlot(vault, head);
    return hexed({ vault, ...head, summed: slot.subarray(0, 96), slot });
  });
  return { about: 'docs/format.md §9: slots of the file `heads`', cases };
}

export function traceVectors(): Json {
  const random = new Seeded('trace');
  const instance = new EpochKeys(vaultIdOf(random.bytes(16)), 1, new Secret(random.bytes(32)));
  const owner = new EpochKeys(vaultIdOf(random.bytes(16)), 2, new Secret(random.bytes(32)));
  const items: readonly TraceItem[] = [
    {
      timeMs: Date.UTC(2026, 0, 1),
      account: accountIdOf(random.bytes(16)),
      credential: credentialIdOf(random.bytes(16)),
      action: 'read',
      node: mintNodeId(1, 2, 0),
      outcome: 'done',
      address: '192.0.2.1',
      path: 'Été/a.txt',
    },
    {
      timeMs: Date.UTC(2026, 0, 1) + 1,
      account: undefined,
      credential: undefined,
      action: 'sign in',
      node: undefined,
      outcome: 'refused',
      address: '2001:db8::1',
      path: '',
    },
  ];
  const cases = [
    { name: 'about a vault', vault: owner.vault, isOwned: true },
    { name: 'about none', vault: vaultIdOf(new Uint8Array(16)), isOwned: false },
  ].map(({ name, vault, isOwned }) => {
    const timeMs = Date.UTC(2026, 0, 1) + 1000;
    const salt = random.bytes(32);
    const ephemeral = random.bytes(32);
    const context = concat(idBytes(vault), u64(timeMs));
    const recordKey = hkdf(instance.traceKey.expose(), salt, 'record');
    const [forInstance, forOwner] = [encodeTraceItems(items, false), encodeTraceItems(items, true)];
    const box = sealBox(owner.inboxPublic, 'trace', context, forOwner, ephemeral);
    const instancePart = aeadSeal(recordKey, concat(utf8('trace'), context), forInstance);
    const ownerPart = isOwned ? { epoch: owner.epoch, box } : undefined;
    const record = encodeTraceRecord({ vault, timeMs, instanceEpoch: instance.epoch, salt, instancePart, ownerPart });
    return {
      ...hexed({ name, vault, timeMs, instanceEpoch: instance.epoch, salt, recordKey, context }),
      ...hexed({
        instanceItems: diagnostic(decodeCbor(forInstance, 'items')),
        instanceCbor: forInstance,
        instancePart,
      }),
      ...(isOwned
        ? hexed({
            ownerItems: diagnostic(decodeCbor(forOwner, 'items')),
            ownerCbor: forOwner,
            ephemeralPrivateKey: ephemeral,
            ownerEpoch: owner.epoch,
            box,
          })
        : {}),
      record: toHex(record),
    };
  });
  return {
    about: 'docs/format.md §12: records of the trace',
    keys: hexed({
      traceKey: instance.traceKey.expose(),
      ownerVault: owner.vault,
      ownerInboxPrivateKey: owner.inboxPrivate.expose(),
      ownerInboxPublicKey: owner.inboxPublic,
    }),
    cases,
  };
}
