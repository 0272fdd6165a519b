// The program reads what the known answers say: the other direction of vectors.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openWrap } from '#accounts/keyring.ts';
import { present } from '#base/assert.ts';
import { concat, fromHex, toHex, u64, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { chunkIdOf, credentialIdOf, idBytes, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { openBox } from '#crypto/box.ts';
import {
  appPasswordKey,
  checkWordsDigest,
  linkKey,
  linkProof,
  passkeyInput,
  passkeyKey,
  passwordKey,
} from '#crypto/credential-keys.ts';
import { openPrevious, sealPrevious } from '#crypto/epoch-keys.ts';
import { aeadOpen, ed25519Verify, hkdf, sha256 } from '#crypto/primitives.ts';
import { openSession, sessionId } from '#crypto/seals.ts';
import { decodeAppPassword } from '#format/app-password.ts';
import { Fields as CborFields, decodeCbor, encodeCbor } from '#format/cbor.ts';
import { decodeCopyMarker } from '#format/copy-marker.ts';
import { parseCopyName } from '#format/copy-names.ts';
import { fileOperationFromCbor, fileOperationToCbor } from '#format/file-operations.ts';
import { checkWords, findIdentity } from '#format/identity.ts';
import { instanceOperationFromCbor, instanceOperationToCbor } from '#format/instance-operations.ts';
import { pieceFromCbor } from '#format/piece.ts';
import { decodeSegment } from '#format/segment.ts';
import { decodeTraceFile, decodeTraceItems, encodeTraceItems } from '#format/trace.ts';
import { decodeSlot } from '#store/journal/heads-file.ts';
import type { Head } from '#store/journal/journal.ts';
import { checkLink, openEntryBody, signedBytes } from '#vault/chain.ts';
import { openCheckpoint } from '#vault/checkpoint.ts';
import { openPiece } from '#vault/content.ts';
import { openEphemeral } from '#vault/ephemeral.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import { VaultKeys } from '#vault/vault-keys.ts';

type Fields = Readonly<Record<string, string>>;

function load<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as Shape;
}

function bytes(fields: Fields, key: string): Uint8Array {
  return fromHex(present(fields[key], key));
}

/** Keys of the epoch that the file gives; the epochs before it have keys that nobody uses. */
function keysOf(fields: Fields): VaultKeys {
  const newest = Number(fields['epoch']);
  const vault = vaultIdOf(bytes(fields, 'vault'));
  const secretAt = (epoch: number): Secret =>
    new Secret(epoch === newest ? bytes(fields, 'secret') : new Uint8Array(32).fill(epoch));
  const records = Array.from({ length: newest }, (_, index) => {
    const epoch = index + 1;
    const previous = epoch === 1 ? null : sealPrevious(vault, epoch, secretAt(epoch), secretAt(epoch - 1));
    return { epoch, inboxPublic: new Uint8Array(32), previous };
  });
  return VaultKeys.unlock(vault, secretAt(newest), records);
}

const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');

it('opens boxes', () => {
  const { cases } = load<{ readonly cases: readonly Fields[] }>('box.json');
  for (const each of cases) {
    const opened = openBox(
      bytes(each, 'privateKey'),
      present(each['label'], 'label'),
      bytes(each, 'aad'),
      bytes(each, 'box'),
    );
    assert.equal(toHex(present(opened, 'opened')), each['plaintext']);
  }
});

it('opens wraps and the secret of the epoch before', () => {
  const { wraps, previous } = load<{ readonly wraps: readonly Fields[]; readonly previous: Fields }>('wrap.json');
  for (const wrap of wraps) {
    const credential = credentialIdOf(bytes(wrap, 'credential'));
    const vault = vaultIdOf(bytes(wrap, 'vault'));
    const opened = openWrap(new Secret(bytes(wrap, 'privateKey')), credential, vault, 2, bytes(wrap, 'wrap'));
    assert.equal(toHex(opened.secret.expose()), previous['secret']);
    assert.equal(opened.signSeed !== undefined, wrap['kind'] === 'kit');
  }
  const before = openPrevious(
    vaultIdOf(bytes(previous, 'vault')),
    2,
    new Secret(bytes(previous, 'secret')),
    bytes(previous, 'sealed'),
  );
  assert.equal(toHex(before.expose()), previous['secretBefore']);
});

it('derives the keys of credentials from what people type', async () => {
  const file = load<{
    readonly passwords: readonly Fields[];
    readonly apps: readonly Fields[];
    readonly kits: readonly (Fields & { readonly checkWords: string })[];
  }>('credential.json');
  for (const each of file.passwords) {
    const cost = { memoryKiB: Number(each['memoryKiB']), passes: Number(each['passes']) };
    const credential = credentialIdOf(bytes(each, 'credential'));
    const key = await passwordKey(present(each['password'], 'password'), credential, bytes(each, 'salt'), cost);
    assert.equal(toHex(key.expose()), each['privateKey']);
  }
  for (const each of file.apps) {
    const typed = present(each['text'], 'text').toUpperCase().replaceAll('-', '');
    assert.equal(toHex(appPasswordKey(present(decodeAppPassword(typed), 'app password')).expose()), each['privateKey']);
  }
  for (const each of file.kits) {
    const key = present(findIdentity(`# my kit\n${each['identity']}\n`), 'identity');
    assert.equal(toHex(key), each['privateKey']);
    assert.deepEqual(checkWords(checkWordsDigest(new Secret(key))), each.checkWords);
  }
});

it('derives the keys of passkeys from what their PRF gives', () => {
  const { input, passkeys } = load<{ readonly input: string; readonly passkeys: readonly Fields[] }>('passkeys.json');
  assert.equal(Buffer.from(passkeyInput).toString(), input);
  for (const each of passkeys) {
    const key = passkeyKey(bytes(each, 'output'), credentialIdOf(bytes(each, 'credential')));
    assert.equal(toHex(key.expose()), each['privateKey']);
  }
});

it('derives the keys of links from their tokens and passwords', async () => {
  const { links } = load<{ readonly links: readonly Fields[] }>('links.json');
  for (const each of links) {
    const token = present(decodeAppPassword(present(each['text'], 'text')), 'token');
    const cost = { memoryKiB: Number(each['memoryKiB']), passes: Number(each['passes']) };
    const text = each['password'];
    const password = text === undefined ? undefined : { text, salt: bytes(each, 'salt'), cost };
    const id = credentialIdOf(bytes(each, 'credential'));
    assert.equal(toHex((await linkKey(token, id, password)).expose()), each['privateKey']);
    assert.equal(toHex(linkProof(token, id)), each['proof']);
  }
});

interface EntryVector {
  readonly type: string;
  readonly cbor: string;
  readonly sealedBody: string;
  readonly header: string;
  readonly hash: string;
}

it('follows the chain of entries and opens their bodies', () => {
  const file = load<{ readonly keys: Fields; readonly cases: readonly EntryVector[] }>('entry.json');
  const keys = keysOf(file.keys);
  let head: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };
  for (const each of file.cases) {
    const body = fromHex(each.sealedBody);
    const stored = { fork: 1, sequence: head.sequence + 1, header: fromHex(each.header), bodyHash: sha256(body), body };
    const linked = checkLink(keys.vault, head, stored);
    assert.equal(toHex(linked.head.hash), each.hash);
    const opened = openEntryBody(keys, linked, stored);
    const by = opened.by === undefined ? {} : { by: fromHex(opened.by) };
    assert.equal(toHex(encodeCbor({ ...by, ops: opened.operations })), each.cbor);
    if (linked.header.signature !== null) {
      const publicKey = bytes(file.keys, 'signingPublicKey');
      assert.ok(ed25519Verify(publicKey, signedBytes(linked.aad, stored.bodyHash), linked.header.signature));
    }
    assert.throws(() => checkLink(keys.vault, { ...head, hash: new Uint8Array(32).fill(1) }, stored), isDamaged);
    const other = { ...stored, body: body.with(0, (body[0] ?? 0) ^ 1) };
    assert.throws(() => checkLink(keys.vault, head, other), isDamaged);
    head = linked.head;
  }
});

