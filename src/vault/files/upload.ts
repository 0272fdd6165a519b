import { assert } from '../../base/assert.ts';
import { equalBytes, fromHex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { mintVersionId, type VersionId } from '../../base/ids.ts';
import { type HashName, type RunningHash, runningHash, sha256 } from '../../crypto/primitives.ts';
import { fileOperationToCbor } from '../../format/file-operations.ts';
import { pieceSizeBytes } from '../../format/frame.ts';
import type { Piece } from '../../format/piece.ts';
import { type Content, chunksOf, type KnownPieces, type StoredPiece } from '../content.ts';
import type { Decide, Outcome } from '../open-vault.ts';

/** What one entry takes: well under the 4,096 chunk ids of docs/format.md §5, and little memory. */
const piecesPerStage = 2048;
/** 256 MiB: a row of 7 kB at most, and an entry for each 256 MiB of a large upload. */
const piecesPerKeep = 64;
const dataBytesPerStage: number = 8 * 1024 * 1024;

/** A checksum that the client declared, by the names that clients use. */
export interface DeclaredSum {
  readonly name: string;
  readonly hex: string;
}

const hashNames: ReadonlyMap<string, HashName> = new Map([
  ['SHA1', 'sha1'],
  ['MD5', 'md5'],
  ['SHA256', 'sha256'],
  ['SHA512', 'sha512'],
  ['SHA3-256', 'sha3-256'],
]);

export interface UploadParts {
  readonly content: Content;
  readonly known: KnownPieces;
  readonly execute: (decide: Decide<VersionId>) => Promise<Outcome<VersionId>>;
  /** Whether the quota lets the vault grow by so much. */
  readonly mayAdd: (sizeBytes: number) => boolean;
}

/** What of an upload is durable, so that a later run of the program can go on with it. */
export interface KeptContent {
  readonly staged: VersionId | undefined;
  readonly stagedBytes: number;
  /** Those that follow. */
  readonly pieces: readonly Piece[];
}

export interface FinishedContent {
  readonly kind: 'finished';
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly StoredPiece[];
  readonly staged: VersionId | undefined;
  readonly sums: ReadonlyMap<string, string>;
}

/** The content of one file on its way in: pieces arrive in order, are sealed and stored at once, and nothing shows until it is written. */
export class Upload {
  readonly #parts: UploadParts;
  readonly #running: readonly { readonly sum: DeclaredSum; readonly hash: RunningHash }[];
  #whole: RunningHash | undefined;
  /** The only piece has the hash of the whole, and nobody hashes it twice. */
  #onlySum: Uint8Array | undefined;
  #pending: Promise<StoredPiece>[] = [];
  #staged: VersionId | undefined;
  #staging: Promise<void> = Promise.resolve();
  readonly #adding = new Set<Promise<unknown>>();
  #sizeBytes = 0;
  /** Of pieces that no entry names yet: the vault does not count them. */
  #unstagedBytes = 0;
  #dataBytes = 0;
  #ended = false;

  /** @param begun by an earlier run: its content must be hashed (`hashAgain`) before more is added. */
  constructor(parts: UploadParts, declared: readonly DeclaredSum[], begun?: KeptContent) {
    this.#parts = parts;
    this.#staged = begun?.staged;
    this.#sizeBytes = begun?.stagedBytes ?? 0;
    for (const piece of begun?.pieces ?? []) {
      this.#pending.push(Promise.resolve({ piece, isNew: true, data: undefined }));
      this.#sizeBytes += piece.sizeBytes;
      this.#unstagedBytes += piece.sizeBytes;
    }
    this.#running = declared.flatMap((sum) => {
      const name = hashNames.get(sum.name.toUpperCase());
      return name === undefined ? [] : [{ sum, hash: runningHash(name) }];
    });
  }

  /**
   * The next piece: 4 MiB, only the last one shorter. Resolves when it is stored; the caller may go on before, as far as its
   * memory allows. @throws Fault from the stores.
   */
  add(bytes: Uint8Array, isOnly = false): Promise<'stored' | 'over-quota'> {
    const adding = this.#add(bytes, isOnly);
    const settled: Promise<unknown> = adding.then(noop, noop).then(() => this.#adding.delete(settled));
    this.#adding.add(settled);
    return adding;
  }

  async #add(bytes: Uint8Array, isOnly: boolean): Promise<'stored' | 'over-quota'> {
    assert(bytes.length > 0 && bytes.length <= pieceSizeBytes && !this.#ended, 'a piece is 1 byte to 4 MiB');
    this.#ended = bytes.length < pieceSizeBytes;
    if (!this.#parts.mayAdd(this.#unstagedBytes + bytes.length)) return 'over-quota';
    this.#sizeBytes += bytes.length;
    this.#unstagedBytes += bytes.length;
    this.#hash(bytes, isOnly);
    const stored = this.#parts.content.store(bytes, this.#parts.known);
    // Looked at again by `finish`; without this a failure meanwhile would count as unhandled.
    stored.catch(() => undefined);
    this.#pending.push(stored);
    const { piece, data } = await stored;
    if (isOnly) this.#onlySum = piece.sum;
    this.#dataBytes += data?.bytes.length ?? 0;
    if (this.#pending.length >= piecesPerStage || this.#dataBytes >= dataBytesPerStage) await this.#stage();
    return 'stored';
  }

  #hash(bytes: Uint8Array, isOnly: boolean): void {
    for (const { hash } of this.#running) hash.update(bytes);
    if (isOnly) return;
    this.#whole ??= runningHash('sha256');
    this.#whole.update(bytes);
  }

  /** What an earlier run took, in order: no hash goes on where another process stopped. */
  async hashAgain(content: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of content) this.#hash(bytes, false);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get unstagedBytes(): number {
    return this.#unstagedBytes;
  }

  /** All that was added is durable, or an entry holds it. @throws Fault: then this upload is of no use any more. */
  async keep(): Promise<KeptContent> {
    await Promise.all(this.#adding);
    await this.#staging;
    const pending = await Promise.all(this.#pending);
    // What is small travels with an entry; and a list that is rewritten with every few pieces must stay short.
    if (pending.length >= piecesPerKeep || pending.some(({ data }) => data !== undefined)) await this.#stage();
    const pieces = (await Promise.all(this.#pending)).map((each) => each.piece);
    return { staged: this.#staged, stagedBytes: this.#sizeBytes - this.#unstagedBytes, pieces };
  }

  /** One after the other, so that pieces are staged in their order. */
  #stage(): Promise<void> {
    this.#dataBytes = 0;
    const pending = this.#pending.splice(0, piecesPerStage);
    this.#staging = this.#staging.then(() => this.#stagePieces(pending));
    return this.#staging;
  }

  async #stagePieces(pending: readonly Promise<StoredPiece>[]): Promise<void> {
    const pieces = await Promise.all(pending);
    const outcome = await this.#parts.execute((position) => {
      const content = this.#staged ?? mintVersionId(position.fork, position.sequence, 1);
      return {
        kind: 'change',
        operations: [fileOperationToCbor({ o: 'stage', content, pieces: pieces.map((each) => each.piece) })],
        added: chunksOf(pieces),
        data: pieces.flatMap((each) => each.data ?? []),
        result: content,
      };
    });
    if (outcome.kind !== 'done') throw new GivenUp();
    this.#staged = outcome.result;
    for (const { piece } of pieces) this.#unstagedBytes -= piece.sizeBytes;
  }

  /** All pieces are durable or travel with the entry; checksums that were declared hold. */
  async finish(): Promise<FinishedContent | { readonly kind: 'wrong-checksum' }> {
    this.#ended = true;
    // Pieces that were sent without waiting may still have to be staged.
    await Promise.all(this.#adding);
    await this.#staging;
    const pieces = await Promise.all(this.#pending);
    const whole = this.#onlySum ?? this.#whole?.digest() ?? emptySum;
    const sums = new Map<string, string>();
    for (const { sum, hash } of this.#running) {
      if (!equalHex(sum.hex, hash.digest())) return { kind: 'wrong-checksum' };
      sums.set(sum.name.toUpperCase(), sum.hex.toLowerCase());
    }
    return { kind: 'finished', sizeBytes: this.#sizeBytes, sha256: whole, pieces, staged: this.#staged, sums };
  }
}

/** What was to be shared was condemned by the reaper meanwhile: sent again, it is sealed anew. */
export class GivenUp extends Fault {
  constructor() {
    super('unavailable', 'A stored piece was given up while this was written. Nothing was changed; send it again.');
  }
}

const noop = (): void => undefined;

const emptySum: Uint8Array = sha256(new Uint8Array(0));

function equalHex(hex: string, bytes: Uint8Array): boolean {
  return /^([0-9a-fA-F]{2})+$/.test(hex) && equalBytes(fromHex(hex), bytes);
}
