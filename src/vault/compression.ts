import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '../base/fault.ts';
import type { BodyCodec } from '../format/body.ts';

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, level);
}

/**
 * @throws Fault `damaged` when the bytes are not exactly one frame that gives exactly `sizeBytes`; never makes more than
 * that.
 */
export function decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  // The library would decode further frames and pass over what is none: another reader might not.
  if (frameEnd(bytes) !== bytes.length) throw new Fault('damaged', 'Damaged content: it is not one zstd frame.');
  let out: Uint8Array;
  try {
    out = zstdDecompressSync(bytes, { maxOutputLength: Math.max(sizeBytes, 1) });
  } catch (cause) {
    throw new Fault('damaged', 'Damaged content: it does not decompress.', { cause });
  }
  if (out.length !== sizeBytes) throw new Fault('damaged', 'Damaged content: it decompresses to another size.');
  return out;
}

/** Where the first frame ends, by its headers alone (RFC 8878 §3.1.1); undefined when it is cut short or none. */
function frameEnd(bytes: Uint8Array): number | undefined {
  if (bytes.length < 6) return undefined;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = data.getUint8(4);
  const isSingleSegment = (descriptor & 32) !== 0;
  const sizeLength = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = 5 + (isSingleSegment ? 0 : 1) + dictionaryLength + sizeLength;
  for (let isLast = false; !isLast; ) {
    if (at + 3 > bytes.length) return undefined;
    const header = data.getUint16(at, true) | (data.getUint8(at + 2) << 16);
    isLast = (header & 1) !== 0;
    const isRepeated = ((header >> 1) & 3) === 1;
    at += 3 + (isRepeated ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) !== 0 ? 4 : 0);
}

export const bodyCodec: BodyCodec = { compress, decompress };
