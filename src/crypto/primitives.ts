import {
  argon2,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  type KeyObject,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { assert } from '../base/assert.ts';
import { concat, noBytes, release, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';

const keyLength = 32;
const tagLength = 16;
const zeroNonce: Uint8Array = new Uint8Array(12);

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** For the real world's Randomness; everything else has it passed in. */
export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}

/** Hash of a whole file, fed piece by piece. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** `adler32` is asked for by some clients' checksums and is not here: it proves nothing. */
export type HashName = 'sha256' | 'sha1' | 'md5' | 'sha512' | 'sha3-256';

export function runningHash(name: HashName): RunningHash {
  const running = createHash(name);
  return {
    update: (bytes) => {
      running.update(bytes);
    },
    digest: () => running.digest(),
  };
}

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const running = createHmac('sha256', key);
  for (const part of parts) running.update(part);
  return running.digest();
}

/** HKDF-SHA-256 (RFC 5869), 32 bytes. `info` is a label, perhaps followed by context bytes. */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, label: string, context: Uint8Array = noBytes): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, concat(utf8(label), context), keyLength));
}

/** AES-256-GCM under a key that seals one message only, hence the constant nonce (docs/crypto.md). */
export function aeadSeal(
  key: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  nonce: Uint8Array = zeroNonce,
): Uint8Array {
  return aeadSealParts(key, aad, [plaintext], noBytes, nonce);
}

/** `head`, then the sealed parts as one message: what is large is copied once only. */
export function aeadSealParts(
  key: Uint8Array,
  aad: Uint8Array,
  parts: readonly Uint8Array[],
  head: Uint8Array,
  nonce: Uint8Array = zeroNonce,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  const sealed = parts.map((part) => cipher.update(part));
  const out = concat(head, ...sealed, cipher.final(), cipher.getAuthTag());
  sealed.forEach(release);
  return out;
}

/** Returns undefined when the bytes do not authenticate under this key and associated data. */
export function aeadOpen(
  key: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
  nonce: Uint8Array = zeroNonce,
): Uint8Array | undefined {
  if (sealed.length < tagLength) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const body = decipher.update(sealed.subarray(0, sealed.length - tagLength));
  try {
    decipher.final();
    return body;
  } catch {
    return undefined;
  }
}

export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** RFC 9106 §4, second recommended choice, with one lane because one thread computes it. */
export const passwordCost: Argon2Cost = { memoryKiB: 64 * 1024, passes: 3 };

/** Runs outside the calling thread, for about 0.3 s. */
export function argon2id(password: string, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  const parameters = {
    message: utf8(password.normalize('NFC')),
    nonce: salt,
    parallelism: 1,
    tagLength: keyLength,
    memory: cost.memoryKiB,
    passes: cost.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)));
  });
}

// DER wrappings of raw keys: RFC 8410 §4 (SubjectPublicKeyInfo) and §7 (PKCS #8); Node's crypto takes no raw bytes.
const x25519PrivatePrefix = Uint8Array.fromHex('302e020100300506032b656e04220420');
const x25519PublicPrefix = Uint8Array.fromHex('302a300506032b656e032100');
const ed25519PrivatePrefix = Uint8Array.fromHex('302e020100300506032b657004220420');
const ed25519PublicPrefix = Uint8Array.fromHex('302a300506032b6570032100');

function privateKey(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  assert(raw.length === keyLength, 'a private key has 32 bytes');
  return createPrivateKey({ key: Buffer.from(concat(prefix, raw)), format: 'der', type: 'pkcs8' });
}

function publicKey(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  if (raw.length !== keyLength) throw new Fault('damaged', 'A public key has a wrong length.');
  return createPublicKey({ key: Buffer.from(concat(prefix, raw)), format: 'der', type: 'spki' });
}

function rawPublic(key: KeyObject): Uint8Array {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(der.length - keyLength));
}

export function x25519Public(privateBytes: Uint8Array): Uint8Array {
  return rawPublic(privateKey(x25519PrivatePrefix, privateBytes));
}

/** @throws Fault `damaged` when the peer's key gives no shared secret (RFC 7748 §6.1: all zeros). */
export function x25519Shared(privateBytes: Uint8Array, peer: Uint8Array): Uint8Array {
  try {
    return diffieHellman({
      privateKey: privateKey(x25519PrivatePrefix, privateBytes),
      publicKey: publicKey(x25519PublicPrefix, peer),
    });
  } catch (cause) {
    throw new Fault('damaged', 'A public key is not usable.', { cause });
  }
}

export function ed25519Public(seed: Uint8Array): Uint8Array {
  return rawPublic(privateKey(ed25519PrivatePrefix, seed));
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return sign(null, message, privateKey(ed25519PrivatePrefix, seed));
}

export function ed25519Verify(publicBytes: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  return verify(null, message, publicKey(ed25519PublicPrefix, publicBytes), signature);
}
