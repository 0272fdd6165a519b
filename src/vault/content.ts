import { present } from '../base/assert.ts';
import { release, u32 } from '../base/bytes.ts';
import { Fault, isFault } from '../base/fault.ts';
import type { ChunkId } from '../base/ids.ts';
import { sha256 } from '../crypto/primitives.ts';
import { chunkKey, frameTag, openChunk, sealChunk } from '../crypto/seals.ts';
import { type Codec, decodeFrame, encodeFrameParts, frameLength } from '../format/frame.ts';
import type { Piece } from '../format/piece.ts';
import { Chunk } from '../store/chunks/chunk.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import { storedBytes } from '../store/chunks/stored-bytes.ts';
import { type ChunkData, type ChunkRow, type Journal, maxDataBytes } from '../store/journal/journal.ts';
import { compress, decompress, maySave } from './compression.ts';
import type { VaultKeys } from './vault-keys.ts';

/** A piece whose bytes are either durable as a leased file, or travel with the entry that adds it. */
export interface StoredPiece {
  readonly piece: Piece;
  /** False when the vault has it already. */
  readonly isNew: boolean;
  readonly data: ChunkData | undefined;
}

/**
 * What the entry that refers to pieces adds: all their chunks, also those that the vault had. So one that a sweep dropped
 * since it was looked at is live again with the entry, and one that the reaper has condemned makes the journal refuse it.
 */
export function chunksOf(pieces: readonly StoredPiece[]): ChunkId[] {
  return [...new Set(pieces.map((each) => each.piece.chunk))];
}

/** What the view knows of content that the vault holds; for deduplication. */
export interface KnownPieces {
  pieceWithSum(sum: Uint8Array): Piece | undefined;
}

const nothingKnown: KnownPieces = { pieceWithSum: () => undefined };

/** Compression must save at least one part in sixteen (docs/format.md §6). */
const worthwhile = 15 / 16;

/** Seals pieces of content and opens them again. */
export class Content {
  readonly #keys: VaultKeys;
  readonly #journal: Pick<Journal, 'lease' | 'chunk' | 'chunkData'>;
  readonly #chunks: ChunkStore;
  /** Seen damaged or missing: never deduplicated against, so that the same upload heals it. */
  readonly #suspects = new Set<ChunkId>();
  /** The same content arriving twice at once is stored once. */
  readonly #underWay = new Map<ChunkId, Promise<boolean>>();

  constructor(keys: VaultKeys, journal: Pick<Journal, 'lease' | 'chunk' | 'chunkData'>, chunks: ChunkStore) {
    this.#keys = keys;
    this.#journal = journal;
    this.#chunks = chunks;
  }

