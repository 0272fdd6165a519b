import { assert } from '../base/assert.ts';
import { release } from '../base/bytes.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import type { CredentialId, VaultId } from '../base/ids.ts';
import { type RunningHash, runningHash } from '../crypto/primitives.ts';
import { sealChunk } from '../crypto/seals.ts';
import { maxChunkIdsPerEntry } from '../format/entry.ts';
import { type DepositOperation, fileOperationToCbor } from '../format/file-operations.ts';
import { encodeFrameParts, pieceSizeBytes } from '../format/frame.ts';
import type { Piece } from '../format/piece.ts';
import { Chunk } from '../store/chunks/chunk.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import { type ChunkData, type Journal, maxDataBytes } from '../store/journal/journal.ts';
import { sealInboxEntry } from './chain.ts';

/** A file that comes from outside is one entry. */
export const maxDepositBytes: number = pieceSizeBytes * maxChunkIdsPerEntry;
const appendAttempts = 20;

export interface DepositParts {
  readonly journal: Pick<Journal, 'head' | 'append' | 'lease'>;
  readonly chunks: Pick<ChunkStore, 'put'>;
  readonly clock: Clock;
  readonly random: Randomness;
}

export interface DepositTarget {
  readonly vault: VaultId;
  /** The newest epoch of the vault and its public key: that is all that is needed. */
  readonly epoch: number;
  readonly publicKey: Uint8Array;
}

/**
 * One file for a vault that nobody has open: its pieces are sealed with random keys, which stand in the entry that is sealed to
 * the vault's public key. It takes effect when the vault is opened (files/inbox.ts). Crash before `finish`: leases that run out.
 */
export class Deposit {
  readonly #parts: DepositParts;
  readonly #vault: VaultId;
  readonly #pieces: Piece[] = [];
  readonly #data: ChunkData[] = [];
  readonly #whole: RunningHash = runningHash('sha256');
  #sizeBytes = 0;

  constructor(parts: DepositParts, vault: VaultId) {
    this.#parts = parts;
    this.#vault = vault;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get pieces(): number {
    return this.#pieces.length;
  }

  /** The next piece; only the last one is shorter than 4 MiB. @throws Fault `disk-full`, `io`, `sync-failed`. */
  async add(bytes: Uint8Array): Promise<void> {
    assert(bytes.length > 0 && bytes.length <= pieceSizeBytes, 'a piece is 1 byte to 4 MiB');
    assert(this.#sizeBytes % pieceSizeBytes === 0, 'only the last piece is shorter');
    const { random, journal, chunks } = this.#parts;
    const key = random.bytes(32);
    const frame = encodeFrameParts({ codec: 'none', generation: 0, sizeBytes: bytes.length, data: bytes });
    const stored = Chunk.of(sealChunk(key, this.#vault, ...frame));
    const sum = runningHash('sha256');
    sum.update(bytes);
    if (stored.bytes.length <= maxDataBytes) this.#data.push(stored);
    else {
      const sizeBytes = stored.bytes.length;
      await journal.lease({ vault: this.#vault, chunks: [{ id: stored.id, sizeBytes }] });
      await chunks.put(stored);
      release(stored.bytes);
    }
    this.#whole.update(bytes);
    this.#sizeBytes += bytes.length;
    this.#pieces.push({ chunk: stored.id, tag: key, sizeBytes: bytes.length, epoch: 0, sum: sum.digest() });
  }

  /** All of it is durable when this returns. @throws Fault. */
  async finish(
    target: DepositTarget,
    by: CredentialId | undefined,
    about: Pick<DepositOperation, 'place' | 'mtimeMs' | 'type'>,
  ): Promise<void> {
    const { journal, clock, random } = this.#parts;
    const operation: DepositOperation = {
      o: 'deposit',
      ...about,
      sizeBytes: this.#sizeBytes,
      sha256: this.#whole.digest(),
      pieces: this.#pieces,
    };
    const added = this.#pieces.map((each) => each.chunk);
    const draft = { ...target, by, operations: [fileOperationToCbor(operation)], added };
    for (let attempt = 1; attempt <= appendAttempts; attempt += 1) {
      const head = await journal.head(target.vault);
      const sealed = sealInboxEntry(draft, head, clock.nowMs(), random);
      assert(sealed !== undefined, 'the references of one file fit into an entry');
      const entries = [sealed.entry];
      const result = await journal.append({ vault: target.vault, expected: head, entries, data: this.#data });
      // Whoever has the vault open may have written meanwhile.
      if (result.kind === 'conflict') continue;
      if (result.kind === 'appended') return;
      break;
    }
    throw new Fault('unavailable', 'The file could not be taken just now. Nothing of it was kept; send it again.');
  }
}
