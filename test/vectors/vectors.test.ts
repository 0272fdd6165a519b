import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { it } from 'node:test';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { wholePiece } from './build-content.ts';
import { vectorFiles, vectorText } from './files.ts';
import { hex, hkdf, hmac, isSignedBy, join, label, number, openAead, sha256, unzstd } from './plain.ts';

type Fields = Readonly<Record<string, string>>;

function load<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(joinPath(import.meta.dirname, name), 'utf8')) as Shape;
}

it('works: Format: the program writes the bytes that the known answers say', async () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));
  assert.deepEqual(files.sort(), Object.keys(vectorFiles).sort());
  for (const [name, make] of Object.entries(vectorFiles)) {
    assert.equal(await vectorText(make), readFileSync(joinPath(import.meta.dirname, name), 'utf8'), name);
  }
});

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

async function openBox(privateKey: string, info: string, aad: string, box: string): Promise<string> {
  assert.equal(box.slice(0, 2), '01');
  const recipientKey = await suite.kem.importKey('raw', hex(privateKey).buffer, false);
  const parameters = { recipientKey, enc: hex(box.slice(2, 66)).buffer, info: label(info).buffer };
  return new Uint8Array(await suite.open(parameters, hex(box.slice(66)).buffer, hex(aad).buffer)).toHex();
}

it('box.json opens with another implementation of RFC 9180', async () => {
  const { cases } = load<{ readonly cases: readonly Fields[] }>('box.json');
  assert.ok(cases.length >= 3);
  for (const { privateKey = '', label: info = '', aad = '', box = '', plaintext } of cases) {
    assert.equal(await openBox(privateKey, info, aad, box), plaintext);
  }
});

interface EpochVector extends Fields {
  readonly vault: string;
  readonly secret: string;
}

it('wrap.json follows from the format document alone', async () => {
  const file = load<{
    readonly epochs: readonly EpochVector[];
    readonly previous: Fields;
    readonly wraps: readonly Fields[];
  }>('wrap.json');
  for (const epoch of file.epochs) {
    const context = join(hex(epoch.vault), number(Number(epoch['epoch']), 4));
    for (const purpose of ['entry', 'content', 'tag', 'checkpoint', 'ephemeral', 'trace']) {
      const key = await hkdf(hex(epoch.secret), hex(''), join(label(purpose), context));
      assert.equal(key.toHex(), epoch[`${purpose}Key`], purpose);
    }
    assert.equal(
      (await hkdf(hex(epoch.secret), hex(''), join(label('inbox'), context))).toHex(),
      epoch['inboxPrivateKey'],
    );
  }
  const { vault = '', secret = '', sealed = '', secretBefore } = file.previous;
  const context = join(hex(vault), number(2, 4));
  const key = await hkdf(hex(secret), hex(''), join(label('previous'), context));
  assert.equal(sealed.slice(0, 2), '01');
  assert.equal((await openAead(key, join(label('previous'), context), hex(sealed.slice(2)))).toHex(), secretBefore);
  for (const wrap of file.wraps) {
    const aad = join(hex(wrap['credential'] ?? ''), hex(wrap['vault'] ?? ''), number(Number(wrap['epoch']), 4)).toHex();
    assert.equal(aad, wrap['aad']);
    assert.equal(await openBox(wrap['privateKey'] ?? '', 'wrap', aad, wrap['wrap'] ?? ''), wrap['plaintext']);
  }
});

it('credential.json follows from the format document alone', async () => {
  const file = load<{
    readonly passwords: readonly Fields[];
    readonly apps: readonly Fields[];
    readonly kits: readonly Fields[];
  }>('credential.json');
  assert.ok(file.passwords.some((each) => Number(each['memoryKiB']) === 65_536 && Number(each['passes']) === 3));
  for (const { argon2id = '', credential = '', privateKey } of file.passwords) {
    assert.equal((await hkdf(hex(argon2id), hex(''), join(label('password'), hex(credential)))).toHex(), privateKey);
  }
  for (const { bytes = '', privateKey } of file.apps) {
    assert.equal((await hkdf(hex(bytes), hex(''), label('app'))).toHex(), privateKey);
  }
  for (const { privateKey = '', checkDigest } of file.kits) {
    assert.equal((await sha256(join(label('check words'), hex(privateKey)))).toHex(), checkDigest);
  }
});

