// chunk.json: docs/format.md §6.
import { assert } from '#base/assert.ts';
import { fromHex, toHex, u32, utf8 } from '#base/bytes.ts';
import { chunkIdOf, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { EpochKeys } from '#crypto/epoch-keys.ts';
import { sha256 } from '#crypto/primitives.ts';
import { chunkKey, frameTag, sealChunk } from '#crypto/seals.ts';
import { encodeCbor } from '#format/cbor.ts';
import { type Codec, encodeFrame, frameHeaderLength, frameLength, padme, pieceSizeBytes } from '#format/frame.ts';
import { pieceToCbor } from '#format/piece.ts';
import { diagnostic, hexed, type Json, Seeded } from './values.ts';

/** A zstd frame of `repeatedText`, made once: another release of zstd may make another one of the same text. */
const repeatedText: Uint8Array = utf8('All work and no play makes Jack a dull boy. '.repeat(30));
const repeatedZstd: Uint8Array = fromHex(
  '28b52ffd602804ad0100c402416c6c20776f726b20616e64206e6f20706c6179206d616b6573204a61636b20612064756c6c20626f792e200100cce7fdaa0c',
);

interface PieceInput {
  readonly name: string;
  readonly piece: Uint8Array;
  readonly codec: Codec;
  readonly data: Uint8Array;
  readonly generation: number;
  /** Content of inbox entries: a random key in the place of the tag. */
  readonly isInbox?: boolean;
}

export function chunkVectors(): Json {
  const random = new Seeded('chunk');
  const keys = new EpochKeys(vaultIdOf(random.bytes(16)), 3, new Secret(random.bytes(32)));
  const whole = wholePiece();
  const short = utf8('Hello, world.');
  const noise = random.bytes(1000);
  const inputs: readonly PieceInput[] = [
    { name: 'a short text', piece: short, codec: 'none', data: short, generation: 0 },
    {
      name: 'the same text, after its first chunk id was given up',
      piece: short,
      codec: 'none',
      data: short,
      generation: 1,
    },
    { name: 'one byte', piece: new Uint8Array([7]), codec: 'none', data: new Uint8Array([7]), generation: 0 },
    { name: 'noise that is padded', piece: noise, codec: 'none', data: noise, generation: 0 },
    { name: 'text in zstd', piece: repeatedText, codec: 'zstd', data: repeatedZstd, generation: 0 },
    { name: 'content of an inbox entry', piece: short, codec: 'none', data: short, generation: 0, isInbox: true },
    { name: 'a whole piece: byte i is i * i mod 251', piece: whole, codec: 'none', data: whole, generation: 0 },
  ];
  const { vault, epoch, secret, contentKey, tagKey } = keys;
  return {
    about:
      'docs/format.md §6: frames, tags, stored bytes, references; long values are given as their SHA-256 and length',
    keys: hexed({ vault, epoch, secret: secret.expose(), contentKey: contentKey.expose(), tagKey: tagKey.expose() }),
    cases: inputs.map((input) => chunkCase(keys, input, random)),
    padme: [
      0,
      1,
      2,
      3,
      8,
      9,
      15,
      16,
      17,
      100,
      1000,
      1023,
      1024,
      1025,
      65_535,
      65_537,
      1_000_000,
      4_194_303,
      4_194_304,
      2 ** 32 + 1,
    ].map((n) => [n, padme(n)]),
    frameLengths: [0, 1, 13, 1000, 65_522, 65_523, 4_000_000, 4_194_290, 4_194_303, 4_194_304].map((n) => [
      n,
      frameLength(n),
    ]),
  };
}

function chunkCase(keys: EpochKeys, input: PieceInput, random: Seeded): Json {
  const { name, piece, codec, data, generation } = input;
  const isInbox = input.isInbox === true;
  const frame = encodeFrame({ codec, generation, sizeBytes: piece.length, data });
  const header = frame.subarray(0, frameHeaderLength);
  const dataSum = sha256(data);
  const tag = isInbox ? random.bytes(32) : frameTag(keys.tagKey, header, u32(frame.length), dataSum);
  const key = isInbox ? tag : chunkKey(keys.contentKey, tag);
  const stored = sealChunk(key, keys.vault, frame);
  const chunk = chunkIdOf(sha256(stored));
  assert(stored.length === 1 + frame.length + 16, 'stored bytes are version, frame and tag');
  const reference = pieceToCbor({
    chunk,
    tag,
    sizeBytes: piece.length,
    epoch: isInbox ? 0 : keys.epoch,
    sum: sha256(piece),
  });
  return {
    ...hexed({ name, codec, generation, pieceSize: piece.length, pieceSha256: sha256(piece) }),
    ...long('piece', piece),
    ...long('data', data),
    ...hexed({ frameHeader: header, frameLength: frame.length, dataSha256: dataSum }),
    ...long('frame', frame),
    ...hexed({ tag, chunkKey: key }),
    ...long('stored', stored),
    ...hexed({ chunkId: chunk, reference: diagnostic(reference), referenceCbor: encodeCbor(reference) }),
  };
}

function long(key: string, bytes: Uint8Array): { readonly [key: string]: Json } {
  if (bytes.length <= 4096) return { [key]: toHex(bytes) };
  return { [`${key}Length`]: bytes.length, [`${key}Sha256`]: toHex(sha256(bytes)) };
}

/** For the tests: content that the file gives by its rule only. */
export function wholePiece(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: pieceSizeBytes }, (_, i) => (i * i) % 251);
}
