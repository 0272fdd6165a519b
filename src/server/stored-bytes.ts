import type { ChunkId, VaultId } from '../base/ids.ts';
import type { Journal } from '../store/journal/journal.ts';

const rowsAtOnce = 10_000;
const goodForMs = 60_000;

/** How much is stored of a vault, as far as can be told without its key: the bytes of the chunks that count. Remembered for a minute. */
export class StoredBytes {
  readonly #journal: Pick<Journal, 'chunks'>;
  readonly #nowMs: () => number;
  readonly #known = new Map<VaultId, { readonly bytes: Promise<number>; readonly atMs: number }>();

  constructor(journal: Pick<Journal, 'chunks'>, nowMs: () => number) {
    this.#journal = journal;
    this.#nowMs = nowMs;
  }

  of(vault: VaultId): Promise<number> {
    const known = this.#known.get(vault);
    if (known !== undefined && this.#nowMs() - known.atMs < goodForMs) return known.bytes;
    const bytes = this.#sum(vault);
    this.#known.set(vault, { bytes, atMs: this.#nowMs() });
    bytes.catch(() => this.#known.delete(vault));
    return bytes;
  }

  async #sum(vault: VaultId): Promise<number> {
    let bytes = 0;
    let after: ChunkId | null = null;
    for (;;) {
      const rows: Awaited<ReturnType<Journal['chunks']>> = await this.#journal.chunks(vault, after, rowsAtOnce);
      for (const { state, sizeBytes } of rows) if (state === 'live' || state === 'leased') bytes += sizeBytes;
      const last = rows.at(-1);
      if (last === undefined) return bytes;
      after = last.id;
    }
  }
}
