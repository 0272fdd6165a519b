const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const noBytes: Uint8Array = new Uint8Array(0);

export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** @throws SyntaxError when the text is not an even number of hex digits. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text);
}

export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** @throws TypeError when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const worthReleasingBytes: number = 16 * 1024;

/**
 * Gives memory back at once that the collector would find much later, and only by going through everything: large bytes
 * that come and go would bring it in again and again. For the one who holds the only view of them; empty afterwards.
 * Small bytes, and a part of something larger, are left alone.
 */
export function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < worthReleasingBytes || byteLength * 2 <= buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

export function u64(value: bigint | number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** Equality of public bytes; secrets are compared in crypto/. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
