import { base64 } from '@scure/base';
import { equalBytes, toHex } from '#base/bytes.ts';
import { ed25519Verify } from '#crypto/primitives.ts';

/** usign, as OpenWrt signs its releases: two lines, a comment and base64 of `Ed ‖ fingerprint(8) ‖ key(32) or signature(64)`. */
export interface UsignKey {
  readonly fingerprint: string;
  readonly publicKey: Uint8Array;
}

const algorithm: Uint8Array = new Uint8Array([0x45, 0x64]);
const fingerprintBytes = 8;
const keyBytes = 32;
const signatureBytes = 64;

/** Undefined when it is no public key of usign. */
export function parseUsignKey(text: string): UsignKey | undefined {
  const parsed = parse(text, keyBytes);
  return parsed === undefined ? undefined : { fingerprint: parsed.fingerprint, publicKey: parsed.rest };
}

/** The fingerprint of the key that a signature says it is by; undefined when it is no signature. */
export function signerOf(signature: string): string | undefined {
  return parse(signature, signatureBytes)?.fingerprint;
}

export function verifyUsign(key: UsignKey, message: Uint8Array, signature: string): boolean {
  const parsed = parse(signature, signatureBytes);
  return parsed?.fingerprint === key.fingerprint && ed25519Verify(key.publicKey, message, parsed.rest);
}

function parse(text: string, length: number): { readonly fingerprint: string; readonly rest: Uint8Array } | undefined {
  const [comment, line, ...more] = text.trimEnd().split('\n');
  if (comment?.startsWith('untrusted comment: ') !== true || line === undefined || more.length > 0) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(line);
  } catch {
    return undefined;
  }
  const start = algorithm.length + fingerprintBytes;
  if (bytes.length !== start + length || !equalBytes(bytes.subarray(0, algorithm.length), algorithm)) return undefined;
  return { fingerprint: toHex(bytes.subarray(algorithm.length, start)), rest: bytes.subarray(start) };
}
