import type { Piece } from '../format/piece.ts';
import type { FilesPort } from '../vault/files/port.ts';
import type { FilePart } from './video-frame.ts';

type Reader = Pick<FilesPort, 'readPiece'>;

/** Parts of a large content, each piece read once. */
export class ContentParts {
  readonly #files: Reader;
  readonly #pieces: readonly Piece[];
  readonly #read = new Map<number, Uint8Array>();

  constructor(files: Reader, pieces: readonly Piece[]) {
    this.#files = files;
    this.#pieces = pieces;
  }

  get sizeBytes(): number {
    return this.#pieces.reduce((sum, each) => sum + each.sizeBytes, 0);
  }

  /** Bytes from `at`; fewer where the content ends. */
  async at(at: number, length: number): Promise<Uint8Array> {
    const out: Uint8Array[] = [];
    let from = 0;
    for (const [index, piece] of this.#pieces.entries()) {
      const to = from + piece.sizeBytes;
      if (to > at && from < at + length) {
        const bytes = await this.#piece(index, piece);
        out.push(bytes.subarray(Math.max(0, at - from), Math.min(piece.sizeBytes, at + length - from)));
      }
      from = to;
    }
    return Buffer.concat(out);
  }

  async #piece(index: number, piece: Piece): Promise<Uint8Array> {
    const known = this.#read.get(index);
    if (known !== undefined) return known;
    const bytes = await this.#files.readPiece(piece);
    this.#read.set(index, bytes);
    return bytes;
  }

  /** What was read so far, with where it stands. */
  parts(): readonly FilePart[] {
    let at = 0;
    return this.#pieces.flatMap((piece, index) => {
      const from = at;
      at += piece.sizeBytes;
      const bytes = this.#read.get(index);
      return bytes === undefined ? [] : [{ at: from, bytes }];
    });
  }
}

const maxBoxes = 64;
const maxHeaderBytes: number = 48 * 1024 * 1024;

/**
 * Where the box with all that is to be known of an MP4 film stands (ISO/IEC 14496-12 §8.2.1): often behind the film itself.
 * Undefined when there is none of a usual size.
 */
export async function filmHeaderOf(content: ContentParts): Promise<Uint8Array | undefined> {
  let at = 0;
  for (let count = 0; count < maxBoxes && at + 16 <= content.sizeBytes; count += 1) {
    const head = Buffer.from(await content.at(at, 16));
    const small = head.readUInt32BE(0);
    const size = small === 1 ? Number(head.readBigUInt64BE(8)) : small === 0 ? content.sizeBytes - at : small;
    if (size < 8 || !Number.isSafeInteger(size)) return undefined;
    if (head.toString('latin1', 4, 8) === 'moov') return size > maxHeaderBytes ? undefined : await content.at(at, size);
    at += size;
  }
  return undefined;
}