it('opens chunks', () => {
  const file = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('chunk.json');
  const keys = keysOf(file.keys);
  let opened = 0;
  for (const each of file.cases) {
    const piece = pieceFromCbor(decodeCbor(bytes(each, 'referenceCbor'), 'reference'));
    assert.equal(piece.chunk, each['chunkId']);
    if (each['stored'] === undefined) continue;
    const stored = bytes(each, 'stored');
    assert.equal(chunkIdOf(sha256(stored)), piece.chunk);
    const plaintext = present(openPiece(keys, piece, stored), 'plaintext');
    assert.equal(toHex(sha256(plaintext)), each['pieceSha256']);
    assert.equal(openPiece(keys, piece, stored.with(20, (stored[20] ?? 0) ^ 1)), undefined);
    opened += 1;
  }
  assert.ok(opened >= 6);
});

it('reads every operation, and writes it again to the same bytes', () => {
  const files = ['operations.json', 'operations-3.json', 'operations-deposit.json'].flatMap(
    (name) => load<{ readonly cases: readonly Fields[] }>(name).cases,
  );
  for (const each of files) {
    const operation = present(fileOperationFromCbor(decodeCbor(bytes(each, 'cbor'), 'operation')), 'operation');
    assert.equal(toHex(encodeCbor(fileOperationToCbor(operation))), each['cbor']);
  }
  const kinds = new Set(files.map((each) => /"o": "(\w+)"/.exec(each['value'] ?? '')?.[1]));
  assert.deepEqual([...kinds].sort(), [
    'accept',
    'copy',
    'deposit',
    'drop',
    'end',
    'folder',
    'horizon',
    'media',
    'pick',
    'place',
    'props',
    'stage',
    'take',
    'trash',
    'write',
  ]);
  const instance = ['instance-operations.json', 'instance-operations-3.json'].flatMap(
    (name) => load<{ readonly cases: readonly Fields[] }>(name).cases,
  );
  for (const each of instance) {
    const operation = present(instanceOperationFromCbor(decodeCbor(bytes(each, 'cbor'), 'operation')), 'operation');
    assert.equal(toHex(encodeCbor(instanceOperationToCbor(operation))), each['cbor']);
  }
});

