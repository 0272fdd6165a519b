import { pieceSizeBytes } from '../../format/frame.ts';

/** Regroups a stream into pieces of 4 MiB, the last one shorter; each has its own buffer, so that it can move to a thread. */
export async function* pieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(pieceSizeBytes);
  let filled = 0;
  for await (const part of content) {
    for (let at = 0; at < part.length; ) {
      const take = Math.min(part.length - at, pieceSizeBytes - filled);
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