it('passkeys.json follows from the format document alone', async () => {
  const { passkeys } = load<{ readonly passkeys: readonly Fields[] }>('passkeys.json');
  for (const { output = '', credential = '', privateKey } of passkeys)
    assert.equal((await hkdf(hex(output), hex(''), join(label('passkey'), hex(credential)))).toHex(), privateKey);
});

it('links.json follows from the format document alone', async () => {
  const { links } = load<{ readonly links: readonly Fields[] }>('links.json');
  assert.equal(links.length, 2);
  for (const { token = '', argon2id = '', credential = '', privateKey, proof } of links) {
    const secret = join(hex(token), hex(argon2id));
    assert.equal((await hkdf(secret, hex(''), join(label('link'), hex(credential)))).toHex(), privateKey);
    assert.equal((await hkdf(hex(token), hex(''), join(label('link proof'), hex(credential)))).toHex(), proof);
  }
});

interface EntryVector {
  readonly type: string;
  readonly sequence: number;
  readonly previousHash: string;
  readonly salt: string;
  readonly added: readonly string[];
  readonly listed: readonly string[];
  readonly timeMs: number;
  readonly cbor: string;
  readonly plaintext: string;
  readonly sealedBody: string;
  readonly signature: string | null;
  readonly header: string;
  readonly hash: string;
}

function headerOf(keys: Fields, entry: EntryVector): Uint8Array<ArrayBuffer> {
  const ids = (list: readonly string[]): Uint8Array => join(number(list.length, 4), ...list.map(hex));
  return join(
    hex('0101'),
    number(['', 'ordinary', 'inbox', 'drop', 'baseline'].indexOf(entry.type), 1),
    hex('00'),
    hex(keys['vault'] ?? ''),
    number(1, 4),
    number(entry.sequence, 8),
    number(entry.timeMs, 8),
    hex(entry.previousHash),
    number(Number(keys['epoch']), 4),
    hex(entry.salt),
    ids(entry.added),
    ids(entry.listed),
  );
}

it('entry.json follows from the format document alone', async () => {
  const { keys, cases } = load<{ readonly keys: Fields; readonly cases: readonly EntryVector[] }>('entry.json');
  assert.deepEqual([...new Set(cases.map((each) => each.type))].sort(), ['baseline', 'drop', 'inbox', 'ordinary']);
  let before = '00'.repeat(32);
  for (const entry of cases) {
    const aad = headerOf(keys, entry);
    const body = hex(entry.sealedBody);
    const signature = hex(entry.signature ?? '');
    const whole = join(aad, number(signature.length, 1), signature);
    assert.equal(whole.toHex(), entry.header);
    assert.equal(entry.previousHash, before);
    assert.equal((await sha256(join(whole, await sha256(body)))).toHex(), entry.hash);
    before = entry.hash;
    if (entry.type === 'inbox') {
      assert.equal(
        await openBox(keys['inboxPrivateKey'] ?? '', 'inbox', aad.toHex(), entry.sealedBody),
        entry.plaintext,
      );
    } else {
      const key = await hkdf(hex(keys['entryKey'] ?? ''), hex(entry.salt), label('body'));
      assert.equal((await openAead(key, aad, body)).toHex(), entry.plaintext);
    }
    if (signature.length > 0) {
      const signed = join(label('entry'), aad, await sha256(body));
      assert.ok(await isSignedBy(hex(keys['signingPublicKey'] ?? ''), signed, signature));
    }
    const data = hex(entry.plaintext.slice(10));
    assert.equal((entry.plaintext.startsWith('01') ? unzstd(data) : data).toHex(), entry.cbor);
    assert.equal(Number.parseInt(entry.plaintext.slice(2, 10), 16), entry.cbor.length / 2);
  }
});

