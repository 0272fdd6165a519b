import { concat, utf8 } from '../base/bytes.ts';
import { type CredentialId, idBytes, type VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { aeadOpen, aeadSeal, aeadSealParts, hkdf, hmacSha256, sha256 } from './primitives.ts';

/** Body of an entry (docs/format.md §5): the salt is 32 random bytes, so the key seals this body only. */
export function sealBody(entryKey: Secret, salt: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return aeadSeal(hkdf(entryKey.expose(), salt, 'body'), aad, plaintext);
}

export function openBody(
  entryKey: Secret,
  salt: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  return aeadOpen(hkdf(entryKey.expose(), salt, 'body'), aad, sealed);
}

/**
 * Frame tag (docs/format.md §6). It fixes every byte of the frame: its header and length are in it, the data by its hash,
 * and the rest is zeros. The same frame always gets the same key, a different frame never does.
 */
export function frameTag(
  tagKey: Secret,
  frameHeader: Uint8Array,
  frameLengthBytes: Uint8Array,
  dataSum: Uint8Array,
): Uint8Array {
  return hmacSha256(tagKey.expose(), utf8('frame'), frameHeader, frameLengthBytes, dataSum);
}

export function chunkKey(contentKey: Secret, tag: Uint8Array): Uint8Array {
  return hkdf(contentKey.expose(), tag, 'chunk');
}

const chunkVersion: Uint8Array = new Uint8Array([1]);

function chunkAad(vault: VaultId): Uint8Array {
  return concat(utf8('chunk'), chunkVersion, idBytes(vault));
}

/** The frame may come in parts. */
export function sealChunk(key: Uint8Array, vault: VaultId, ...frame: readonly Uint8Array[]): Uint8Array {
  return aeadSealParts(key, chunkAad(vault), frame, chunkVersion);
}

/** Undefined when the bytes are not what this key sealed for this vault. */
export function openChunk(key: Uint8Array, vault: VaultId, stored: Uint8Array): Uint8Array | undefined {
  if (stored[0] !== chunkVersion[0]) return undefined;
  return aeadOpen(key, chunkAad(vault), stored.subarray(1));
}

/** Segment of a checkpoint (docs/format.md §11): index and last flag are in the key, as in STREAM. */
export function segmentKey(checkpointKey: Secret, salt: Uint8Array, index: number, last: boolean): Uint8Array {
  const context = new Uint8Array(5);
  new DataView(context.buffer).setUint32(0, index);
  context[4] = last ? 1 : 0;
  return hkdf(checkpointKey.expose(), salt, 'segment', context);
}

/** A short-lived row (docs/format.md §9). */
export function sealRow(
  ephemeralKey: Secret,
  salt: Uint8Array,
  kind: number,
  id: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  return aeadSeal(hkdf(ephemeralKey.expose(), salt, 'row'), rowAad(kind, id), plaintext);
}

export function openRow(
  ephemeralKey: Secret,
  salt: Uint8Array,
  kind: number,
  id: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  return aeadOpen(hkdf(ephemeralKey.expose(), salt, 'row'), rowAad(kind, id), sealed);
}

function rowAad(kind: number, id: Uint8Array): Uint8Array {
  return concat(utf8('ephemeral'), new Uint8Array([kind]), id);
}

/** The private key of a credential, kept for a session (docs/format.md §9): both halves are needed, and neither is stored. */
export function sealSession(
  halves: SessionHalves,
  salt: Uint8Array,
  credential: CredentialId,
  key: Secret,
): Uint8Array {
  return aeadSeal(sessionKey(halves, salt), sessionAad(credential), key.expose());
}

/** Undefined when one half is not that of this session. */
export function openSession(
  halves: SessionHalves,
  salt: Uint8Array,
  credential: CredentialId,
  sealed: Uint8Array,
): Secret | undefined {
  const opened = aeadOpen(sessionKey(halves, salt), sessionAad(credential), sealed);
  return opened === undefined ? undefined : new Secret(opened);
}

/** 32 random bytes each: what the browser keeps as a cookie, and what the application sends along. */
export interface SessionHalves {
  readonly cookie: Uint8Array;
  readonly key: Uint8Array;
}

function sessionKey({ cookie, key }: SessionHalves, salt: Uint8Array): Uint8Array {
  return hkdf(concat(cookie, key), salt, 'session');
}

function sessionAad(credential: CredentialId): Uint8Array {
  return concat(utf8('session'), idBytes(credential));
}

/** A session is found by its cookie's half, which is not stored. */
export function sessionId(cookie: Uint8Array): Uint8Array {
  return sha256(concat(utf8('session id'), cookie)).slice(0, 16);
}

/** Tells whose half a key is, when it comes with another session's cookie. */
export function sessionKeyId(key: Uint8Array): Uint8Array {
  return sha256(concat(utf8('session key id'), key)).slice(0, 16);
}
