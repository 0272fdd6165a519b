import { concat, u32 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { type ChunkId, chunkIdOf, idBytes } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';
import type { CborValue } from './cbor.ts';
import { pieceSizeBytes } from './frame.ts';

/** Where a piece of content is and how it opens (docs/format.md §6). */
export interface Piece {
  readonly chunk: ChunkId;
  /** Frame tag; with epoch 0 the chunk key itself. */
  readonly tag: Uint8Array;
  readonly sizeBytes: number;
  readonly epoch: number;
  /** SHA-256 of the piece. */
  readonly sum: Uint8Array;
}

export function pieceToCbor(piece: Piece): CborValue {
  return [idBytes(piece.chunk), piece.tag, piece.sizeBytes, piece.epoch, piece.sum];
}

/** @throws Fault `damaged`. */
export function pieceFromCbor(value: CborValue): Piece {
  if (Array.isArray(value) && value.length >= 5) {
    const [chunk, tag, sizeBytes, epoch, sum] = value as readonly CborValue[];
    if (
      chunk instanceof Uint8Array &&
      chunk.length === 32 &&
      tag instanceof Uint8Array &&
      tag.length === 32 &&
      sum instanceof Uint8Array &&
      sum.length === 32 &&
      isCount(sizeBytes, pieceSizeBytes) &&
      isCount(epoch, 0xffffffff)
    ) {
      return { chunk: chunkIdOf(chunk), tag, sizeBytes, epoch, sum };
    }
  }
  throw new Fault('damaged', 'Damaged piece reference.');
}

function isCount(value: CborValue | undefined, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

/** Pieces in a row, for views: 104 bytes each. */
export function packPieces(pieces: readonly Piece[]): Uint8Array {
  return concat(
    ...pieces.flatMap((piece) => [idBytes(piece.chunk), piece.tag, u32(piece.sizeBytes), u32(piece.epoch), piece.sum]),
  );
}

export function unpackPieces(packed: Uint8Array): readonly Piece[] {
  const reader = new BinaryReader(packed, 'list of pieces');
  const pieces: Piece[] = [];
  while (reader.remaining > 0) {
    const chunk = chunkIdOf(reader.bytes(32));
    const tag = reader.bytes(32);
    const sizeBytes = reader.u32();
    const epoch = reader.u32();
    pieces.push({ chunk, tag, sizeBytes, epoch, sum: reader.bytes(32) });
  }
  return pieces;
}
