import type { Instance } from '../accounts/instance.ts';
import { isFault } from '../base/fault.ts';
import type { ChunkId } from '../base/ids.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import { Losses } from '../copies/losses.ts';
import { noteGone, type RepairParts, repairChunk } from '../copies/repair.ts';
import { chunkName } from '../format/copy-names.ts';
import type { Disk } from '../store/disk.ts';
import type { VaultPort } from '../vault/files/port.ts';
import { openCopyPlace } from './copy-places.ts';
import { realClock } from './real-world.ts';

/** Whoever reads waits so long at most. */
const repairWithinMs = 10_000;
/** What no copy had is not asked for again at once. */
const tryAgainMs = 60_000;
const maxRemembered = 1000;

interface ReadRepairParts extends Omit<RepairParts, 'losses'> {
  readonly instance: Instance;
  readonly disk: Disk;
}

/**
 * When a read meets a damaged or missing chunk and a copy that answers has it, it is put back and then served. What a copy
 * gives counts only when it hashes to the id, and is read again through the vault, which authenticates it.
 */
export class ReadRepair {
  readonly #parts: ReadRepairParts & RepairParts;
  readonly #underWay = new Map<ChunkId, Promise<boolean>>();
  readonly #failedMs = new Map<ChunkId, number>();

  constructor(parts: ReadRepairParts) {
    this.#parts = { ...parts, losses: new Losses(new KeptLines(parts.disk), realClock) };
  }

  wrap(port: VaultPort): VaultPort {
    return {
      ...port,
      readPiece: async (piece) => {
        try {
          return await port.readPiece(piece);
        } catch (error) {
          if (!isLoss(error) || !(await this.#withinTime(piece.chunk))) throw error;
          return port.readPiece(piece);
        }
      },
      plan: async (path, wholeUpToBytes, version) => {
        try {
          return await port.plan(path, wholeUpToBytes, version);
        } catch (error) {
          // Without its content: whoever asked reads the piece next, and that is where it is repaired.
          if (!isLoss(error) || wholeUpToBytes === 0) throw error;
          return port.plan(path, 0, version);
        }
      },
    };
  }

  async #withinTime(chunk: ChunkId): Promise<boolean> {
    const failedMs = this.#failedMs.get(chunk);
    if (failedMs !== undefined && realClock.nowMs() - failedMs < tryAgainMs) return false;
    const repairing = this.#underWay.get(chunk) ?? this.putBack(chunk).finally(() => this.#underWay.delete(chunk));
    this.#underWay.set(chunk, repairing);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), repairWithinMs);
    });
    try {
      return await Promise.race([repairing, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** From the first copy that has it; whether the chunk is whole now. @throws Fault `sync-failed`. */
  async putBack(chunk: ChunkId): Promise<boolean> {
    const copies = this.#parts.instance.view.copies();
    let answered = 0;
    for (const copy of copies) {
      try {
        const place = await openCopyPlace(copy);
        const bytes = await place.get(chunkName(chunk));
        await place.close();
        answered += 1;
        const outcome = bytes === null ? undefined : await repairChunk(this.#parts, chunk, bytes, place.title);
        if (outcome === 'repaired' || outcome === 'was-whole') return true;
      } catch (error) {
        // A copy that does not answer, or a full disk: whoever reads is told of the damage itself.
        if (!isFault(error) || error.code === 'sync-failed') throw error;
      }
    }
    if (copies.length > 0 && answered === copies.length) await noteGone(this.#parts, chunk);
    if (this.#failedMs.size >= maxRemembered) this.#failedMs.clear();
    this.#failedMs.set(chunk, realClock.nowMs());
    return false;
  }
}

function isLoss(error: unknown): boolean {
  return isFault(error, 'damaged') || isFault(error, 'missing');
}
