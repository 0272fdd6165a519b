import { pieceSizeBytes } from '../../format/frame.ts';

const smallBytes: number = 16 * 1024;

/** Regroups a stream into pieces of 4 MiB, the last one shorter; each has its own buffer, so that it can move to a thread. */
export async function* pieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Most files are small: the buffer of the first piece grows with what arrives.
  let piece = new Uint8Array(smallBytes);
  let filled = 0;
  for await (const part of content) {
    for (let at = 0; at < part.length; ) {
      const take = Math.min(part.length - at, pieceSizeBytes - filled);
      if (filled + take > piece.length) piece = grown(piece, filled, filled + take);
      piece.set(part.subarray(at, at + take), filled);
      at += take;
      filled += take;
      if (filled < pieceSizeBytes) continue;
      yield piece;
      piece = new Uint8Array(pieceSizeBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}

function grown(piece: Uint8Array, filled: number, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(Math.max(piece.length * 2, atLeast), pieceSizeBytes));
  larger.set(piece.subarray(0, filled));
  return larger;
}