it('opens a vault with a kit and its newest public header', () => {
  const file = load<{
    readonly kit: Fields;
    readonly epochSecrets: readonly string[];
    readonly cases: readonly Fields[];
  }>('public-header.json');
  for (const each of file.cases) {
    const header = openPublicHeader(bytes(each, 'bytes'));
    assert.equal(String(header.number), String(each['number']));
    const wrap = present(header.wraps[0], 'wrap');
    assert.equal(toHex(wrap.publicKey), file.kit['publicKey']);
    const secrets = openWrap(
      new Secret(bytes(file.kit, 'privateKey')),
      wrap.credential,
      header.vault,
      wrap.epoch,
      wrap.box,
    );
    const keys = VaultKeys.unlock(header.vault, secrets.secret, header.epochs);
    assert.deepEqual(
      header.epochs.map(({ epoch }) => toHex(keys.epoch(epoch).secret.expose())),
      file.epochSecrets.slice(0, header.epochs.length),
    );
    for (const { epoch, inboxPublic } of header.epochs) assert.deepEqual(keys.epoch(epoch).inboxPublic, inboxPublic);
  }
});

it('opens checkpoints', () => {
  const file = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('checkpoint.json');
  for (const each of file.cases) {
    const { header, image } = openCheckpoint(keysOf(file.keys), bytes(each, 'bytes'));
    assert.equal(String(header.sequence), String(each['sequence']));
    assert.equal(toHex(sha256(image)), each['imageSha256']);
  }
});

it('reads slots of the heads file', () => {
  const file = load<{ readonly cases: readonly Fields[] }>('heads.json');
  for (const each of file.cases) {
    const found = decodeSlot(bytes(each, 'slot'));
    assert.equal(found?.vault, each['vault']);
    assert.equal(String(found?.head.sequence), String(each['sequence']));
  }
});

