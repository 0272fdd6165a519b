// entry.json, operations.json, instance-operations.json: docs/format.md §5, §7, §8.
import { concat, fromHex, toHex, u32, utf8 } from '#base/bytes.ts';
import {
  accountIdOf,
  type ChunkId,
  type CredentialId,
  chunkIdOf,
  copyIdOf,
  credentialIdOf,
  idBytes,
  mintNodeId,
  mintVersionId,
  rootNode,
  vaultIdOf,
} from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { sealBox } from '#crypto/box.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { EpochKeys } from '#crypto/epoch-keys.ts';
import { ed25519Public, ed25519Sign, hkdf, sha256 } from '#crypto/primitives.ts';
import { sealBody } from '#crypto/seals.ts';
import { type CborValue, cborMap, encodeCbor } from '#format/cbor.ts';
import { type EntryType, encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { type FileOperation, fileOperationToCbor } from '#format/file-operations.ts';
import { type InstanceOperation, instanceOperationToCbor } from '#format/instance-operations.ts';
import type { Piece } from '#format/piece.ts';
import { signedBytes } from '#vault/chain.ts';
import { diagnostic, hexed, type Json, Seeded } from './values.ts';

const minute = 60_000;
const startMs = Date.UTC(2026, 0, 1);

function samplePiece(random: Seeded, sizeBytes: number, epoch = 1): Piece {
  return { chunk: chunkIdOf(random.bytes(32)), tag: random.bytes(32), sizeBytes, epoch, sum: random.bytes(32) };
}

const dropOperations: readonly FileOperation[] = [
  { o: 'drop', cause: 'retention', days: 90 },
  { o: 'drop', cause: 'erasure', days: 30 },
  { o: 'horizon', days: 365 },
];

function fileOperations(random: Seeded): readonly FileOperation[] {
  const folder = mintNodeId(1, 1, 0);
  const file = mintNodeId(1, 2, 0);
  const bare = { mtimeMs: undefined, sums: new Map<string, string>(), type: undefined, content: undefined };
  const sha1 = toHex(random.bytes(20));
  const common = { sha256: random.bytes(32), ...bare };
  return [
    { o: 'folder', node: folder, place: { parent: rootNode, name: 'Été' } },
    {
      o: 'stage',
      content: mintVersionId(1, 2, 1),
      pieces: [samplePiece(random, 4_194_304), samplePiece(random, 4_194_304)],
    },
    {
      o: 'write',
      node: file,
      version: mintVersionId(1, 3, 0),
      sizeBytes: 13,
      sha256: random.bytes(32),
      pieces: [samplePiece(random, 13)],
      mtimeMs: 1_600_000_000_000,
      sums: new Map([
        ['MD5', toHex(random.bytes(16))],
        ['SHA1', sha1],
      ]),
      type: 'image/jpeg',
      content: undefined,
      place: { parent: folder, name: 'a photo.jpg' },
    },
    { o: 'write', node: file, version: mintVersionId(1, 4, 0), sizeBytes: 0, pieces: [], ...common, place: undefined },
    {
      o: 'write',
      node: file,
      version: mintVersionId(2, 5, 0),
      sizeBytes: 8_388_609,
      pieces: [samplePiece(random, 1, 2)],
      ...common,
      content: mintVersionId(1, 2, 1),
      place: undefined,
    },
    { o: 'place', node: file, place: { parent: rootNode, name: '\u{1d11e} moved' } },
    { o: 'trash', node: folder },
    { o: 'end', node: folder },
    {
      o: 'copy',
      source: file,
      node: mintNodeId(255, 2 ** 31 - 1, 2 ** 24 - 1),
      place: { parent: folder, name: 'copy' },
    },
    { o: 'pick', node: file, version: mintVersionId(1, 9, 0), of: mintVersionId(1, 3, 0) },
    {
      o: 'props',
      node: file,
      set: [{ namespace: 'http://example.org/ns', name: 'colour', xml: '<c xmlns="http://example.org/ns">blue</c>' }],
      remove: [{ namespace: '', name: 'old' }],
    },
    ...dropOperations,
    { o: 'accept', deletion: 300, upTo: 70_000 },
  ];
}

export function operationVectors(about: string, operations: readonly CborValue[]): Json {
  return { about, cases: operations.map((each) => ({ value: diagnostic(each), cbor: toHex(encodeCbor(each)) })) };
}

export function fileOperationVectors(): Json {
  const operations = fileOperations(new Seeded('operations')).map(fileOperationToCbor);
  return operationVectors('docs/format.md §7: the CBOR of each operation of vaults of files', operations);
}

/** What format 3 added. */
function newerFileOperations(random: Seeded): readonly FileOperation[] {
  const unread = { kind: undefined, takenMs: undefined, width: undefined, height: undefined, durationMs: undefined };
  return [
    {
      o: 'media',
      sha256: random.bytes(32),
      facts: {
        pass: 1,
        kind: 'photo',
        takenMs: -86_400_000,
        width: 4032,
        height: 3024,
        durationMs: undefined,
        camera: 'Example 5',
        place: { latitudeE7: -335_000_000, longitudeE7: 1_512_000_000 },
      },
      small: samplePiece(random, 9000),
      large: samplePiece(random, 200_000),
    },
    {
      o: 'media',
      sha256: random.bytes(32),
      facts: {
        pass: 2,
        kind: 'video',
        takenMs: 1_700_000_000_000,
        width: 1920,
        height: 1080,
        durationMs: 61_000,
        camera: undefined,
        place: undefined,
      },
      small: samplePiece(random, 8000),
      large: undefined,
    },
    {
      o: 'media',
      sha256: random.bytes(32),
      facts: { pass: 1, ...unread, camera: undefined, place: undefined },
      small: undefined,
      large: undefined,
    },
  ];
}

export function newerFileOperationVectors(): Json {
  const operations = newerFileOperations(new Seeded('operations of format 3')).map(fileOperationToCbor);
  return operationVectors('docs/format.md §7: the CBOR of each operation that format 3 added', operations);
}

function instanceOperations(random: Seeded): readonly InstanceOperation[] {
  const account = accountIdOf(random.bytes(16));
  const vault = vaultIdOf(random.bytes(16));
  const credential = (): CredentialId => credentialIdOf(random.bytes(16));
  const password = { salt: random.bytes(16), memoryKiB: 65_536, passes: 3 };
  const plain = { o: 'credential', account, label: undefined, password: undefined } as const;
  return [
    { o: 'account', account, name: 'ada', tag: 'k7q2', quotaBytes: undefined },
    { o: 'account', account, name: 'bob', tag: 'x3f9', quotaBytes: 5_000_000_000 },
    { o: 'vault', vault, account, kind: 'files', signPublic: random.bytes(32) },
    { o: 'epoch', vault, epoch: 1, inboxPublic: random.bytes(32), previous: undefined },
    { o: 'epoch', vault, epoch: 2, inboxPublic: random.bytes(32), previous: random.bytes(49) },
    { ...plain, credential: credential(), kind: 'password', publicKey: random.bytes(32), password },
    { ...plain, credential: credential(), kind: 'app', publicKey: random.bytes(32), label: 'telephone' },
    { ...plain, credential: credential(), kind: 'kit', publicKey: random.bytes(32) },
    { ...plain, credential: credential(), kind: 'operator', publicKey: random.bytes(32) },
    { o: 'wrap', credential: credential(), vault, epoch: 2, box: random.bytes(120) },
    { o: 'revoke', credential: credential() },
    { o: 'quota', account, quotaBytes: 1_000_000 },
    { o: 'quota', account, quotaBytes: null },
    { o: 'proven', credential: credential(), place: undefined },
    { o: 'operator', account, isOperator: true },
    { o: 'operator', account, isOperator: false },
    ...copyOperations(random),
    { o: 'proven', credential: credential(), place: 'elsewhere' },
  ];
}

function copyOperations(random: Seeded): readonly InstanceOperation[] {
  const copy = copyIdOf(random.bytes(16));
  const folder = {
    o: 'copy',
    copy,
    kind: 'folder',
    place: '/media/disk/coffre',
    label: 'disk',
    bucket: undefined,
  } as const;
  const bucket = {
    o: 'copy',
    copy,
    kind: 's3',
    place: 's3://s3.example.org/bucket/family',
    country: undefined,
  } as const;
  const secretAccessKey = new Secret(utf8('not a real key'));
  const lock = { mode: 'COMPLIANCE', retentionMs: 2_592_000_000 } as const;
  return [
    { ...folder, country: undefined },
    { ...folder, country: 'CH' },
    {
      ...bucket,
      label: 'bucket',
      bucket: {
        region: undefined,
        lock: undefined,
        credentials: { accessKeyId: 'AK', secretAccessKey, sessionToken: undefined },
      },
    },
    {
      ...bucket,
      label: 'locked',
      bucket: {
        region: 'eu-central-1',
        lock,
        credentials: { accessKeyId: 'AK', secretAccessKey, sessionToken: new Secret(utf8('a token')) },
      },
    },
    { o: 'copy-paused', copy, paused: true },
    { o: 'copy-removed', copy },
  ];
}

export function instanceOperationVectors(): Json {
  const operations = instanceOperations(new Seeded('instance operations')).map(instanceOperationToCbor);
  return operationVectors('docs/format.md §8: the CBOR of each operation of the instance vault', operations);
}

interface EntryInput {
  readonly name: string;
  readonly type: EntryType;
  readonly by: CredentialId | undefined;
  readonly operations: readonly CborValue[];
  readonly added: readonly ChunkId[];
  readonly listed: readonly ChunkId[];
  /** A zstd frame of the CBOR, made once. */
  readonly zstd?: Uint8Array;
}

function entryInputs(random: Seeded): readonly EntryInput[] {
  const operations = fileOperations(random).map(fileOperationToCbor);
  const chunk = (): ChunkId => chunkIdOf(random.bytes(32));
  const by = credentialIdOf(random.bytes(16));
  const plain = { by, added: [], listed: [] };
  return [
    { ...plain, name: 'a folder', type: 'ordinary', operations: operations.slice(0, 1) },
    {
      ...plain,
      name: 'two chunks added',
      type: 'ordinary',
      operations: operations.slice(1, 3),
      added: [chunk(), chunk()],
    },
    {
      ...plain,
      name: 'a compressed body with an operation that no reader knows',
      type: 'ordinary',
      by: undefined,
      operations: [longBody],
      zstd: longBodyZstd,
    },
    {
      ...plain,
      name: 'from outside',
      type: 'inbox',
      by: undefined,
      operations: operations.slice(2, 3),
      added: [chunk()],
    },
    { ...plain, name: 'two chunks dropped', type: 'drop', operations: [], listed: [chunk(), chunk()] },
    {
      ...plain,
      name: 'a baseline',
      type: 'baseline',
      by: undefined,
      operations: [],
      added: [chunk()],
      listed: [chunk()],
    },
    {
      ...plain,
      name: 'a drop that says why, and sets how much history is kept',
      type: 'drop',
      operations: [dropOperations[0], dropOperations[2]].flatMap((each) => (each ? [fileOperationToCbor(each)] : [])),
      listed: [chunkIdOf(sha256(utf8('a chunk that is dropped')))],
    },
  ];
}

/** zstd of the CBOR below, made once. */
const longBodyZstd: Uint8Array = fromHex(
  '28b52ffd60eb061d0100e0a1636f707381a2616f67756e6b6e6f776e6666696c6c65727907d061010030ff0327',
);
const longBody: CborValue = { o: 'unknown', filler: 'a'.repeat(2000) };

export function entryVectors(): Json {
  const random = new Seeded('entry');
  const keys = new EpochKeys(vaultIdOf(random.bytes(16)), 2, new Secret(random.bytes(32)));
  const signSeed = random.bytes(32);
  const chain: { previousHash: Uint8Array; sequence: number } = { previousHash: new Uint8Array(32), sequence: 0 };
  const cases = entryInputs(random).map((input) => {
    chain.sequence += 1;
    const { json, hash } = entryCase(keys, signSeed, input, chain, random);
    chain.previousHash = hash;
    return json;
  });
  return {
    about: 'docs/format.md §5: seven entries of one chain',
    keys: hexed({
      vault: keys.vault,
      epoch: keys.epoch,
      secret: keys.secret.expose(),
      entryKey: keys.entryKey.expose(),
      inboxPrivateKey: keys.inboxPrivate.expose(),
      inboxPublicKey: keys.inboxPublic,
      signingSeed: signSeed,
      signingPublicKey: ed25519Public(signSeed),
    }),
    cases,
  };
}

function bodyPlaintext(input: EntryInput): {
  readonly cbor: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly content: CborValue;
} {
  const content = cborMap({ by: input.by === undefined ? undefined : idBytes(input.by), ops: input.operations });
  const cbor = encodeCbor(content);
  const head = concat(new Uint8Array([input.zstd === undefined ? 0 : 1]), u32(cbor.length));
  return { cbor, content, plaintext: concat(head, input.zstd ?? cbor) };
}

function entryCase(
  keys: EpochKeys,
  signSeed: Uint8Array,
  input: EntryInput,
  chain: { readonly previousHash: Uint8Array; readonly sequence: number },
  random: Seeded,
): { readonly json: Json; readonly hash: Uint8Array } {
  const { cbor, plaintext, content } = bodyPlaintext(input);
  const salt = random.bytes(32);
  const header = {
    minimumReader: 1,
    type: input.type,
    vault: keys.vault,
    fork: 1,
    sequence: chain.sequence,
    timeMs: startMs + chain.sequence * minute,
    previousHash: chain.previousHash,
    epoch: keys.epoch,
    salt,
    added: input.added,
    listed: input.listed,
  };
  const aad = encodeHeaderAad(header);
  const isInbox = input.type === 'inbox';
  const ephemeral = random.bytes(32);
  const body = isInbox
    ? sealBox(keys.inboxPublic, 'inbox', aad, plaintext, ephemeral)
    : sealBody(keys.entryKey, salt, aad, plaintext);
  const isSigned = input.type === 'drop' || input.type === 'baseline';
  const signature = isSigned ? ed25519Sign(signSeed, signedBytes(aad, sha256(body))) : null;
  const whole = encodeHeader(aad, signature);
  const hash = entryHash(whole, sha256(body));
  const opened = isInbox ? { ephemeralPrivateKey: ephemeral } : { bodyKey: hkdf(keys.entryKey.expose(), salt, 'body') };
  const json = {
    ...hexed({ name: input.name, ...header }),
    content: diagnostic(content),
    ...hexed({ cbor, plaintext, ...opened }),
    ...hexed({ aad, sealedBody: body, bodyHash: sha256(body) }),
    ...hexed({ signed: isSigned ? concat(utf8('entry'), aad, sha256(body)) : null, signature, header: whole, hash }),
  };
  return { json, hash };
}
