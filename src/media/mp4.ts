/** How long a film is and how large, from its header boxes (ISO/IEC 14496-12 §8.2.2, §8.3.2); music-metadata looks at sound only. */
export interface FilmHeader {
  readonly durationMs: number | undefined;
  /** As it is shown, upright. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

const maxBoxes = 1000;

export function filmHeader(bytes: Uint8Array): FilmHeader {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let durationMs: number | undefined;
  let shown: { width: number; height: number } | undefined;
  for (const box of boxesIn(data, 0, data.byteLength)) {
    if (box.type !== 'moov') continue;
    for (const inner of boxesIn(data, box.from, box.to)) {
      if (inner.type === 'mvhd') durationMs = durationOf(data, inner);
      if (inner.type !== 'trak' || shown !== undefined) continue;
      for (const each of boxesIn(data, inner.from, inner.to)) if (each.type === 'tkhd') shown = sizeOf(data, each);
    }
  }
  return { durationMs, width: shown?.width, height: shown?.height };
}

interface Box {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

/** Boxes that follow each other, as far as they are whole. */
function* boxesIn(data: DataView, from: number, to: number): Generator<Box> {
  let at = from;
  for (let count = 0; count < maxBoxes && at + 8 <= to; count += 1) {
    const small = data.getUint32(at);
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => data.getUint8(at + i)));
    const headLength = small === 1 ? 16 : 8;
    if (at + headLength > to) return;
    const size = small === 1 ? Number(data.getBigUint64(at + 8)) : small === 0 ? to - at : small;
    if (size < headLength || at + size > to) return;
    yield { type, from: at + headLength, to: at + size };
    at += size;
  }
}

function durationOf(data: DataView, { from, to }: Box): number | undefined {
  const isLong = to > from && data.getUint8(from) === 1;
  if (to - from < (isLong ? 32 : 20)) return undefined;
  const scale = data.getUint32(from + (isLong ? 20 : 12));
  const length = isLong ? Number(data.getBigUint64(from + 24)) : data.getUint32(from + 16);
  const ms = Math.round((length * 1000) / scale);
  return Number.isSafeInteger(ms) && ms > 0 && ms < 1e10 ? ms : undefined;
}

/** Undefined for a track that has no picture. */
function sizeOf(data: DataView, { from, to }: Box): { width: number; height: number } | undefined {
  const isLong = to > from && data.getUint8(from) === 1;
  const matrix = from + (isLong ? 52 : 40);
  if (to < matrix + 44) return undefined;
  // 16.16 fixed point.
  const [width, height] = [data.getUint32(matrix + 36) >>> 16, data.getUint32(matrix + 40) >>> 16];
  if (width === 0 || height === 0) return undefined;
  // A quarter turn has its ones off the diagonal.
  const isTurned = data.getInt32(matrix) === 0 && data.getInt32(matrix + 4) !== 0;
  return isTurned ? { width: height, height: width } : { width, height };
}