it('opens both parts of a trace', () => {
  const file = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('trace.json');
  for (const each of file.cases) {
    const [record] = decodeTraceFile(bytes(each, 'record'));
    assert.ok(record !== undefined);
    const context = concat(idBytes(record.vault), u64(record.timeMs));
    const key = hkdf(bytes(file.keys, 'traceKey'), record.salt, 'record');
    const items = decodeTraceItems(
      present(aeadOpen(key, concat(utf8('trace'), context), record.instancePart), 'items'),
    );
    assert.equal(toHex(encodeTraceItems(items, false)), each['instanceCbor']);
    if (record.ownerPart === undefined) continue;
    const opened = openBox(bytes(file.keys, 'ownerInboxPrivateKey'), 'trace', context, record.ownerPart.box);
    assert.equal(toHex(encodeTraceItems(decodeTraceItems(present(opened, 'items')), true)), each['ownerCbor']);
  }
});

it('opens a short-lived row', () => {
  const file = load<{ readonly keys: Fields; readonly cases: readonly Fields[] }>('ephemeral.json');
  for (const each of file.cases) {
    const fields = openEphemeral(keysOf(file.keys), Number(each['kind']), bytes(each, 'id'), bytes(each, 'sealed'));
    const kind = Number(each['kind']);
    if (kind === 1) assert.deepEqual(fields?.list('path'), ['Été', 'a.txt']);
    else if (kind === 4) assert.equal(fields?.text('name'), 'Été.mov');
    else assert.equal(fields?.text('label'), 'laptop');
    assert.equal(openEphemeral(keysOf(file.keys), 2, bytes(each, 'id'), bytes(each, 'sealed')), undefined);
  }
});

it('opens a session with both halves, and with no others', () => {
  const { session } = load<{ readonly session: Fields }>('ephemeral.json');
  const halves = { cookie: bytes(session, 'cookie'), key: bytes(session, 'key') };
  const credential = credentialIdOf(bytes(session, 'credential'));
  const rows = load<{ readonly cases: readonly Fields[] }>('ephemeral.json').cases;
  const row = new CborFields(decodeCbor(bytes(present(rows[1], 'session row'), 'cbor'), 'row'), 'row');
  const sealed = bytes(session, 'sealedKey');
  const open = (given: typeof halves): string | undefined => {
    const key = openSession(given, row.bytes('salt', 32), credential, sealed);
    return key === undefined ? undefined : toHex(key.expose());
  };
  assert.equal(toHex(sessionId(halves.cookie)), session['idOfRow']);
  assert.equal(open(halves), session['privateKey']);
  for (const half of ['cookie', 'key'] as const)
    assert.equal(open({ ...halves, [half]: new Uint8Array(32) }), undefined);
});

it('reads the objects of a copy, and knows them by their names', () => {
  const file = load<{
    readonly markers: readonly Fields[];
    readonly segments: readonly {
      readonly name: string;
      readonly bytes: string;
      readonly entries: readonly unknown[];
    }[];
    readonly names: readonly string[];
    readonly foreign: readonly string[];
  }>('copy.json');
  for (const each of file.markers) {
    const marker = decodeCopyMarker(bytes(each, 'bytes'));
    assert.deepEqual([marker.copy, marker.instance, marker.country], [each['copy'], each['instance'], each['country']]);
    assert.equal(String(marker.createdMs), String(each['createdMs']));
  }
  for (const { name, bytes: encoded, entries } of file.segments) {
    const named = parseCopyName(name);
    const segment = decodeSegment(fromHex(encoded));
    assert.ok(named?.kind === 'segment' && named.vault === segment.vault);
    assert.equal(named.last - named.first + 1, entries.length);
    const last = present(segment.entries.at(-1), 'last entry');
    assert.equal(toHex(named.hash), toHex(sha256(concat(last.header, last.bodyHash))));
  }
  for (const name of file.names) assert.ok(parseCopyName(name) !== undefined, name);
  for (const name of file.foreign) assert.equal(parseCopyName(name), undefined, name);
});
