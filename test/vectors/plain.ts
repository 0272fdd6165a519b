// docs/format.md once more, on WebCrypto and Node's zlib alone: nothing here imports the program, so that a mistake in the
// program's own derivations cannot hide in vectors that it made itself.
import { webcrypto } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';

const { subtle } = webcrypto;
type Bytes = Uint8Array<ArrayBuffer>;

export const hex = (text: string): Bytes => Uint8Array.fromHex(text);
export const label = (text: string): Bytes => new TextEncoder().encode(text);
export const number = (value: number, bytes: 1 | 4 | 8): Bytes =>
  hex(
    BigInt(value)
      .toString(16)
      .padStart(bytes * 2, '0'),
  );

export function join(...parts: readonly Uint8Array[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', bytes));
}

export async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, message));
}

export async function hkdf(ikm: Bytes, salt: Bytes, info: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, 256));
}

/** @throws when it does not authenticate. */
export async function openAead(key: Bytes, additionalData: Bytes, sealed: Bytes): Promise<Bytes> {
  const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  return new Uint8Array(
    await subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12), additionalData }, imported, sealed),
  );
}

export async function isSignedBy(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  return subtle.verify('Ed25519', key, signature, message);
}

export function unzstd(frame: Bytes): Bytes {
  return Uint8Array.from(zstdDecompressSync(frame));
}