it('chunk.json follows from the format document alone', async () => {
  const { keys, cases } = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('chunk.json');
  for (const each of cases) {
    const frameLength = Number(each['frameLength']);
    const data = each['data'] === undefined ? wholePiece() : hex(each['data']);
    const header = hex(each['frameHeader'] ?? '');
    const frame = new Uint8Array(frameLength);
    frame.set(header);
    frame.set(data, 14);
    const dataSum = await sha256(data);
    const tag = await hmac(hex(keys['tagKey'] ?? ''), join(label('frame'), header, number(frameLength, 4), dataSum));
    const isInbox = (each['reference'] ?? '').includes(', 0, h');
    if (!isInbox) assert.equal(tag.toHex(), each['tag']);
    const key = isInbox ? hex(each['tag'] ?? '') : await hkdf(hex(keys['contentKey'] ?? ''), tag, label('chunk'));
    assert.equal(key.toHex(), each['chunkKey']);
    assert.equal((await sha256(each['codec'] === 'zstd' ? unzstd(data) : data)).toHex(), each['pieceSha256']);
    if (each['stored'] === undefined) continue;
    assert.equal((await sha256(hex(each['stored']))).toHex(), each['chunkId']);
    const opened = await openAead(
      key,
      join(label('chunk'), number(1, 1), hex(keys['vault'] ?? '')),
      hex(each['stored'].slice(2)),
    );
    assert.equal(opened.toHex(), frame.toHex());
  }
});

it('public-header.json, checkpoint.json and ephemeral.json follow from the format document alone', async () => {
  const headers = load<{ readonly signing: Fields; readonly cases: readonly Fields[] }>('public-header.json');
  for (const { cbor = '', bytes = '' } of headers.cases) {
    const signature = bytes.slice(2, 130);
    assert.equal(bytes, `01${signature}${cbor}`);
    const signed = join(label('public header'), hex(cbor));
    assert.ok(await isSignedBy(hex(headers.signing['publicKey'] ?? ''), signed, hex(signature)));
  }

  interface Checkpoint {
    readonly header: string;
    readonly salt: string;
    readonly imageSha256: string;
    readonly imageSizeBytes: number;
    readonly segments: readonly Fields[];
    readonly bytes: string;
  }
  const checkpoints = load<{ readonly keys: Fields; readonly cases: readonly Checkpoint[] }>('checkpoint.json');
  for (const each of checkpoints.cases) {
    let rest = each.bytes.slice(each.header.length);
    const image: Uint8Array[] = [];
    for (let index = 0; rest.length > 0; index += 1) {
      const end = 8 + Number.parseInt(rest.slice(0, 8), 16) * 2;
      const isLast = rest.length === end ? 1 : 0;
      const info = join(label('segment'), number(index, 4), number(isLast, 1));
      const key = await hkdf(hex(checkpoints.keys['checkpointKey'] ?? ''), hex(each.salt), info);
      image.push(unzstd(await openAead(key, hex(each.header), hex(rest.slice(8, end)))));
      rest = rest.slice(end);
    }
    const whole = new Uint8Array(await new Blob(image.map((part) => Uint8Array.from(part))).arrayBuffer());
    assert.equal(whole.length, each.imageSizeBytes);
    assert.equal((await sha256(whole)).toHex(), each.imageSha256);
  }

  const rows = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('ephemeral.json');
  for (const { kind, id = '', sealed = '', cbor } of rows.cases) {
    const key = await hkdf(hex(rows.keys['ephemeralKey'] ?? ''), hex(sealed.slice(10, 74)), label('row'));
    const aad = join(label('ephemeral'), number(Number(kind), 1), hex(id));
    assert.equal((await openAead(key, aad, hex(sealed.slice(74)))).toHex(), cbor);
  }
});

it('heads.json follows from the format document alone', async () => {
  const { cases } = load<{ readonly cases: readonly Fields[] }>('heads.json');
  for (const { vault = '', fork, sequence, hash = '', slot } of cases) {
    const said = join(number(1, 1), hex(vault), number(Number(fork), 4), number(Number(sequence), 8), hex(hash));
    const summed = join(said, new Uint8Array(96 - said.length));
    assert.equal(join(summed, await sha256(summed)).toHex(), slot);
  }
});

