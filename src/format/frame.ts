import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { BinaryReader } from './binary.ts';

/** docs/format.md §6. Content is cut into pieces of this size, the last one shorter. */
export const pieceSizeBytes: number = 4 * 1024 * 1024;
export const frameHeaderLength = 14;
export const maxFrameLength: number = frameHeaderLength + pieceSizeBytes;
const chunkVersion = 1;

export type Codec = 'none' | 'zstd';

export interface Frame {
  readonly codec: Codec;
  readonly generation: number;
  readonly sizeBytes: number;
  readonly data: Uint8Array;
}

/** Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019, algorithm 1. */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const lowBits = exponent - (Math.floor(Math.log2(exponent)) + 1);
  if (lowBits <= 0) return length;
  const step = 2 ** lowBits;
  return Math.ceil(length / step) * step;
}

export function frameLength(dataLength: number): number {
  return Math.min(padme(frameHeaderLength + dataLength), maxFrameLength);
}

/** The header, the data as it was given, and the zero bytes behind it. */
export function encodeFrameParts(frame: Frame): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const { data } = frame;
  assert(frame.sizeBytes <= pieceSizeBytes && data.length <= pieceSizeBytes, 'a piece is too large');
  const header = new Uint8Array(frameHeaderLength);
  const view = new DataView(header.buffer);
  header[0] = chunkVersion;
  header[1] = frame.codec === 'zstd' ? 1 : 0;
  view.setUint32(2, frame.generation);
  view.setUint32(6, frame.sizeBytes);
  view.setUint32(10, data.length);
  return [header, data, new Uint8Array(frameLength(data.length) - frameHeaderLength - data.length)];
}

export function encodeFrame(frame: Frame): Uint8Array {
  return concat(...encodeFrameParts(frame));
}

/** @throws Fault `damaged`. The zero padding is covered by the seal and is not looked at. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new BinaryReader(bytes, 'chunk');
  const version = reader.u8();
  if (version !== chunkVersion) throw new Fault('newer-format', `A chunk has the unknown version ${version}.`);
  const codec = reader.u8();
  if (codec > 1) throw reader.damaged('its codec is unknown');
  const generation = reader.u32();
  const sizeBytes = reader.u32();
  const dataLength = reader.u32();
  if (sizeBytes > pieceSizeBytes || dataLength > pieceSizeBytes) throw reader.damaged('it is too large');
  if (codec === 0 && sizeBytes !== dataLength) throw reader.damaged('its sizes differ');
  if (bytes.length !== frameLength(dataLength)) throw reader.damaged('its padding is not that of its size');
  return { codec: codec === 1 ? 'zstd' : 'none', generation, sizeBytes, data: reader.bytes(dataLength) };
}
