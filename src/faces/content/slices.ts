import type { Piece } from '#format/piece.ts';
import type { FilesPort, ReadPlan } from '#vault/files/port.ts';
import type { Departure } from './leaving.ts';
import { buffer, type Outgoing } from './outgoing.ts';
import type { ByteRange } from './ranges.ts';

export interface Sending {
  readonly files: Pick<FilesPort, 'readPiece'>;
  readonly plan: Pick<ReadPlan, 'pieces'>;
  readonly departure: Departure;
}

/**
 * The next piece is read while the one before goes out, when there is room for it. Whoever asks for a part has sent the one
 * before the last; the last ones of a range are given back when the connection is done.
 */
export async function* slices({ files, plan, departure }: Sending, range: ByteRange): Outgoing {
  let before: { readonly reading: Promise<Buffer>; readonly bytes: number } | undefined;
  let sentBytes = 0;
  for (const { piece, from, to } of piecesWithin(plan.pieces, range)) {
    const bytes = piece.sizeBytes;
    if (before !== undefined && !departure.tryEnter(bytes)) {
      yield await before.reading;
      departure.left(sentBytes);
      // One that waits for room must hold nothing: it could not be told from one whose client takes nothing.
      await departure.sent();
      departure.left(before.bytes);
      sentBytes = 0;
      before = undefined;
    }
    if (before === undefined) await departure.enter(bytes);
    const reading = files.readPiece(piece).then((read) => buffer(read.subarray(from, to)));
    // Awaited in its turn; one that fails meanwhile must not count as unhandled.
    reading.catch(() => undefined);
    if (before !== undefined) {
      yield await before.reading;
      departure.left(sentBytes);
      sentBytes = before.bytes;
    }
    before = { reading, bytes };
  }
  if (before === undefined) return;
  yield await before.reading;
  departure.left(sentBytes);
}

interface Slice {
  readonly piece: Piece;
  readonly from: number;
  readonly to: number;
}

function* piecesWithin(pieces: readonly Piece[], { first, last }: ByteRange): Generator<Slice> {
  let start = 0;
  for (const piece of pieces) {
    if (start > last) return;
    const end = start + piece.sizeBytes;
    if (end > first) yield { piece, from: Math.max(0, first - start), to: Math.min(piece.sizeBytes, last + 1 - start) };
    start = end;
  }
}