it('trace.json follows from the format document alone', async () => {
  const { keys, cases } = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('trace.json');
  for (const each of cases) {
    const context = join(hex(each['vault'] ?? ''), number(Number(each['timeMs']), 8));
    const salt = each['salt'] ?? '';
    const key = await hkdf(hex(keys['traceKey'] ?? ''), hex(salt), label('record'));
    const part = each['instancePart'] ?? '';
    assert.equal((await openAead(key, join(label('trace'), context), hex(part))).toHex(), each['instanceCbor']);
    const { box = '', vault = '' } = each;
    if (box !== '')
      assert.equal(await openBox(keys['ownerInboxPrivateKey'] ?? '', 'trace', context.toHex(), box), each['ownerCbor']);
    const owned = box === '' ? '' : `${number(Number(each['ownerEpoch']), 4).toHex()}${box}`;
    const times = `${number(Number(each['timeMs']), 8).toHex()}${number(Number(each['instanceEpoch']), 4).toHex()}`;
    const rest = `01${vault}${times}${salt}${number(part.length / 2, 4).toHex()}${part}${owned}`;
    assert.equal(each['record'], `${number(rest.length / 2, 4).toHex()}${rest}`);
  }
});

it('chunk.json pads as the format document says', () => {
  const bitsOf = (n: number): number => n.toString(2).length;
  const padded = (n: number): number => {
    if (n < 2) return n;
    const exponent = bitsOf(n) - 1;
    const step = 2 ** Math.max(0, exponent - bitsOf(exponent));
    return Math.ceil(n / step) * step;
  };
  type Pairs = readonly (readonly [number, number])[];
  const file = load<{ readonly padme: Pairs; readonly frameLengths: Pairs }>('chunk.json');
  for (const [n, length] of file.padme) assert.equal(padded(n), length, `${n}`);
  for (const [data, length] of file.frameLengths)
    assert.equal(Math.min(padded(14 + data), 14 + 4_194_304), length, `${data}`);
});

it('copy.json follows from the format document alone', async () => {
  interface SegmentVector {
    readonly vault: string;
    readonly entries: readonly { readonly header: string; readonly body: string | null; readonly bodyHash: string }[];
    readonly lastHash: string;
    readonly name: string;
    readonly bytes: string;
  }
  const file = load<{ readonly segments: readonly SegmentVector[]; readonly markers: readonly Fields[] }>('copy.json');
  for (const each of file.segments) {
    const lengthOf = (text: string): string => number(text.length / 2, 4).toHex();
    const parts = each.entries.map(({ header, body, bodyHash }) => {
      return lengthOf(header) + header + bodyHash + (body === null ? 'ffffffff' : lengthOf(body) + body);
    });
    assert.equal(each.bytes, `01${each.vault}${number(each.entries.length, 4).toHex()}${parts.join('')}`);
    for (const { body, bodyHash } of each.entries)
      if (body !== null) assert.equal((await sha256(hex(body))).toHex(), bodyHash);
    const last = each.entries.at(-1);
    const [first = '', end = ''] = [each.entries[0]?.header ?? '', last?.header ?? ''];
    assert.equal((await sha256(join(hex(end), hex(last?.bodyHash ?? '')))).toHex(), each.lastHash);
    // The sequence stands behind version, minimum reader, type, zero, vault id and fork number (§5).
    const sequenceOf = (header: string): string => String(Number.parseInt(header.slice(48, 64), 16)).padStart(10, '0');
    const fork = String(Number.parseInt(end.slice(40, 48), 16)).padStart(3, '0');
    const run = `${sequenceOf(end)}-${sequenceOf(first)}-${fork}-${each.lastHash}`;
    assert.equal(each.name, `vaults/${each.vault}/segments/${run}`);
  }
  for (const { cbor = '', bytes = '' } of file.markers) assert.equal(bytes, `01${cbor}`);
});
