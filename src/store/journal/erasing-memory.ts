import type { ChunkId, VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Condemned, ErasingJournal, SeenHead, StaleLease } from './erasing-journal.ts';
import type { ChunkState } from './journal.ts';
import type { JournalMemory } from './memory-journal.ts';

/** The reaper's side of a model journal. */
export class ErasingMemory implements ErasingJournal {
  readonly erasesData: boolean = true;
  readonly #memory: JournalMemory;

  constructor(memory: JournalMemory) {
    this.#memory = memory;
  }

  condemn(vault: VaultId, seen: SeenHead, ids: readonly ChunkId[]): Condemned {
    const stored = this.#memory.vaults.get(vault);
    if (stored === undefined || stored.head.fork !== seen.fork) return 'moved';
    const behind = stored.entries.filter((entry) => entry.sequence > seen.sequence);
    if (behind.some((entry) => decodeHeader(entry.header).header.type === 'drop')) return 'moved';
    return ids.filter((id) => this.#move(vault, id, 'dropped', 'condemned'));
  }

  condemnLeases(vault: VaultId, leases: readonly StaleLease[]): readonly ChunkId[] {
    const still = leases.filter(({ id, run }) => this.#memory.chunks.get(id)?.record.lease === run);
    return still.filter(({ id }) => this.#move(vault, id, 'leased', 'condemned')).map(({ id }) => id);
  }

  erase(vault: VaultId, ids: readonly ChunkId[]): void {
    for (const id of ids) this.#move(vault, id, 'condemned', 'erased');
  }

  staleLeases(vault: VaultId, run: number, after: ChunkId | null, limit: number): readonly StaleLease[] {
    const stale = [...this.#memory.chunks].flatMap(([id, { vault: owner, record }]) =>
      owner === vault && record.state === 'leased' && record.lease !== null && record.lease < run
        ? [{ id, run: record.lease, sizeBytes: record.sizeBytes }]
        : [],
    );
    const from = after === null ? 0 : stale.findIndex(({ id }) => id === after) + 1;
    return stale.slice(from, from + limit);
  }

  close(): void {
    // Nothing is open.
  }

  #move(vault: VaultId, id: ChunkId, from: ChunkState, to: ChunkState): boolean {
    const stored = this.#memory.chunks.get(id);
    if (stored === undefined || stored.vault !== vault || stored.record.state !== from) return false;
    const bytes = to === 'erased' ? null : stored.bytes;
    this.#memory.chunks.set(id, { vault, bytes, record: { ...stored.record, state: to, lease: null } });
    return true;
  }
}
