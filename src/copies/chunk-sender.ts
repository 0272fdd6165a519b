import { Fault } from '#base/fault.ts';
import type { ChunkId } from '#base/ids.ts';
import { eachLimited } from '#base/pool.ts';
import { chunkName, lostName, lostNote, lostPrefix, parseCopyName } from '#format/copy-names.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { chunkFolderProblem } from '#store/chunks/folder-check.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import { type Bandwidth, ByteBudget, type Pace } from './pace.ts';

export interface SenderParts {
  readonly place: Place;
  readonly journal: JournalReader;
  readonly chunks: Pick<ChunkStore, 'get' | 'sizeBytes' | 'list'>;
  /** Puts that run at once. */
  readonly atATime: number;
  /** Bytes of chunks in memory at once. */
  readonly budgetBytes: number;
  readonly bandwidth: Bandwidth | undefined;
  /** Steps back after each chunk while others wait for an answer. */
  readonly pace?: Pace | undefined;
  readonly stopping: AbortSignal;
  readonly onSent: (bytes: number) => void;
  readonly onLost: (id: ChunkId, state: 'damaged' | 'missing') => void;
}

/** What a chunk of unknown size may have at most: a frame (docs/format.md §6) and its seal. */
const maxStoredBytes: number = 4 * 1024 * 1024 + 64;

/** Brings chunks to a place. Nothing goes there that does not hash to its name. */
export class ChunkSender {
  readonly #parts: SenderParts;
  readonly #budget: ByteBudget;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#budget = new ByteBudget(parts.budgetBytes);
  }

  /**
   * Afterwards each of them is there or noted as lost, or was dropped by its owner, unless it was stopped.
   * @param mayBeThere an earlier run may have brought some of them: those are asked for first.
   */
  async send(ids: Iterable<ChunkId>, mayBeThere: boolean): Promise<void> {
    const { atATime, stopping } = this.#parts;
    await eachLimited(oneByOne(ids), atATime, stopping, (id) => this.#send(id, mayBeThere));
  }

  /** Those that were noted as lost, and may have come back since. */
  async sendLost(): Promise<void> {
    const { place, stopping } = this.#parts;
    for await (const { name } of place.list(lostPrefix)) {
      const named = parseCopyName(name);
      if (stopping.aborted) return;
      if (named?.kind !== 'lost' || (await place.size(chunkName(named.id))) !== null) continue;
      await this.#send(named.id, false);
    }
  }

  async #send(id: ChunkId, mayBeThere: boolean): Promise<void> {
    const { place, journal } = this.#parts;
    const row = await journal.chunk(id);
    // The reaper has it: what is given up for erasing is not copied any more.
    if (row?.state === 'condemned' || row?.state === 'erased') return;
    if (mayBeThere && row !== null && (await place.size(chunkName(id))) === row.sizeBytes) return;
    await this.#budget.with(row?.sizeBytes ?? maxStoredBytes, () => this.#put(id, row?.state === 'dropped'));
  }

  async #put(id: ChunkId, isDropped: boolean): Promise<void> {
    const { place, journal, chunks, bandwidth, onSent } = this.#parts;
    const stored = await storedBytes(journal, chunks, id);
    if (stored.kind === 'whole') {
      await bandwidth?.take(stored.bytes.length);
      await place.put(chunkName(id), stored.bytes);
      onSent(stored.bytes.length);
      await this.#parts.pace?.rest();
      return;
    }
    if (!isDropped) await this.#noteLost(id, stored.kind);
  }

  /** docs/format.md §13: one lost chunk does not hold up what is behind it. */
  async #noteLost(id: ChunkId, state: 'damaged' | 'missing'): Promise<void> {
    const { place, journal, chunks, onLost } = this.#parts;
    if ((await place.size(chunkName(id))) !== null) return;
    const problem = await chunkFolderProblem(journal, chunks);
    // Not one chunk is lost but the way to all of them.
    if (problem !== undefined) throw new Fault('unavailable', `Nothing is copied while ${problem}.`);
    await place.put(lostName(id), lostNote);
    onLost(id, state);
  }
}

async function* oneByOne<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
