import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '../base/fault.ts';
import type { BodyCodec } from '../format/body.ts';

const params = { [constants.ZSTD_c_compressionLevel]: 1 };

/** Room for everything at once: the library's own 64 KiB are too much for small bytes, and many copies for large ones. */
export function compress(bytes: Uint8Array): Uint8Array {
  // What does not compress grows a little (ZSTD_compressBound).
  return zstdCompressSync(bytes, { params, chunkSize: bytes.length + (bytes.length >> 8) + 128 });
}

const sampleBytes = 64 * 1024;
const smallestSampled = 256 * 1024;
const leastCounted = 1024;
const mostCounted = 4096;
/** Chi-square of 256 equally likely bytes: its mean, and five standard deviations more. */
const chanceChiSquare: number = 255 + 5 * Math.sqrt(2 * 255);

/**
 * Photos and videos do not compress, and trying costs more than sealing them: a sample of a large piece, or the count of each
 * byte of a small one, tells before the whole is tried.
 * @param worthwhile the part of the size that may remain.
 */
export function maySave(bytes: Uint8Array, worthwhile: number): boolean {
  if (bytes.length < smallestChunk) return false;
  if (bytes.length < smallestSampled) return !looksDrawnByChance(bytes);
  const middle = (bytes.length - sampleBytes) >> 1;
  const sample = bytes.subarray(middle, middle + sampleBytes);
  return !looksDrawnByChance(sample) && compress(sample).length <= sampleBytes * worthwhile;
}

/** The entropy of single bytes, held against what as many random bytes have: 8 − chi-square / (2 n ln 2) bits (Miller 1955). */
function looksDrawnByChance(bytes: Uint8Array): boolean {
  if (bytes.length < leastCounted) return false;
  const size = Math.min(bytes.length, mostCounted);
  const from = (bytes.length - size) >> 1;
  const counts = new Uint16Array(256);
  for (let at = from; at < from + size; at += 1) {
    const byte = bytes[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  let sum = 0;
  for (const count of counts) if (count > 0) sum += count * Math.log2(count);
  const bits = Math.log2(size) - sum / size;
  return bits > 8 - chanceChiSquare / (2 * size * Math.LN2);
}

const smallestChunk = 64;

/**
 * @throws Fault `damaged` when the bytes are not exactly one frame that gives exactly `sizeBytes`; never makes more than
 * that.
 */
export function decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  // The library would decode further frames and pass over what is none: another reader might not.
  if (frameEnd(bytes) !== bytes.length) throw new Fault('damaged', 'Damaged content: it is not one zstd frame.');
  let out: Uint8Array;
  try {
    // One byte more: with no room left the library would make as much again, to see whether more comes.
    const chunkSize = Math.max(sizeBytes + 1, smallestChunk);
    out = zstdDecompressSync(bytes, { maxOutputLength: Math.max(sizeBytes, 1), chunkSize });
  } catch (cause) {
    throw new Fault('damaged', 'Damaged content: it does not decompress.', { cause });
  }
  if (out.length !== sizeBytes) throw new Fault('damaged', 'Damaged content: it decompresses to another size.');
  // Small bytes stand in a buffer that others share, and would take it along to another thread.
  return out.length * 2 > out.buffer.byteLength ? out : new Uint8Array(out);
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
