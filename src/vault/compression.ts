import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '../base/fault.ts';
import type { BodyCodec } from '../format/body.ts';

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, level);
}

/** @throws Fault `damaged` when it does not give exactly `sizeBytes`; never makes more than that. */
export function decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  let out: Uint8Array;
  try {
    out = zstdDecompressSync(bytes, { maxOutputLength: Math.max(sizeBytes, 1) });
  } catch (cause) {
    throw new Fault('damaged', 'Damaged content: it does not decompress.', { cause });
  }
  if (out.length !== sizeBytes) throw new Fault('damaged', 'Damaged content: it decompresses to another size.');
  return out;
}

export const bodyCodec: BodyCodec = { compress, decompress };