  /**
   * @param generation above 0 when the ids of earlier ones were given up.
   * @throws Fault `disk-full`, `io`, `sync-failed`.
   */
  async store(bytes: Uint8Array, known: KnownPieces, generation = 0): Promise<StoredPiece> {
    const sum = sha256(bytes);
    const twin = known.pieceWithSum(sum);
    if (twin !== undefined && (await this.#isIntact(twin))) return { piece: twin, isNew: false, data: undefined };
    const { piece, stored } = this.#seal(bytes, sum, generation);
    const row = await this.#journal.chunk(piece.chunk);
    if (row !== null && (row.state === 'condemned' || row.state === 'erased' || this.#isBeyondRepair(row, piece)))
      return this.store(bytes, nothingKnown, generation + 1);
    if (stored.bytes.length <= maxDataBytes) return { piece, isNew: true, data: stored };
    // The same id again means the same bytes again: whoever comes second waits for the first and adopts it.
    const underWay = this.#underWay.get(piece.chunk) ?? this.#writeFile(stored);
    this.#underWay.set(piece.chunk, underWay);
    const adopted = await underWay.finally(() => {
      this.#underWay.delete(piece.chunk);
      release(stored.bytes);
    });
    return adopted ? { piece, isNew: true, data: undefined } : this.store(bytes, nothingKnown, generation + 1);
  }

  /** A file is written again in its place; nobody writes over what the database holds, so it gets a successor. */
  #isBeyondRepair(row: ChunkRow, piece: Piece): boolean {
    return row.place === 'database' && this.#suspects.has(piece.chunk);
  }

  /** The lease is durable before the first byte. False when the id was given up before: the next generation has another. */
  async #writeFile(chunk: Chunk): Promise<boolean> {
    const { id } = chunk;
    const sizeBytes = chunk.bytes.length;
    const [state] = await this.#journal.lease({ vault: this.#keys.vault, chunks: [{ id, sizeBytes }] });
    switch (present(state, 'lease')) {
      case 'given-up':
        return false;
      case 'live':
        if (!this.#suspects.has(id) && (await this.#chunks.sizeBytes(id)) === sizeBytes) return true;
        // Live but damaged or missing: the same bytes in the same place are the repair.
        await this.#chunks.put(chunk);
        this.#suspects.delete(id);
        return true;
      case 'leased':
        await this.#chunks.put(chunk);
        return true;
    }
  }

  /** A twin is adopted only when its bytes are where they should be; their content is proven by reading and by verify. */
  async #isIntact(piece: Piece): Promise<boolean> {
    if (this.#suspects.has(piece.chunk)) return false;
    const row = await this.#journal.chunk(piece.chunk);
    if (row === null || (row.state !== 'live' && row.state !== 'dropped') || row.vault !== this.#keys.vault)
      return false;
    return (
      row.state === 'live' &&
      (row.place === 'database' || (await this.#chunks.sizeBytes(piece.chunk)) === row.sizeBytes)
    );
  }

  #seal(bytes: Uint8Array, sum: Uint8Array, generation: number): { readonly piece: Piece; readonly stored: Chunk } {
    const compressed = maySave(bytes, worthwhile) ? compress(bytes) : undefined;
    const codec: Codec = compressed !== undefined && compressed.length <= bytes.length * worthwhile ? 'zstd' : 'none';
    const data = codec === 'zstd' ? present(compressed, 'compressed') : bytes;
    const frame = encodeFrameParts({ codec, generation, sizeBytes: bytes.length, data });
    const keys = this.#keys.current;
    const dataSum = codec === 'none' ? sum : sha256(data);
    const tag = frameTag(keys.tagKey, frame[0], u32(frameLength(data.length)), dataSum);
    const stored = Chunk.of(sealChunk(chunkKey(keys.contentKey, tag), this.#keys.vault, ...frame));
    if (compressed !== undefined) release(compressed);
    const piece = { chunk: stored.id, tag, sizeBytes: bytes.length, epoch: keys.epoch, sum };
    return { piece, stored };
  }

  /**
   * Pieces that an earlier run of the program stored, and no entry refers to yet: the lease is this run's from here on.
   * False when any of them was given up meanwhile.
   */
  async leaseAgain(pieces: readonly Piece[]): Promise<boolean> {
    const chunks: { readonly id: ChunkId; readonly sizeBytes: number }[] = [];
    for (const { chunk } of pieces) {
      const row = await this.#journal.chunk(chunk);
      if (row?.state === 'leased') chunks.push({ id: chunk, sizeBytes: row.sizeBytes });
      else if (row?.state !== 'live' && row?.state !== 'dropped') return false;
    }
    const states = await this.#journal.lease({ vault: this.#keys.vault, chunks });
    return !states.includes('given-up');
  }

  /** Whether the reaper has given up any of these. */
  async anyErased(pieces: readonly Piece[]): Promise<boolean> {
    for (const { chunk } of pieces) {
      const state = (await this.#journal.chunk(chunk))?.state;
      if (state === 'condemned' || state === 'erased') return true;
    }
    return false;
  }

  /**
   * The plaintext of a piece. What does not authenticate is never given out.
   * @throws Fault `damaged` or `missing`, saying that a copy may have it.
   */
  async read(piece: Piece): Promise<Uint8Array> {
    const bytes = (await this.#readUsual(piece)) ?? (await this.#readRepaired(piece));
    if (this.#suspects.size > 0) this.#suspects.delete(piece.chunk);
    return bytes;
  }

  /** Undefined when what stands in the usual place is not there, or does not open. */
  async #readUsual(piece: Piece): Promise<Uint8Array | undefined> {
    try {
      const stored = (await this.#journal.chunkData(piece.chunk)) ?? (await this.#chunks.get(piece.chunk));
      if (stored === null) return undefined;
      const bytes = openPiece(this.#keys, piece, stored);
      release(stored);
      return bytes;
    } catch (error) {
      if (isFault(error, 'damaged') || isFault(error, 'io')) return undefined;
      throw error;
    }
  }

  /** Everywhere a repair may have put the bytes (docs/format.md §9). */
  async #readRepaired(piece: Piece): Promise<Uint8Array> {
    const stored = await storedBytes(this.#journal, this.#chunks, piece.chunk);
    const bytes = stored.kind === 'whole' ? openPiece(this.#keys, piece, stored.bytes) : undefined;
    if (bytes !== undefined) return bytes;
    this.#suspects.add(piece.chunk);
    throw stored.kind === 'missing'
      ? new Fault(
          'missing',
          `A stored piece (${piece.chunk}) is missing. The file is listed, nothing else was hit; a copy may bring it back.`,
        )
      : new Fault(
          'damaged',
          `A stored piece (${piece.chunk}) is damaged and was not given out. A copy may bring it back.`,
        );
  }
}

/**
 * The plaintext of a piece; undefined when the stored bytes are not those of this piece.
 * @throws Fault `damaged`, `newer-format` for a frame that authenticates and still does not parse.
 */
export function openPiece(keys: VaultKeys, piece: Piece, stored: Uint8Array): Uint8Array | undefined {
  const key = piece.epoch === 0 ? piece.tag : chunkKey(keys.epoch(piece.epoch).contentKey, piece.tag);
  const opened = openChunk(key, keys.vault, stored);
  if (opened === undefined) return undefined;
  const frame = decodeFrame(opened);
  if (frame.sizeBytes !== piece.sizeBytes) return undefined;
  return frame.codec === 'zstd' ? decompress(frame.data, frame.sizeBytes) : frame.data;
}
