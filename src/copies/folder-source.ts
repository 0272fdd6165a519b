import { isFault } from '#base/fault.ts';
import { type ChunkId, parseVaultId, type VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Head, PublicHeaderRow, StoredEntry } from '#store/journal/journal.ts';
import type { SalvageReader } from '#store/journal/salvage-reader.ts';
import {
  ChainSource,
  cutRun,
  goodHeaders,
  headAfter,
  inOrder,
  isChunk,
  linkedRun,
  noHead,
  type Run,
} from './chain-source.ts';
import type { DamageSink, SourceDamage, SourceHead } from './source.ts';

/** Bodies may be large: few at a time. */
const entriesPerRun = 64;

export interface FolderParts {
  readonly title: string;
  /** Undefined when the journal is gone: what is left are chunks. */
  readonly journal: SalvageReader | undefined;
  readonly chunks: Pick<ChunkStore, 'get'>;
  readonly onDamage: DamageSink;
}

/** What is left of a data folder, whole or not. */
export class FolderSource extends ChainSource {
  override readonly title: string;
  readonly #journal: SalvageReader | undefined;
  readonly #chunks: Pick<ChunkStore, 'get'>;
  readonly #onDamage: DamageSink;

  constructor({ title, journal, chunks, onDamage }: FolderParts) {
    super();
    this.title = title;
    this.#journal = journal;
    this.#chunks = chunks;
    this.#onDamage = onDamage;
  }

  override async instance(): Promise<VaultId | undefined> {
    const known = this.#journal?.meta('instance');
    return known === undefined ? undefined : parseVaultId(known);
  }

  override async vaults(): Promise<readonly VaultId[]> {
    return this.#journal?.vaults() ?? [];
  }

  override async publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]> {
    const rows = this.#journal?.publicHeaders(vault) ?? [];
    return goodHeaders(vault, rows, (number) => this.#damaged('header', `${vault} ${number}`));
  }

  override async heads(vault: VaultId): Promise<readonly SourceHead[]> {
    const heads = (this.#journal?.branches(vault) ?? []).flatMap(({ fork, last }) => {
      const end = this.#journal?.entriesOf(vault, fork, last, 1)[0];
      // The chain may go on under a higher fork number from here: then this is no end.
      if (end === undefined || this.#follow(vault, headAfter(end), last + 1).length > 0) return [];
      return [{ vault, ...headAfter(end) }];
    });
    return inOrder(heads);
  }

  override async runs(vault: VaultId, after: Head): Promise<readonly Run[]> {
    const branches = this.#journal?.branches(vault) ?? [];
    return this.#follow(vault, after, after.sequence + 1).flatMap(({ fork }) => {
      const entries = this.#journal?.entriesOf(vault, fork, after.sequence + 1, entriesPerRun) ?? [];
      const run = linkedRun(vault, after, entries, (sequence) => this.#damaged('journal', `${vault} body ${sequence}`));
      if (run === undefined) return [];
      const begin = branches.flatMap(({ first }) => (first > after.sequence + 1 ? [first - 1] : []));
      return [cutRun(run, Math.min(run.end.sequence, ...begin))];
    });
  }

  override async behindGap(vault: VaultId, sequence: number, to: Head): Promise<Head | undefined> {
    const found = (this.#journal?.branches(vault) ?? [])
      .filter(({ fork }) => fork <= to.fork)
      .flatMap(({ fork, last }) => this.#firstBehind(vault, fork, sequence + 1, Math.min(last, to.sequence)));
    return found.sort((a, b) => a.sequence - b.sequence || b.fork - a.fork)[0];
  }

  override async chunk(id: ChunkId, proves?: (stored: Uint8Array) => boolean): Promise<Uint8Array | null> {
    const data = this.#journal?.chunkData(id);
    if (data !== undefined && isChunk(id, data, proves)) return data;
    const file = await this.#chunkFile(id);
    if (file !== null && isChunk(id, file, proves)) return file;
    this.#tell('chunk', id, data !== undefined || file !== null ? 'damaged' : 'missing');
    return null;
  }

  override async isErased(id: ChunkId): Promise<boolean> {
    const state = this.#journal?.chunkState(id);
    return state === 'condemned' || state === 'erased';
  }

  override async close(): Promise<void> {
    this.#journal?.close();
  }

  /** A sector that cannot be read is one damaged chunk. */
  async #chunkFile(id: ChunkId): Promise<Uint8Array | null> {
    try {
      return await this.#chunks.get(id);
    } catch (error) {
      if (!isFault(error, 'io') && !isFault(error, 'damaged')) throw error;
      return new Uint8Array(0);
    }
  }

  #follow(vault: VaultId, after: Head, sequence: number): readonly StoredEntry[] {
    const entries = this.#journal?.entriesAt(vault, sequence) ?? [];
    return entries.filter((entry) => linkedRun(vault, after, [entry], () => undefined) !== undefined);
  }

  #firstBehind(vault: VaultId, fork: number, from: number, last: number): readonly Head[] {
    for (let at = from; at <= last; ) {
      const entries = this.#journal?.entriesOf(vault, fork, at, entriesPerRun) ?? [];
      for (const entry of entries) {
        const before = headBefore(entry);
        if (before !== undefined && linkedRun(vault, before, [entry], () => undefined) !== undefined) return [before];
      }
      at = (entries.at(-1)?.sequence ?? last) + 1;
    }
    return [];
  }

  #damaged(kind: SourceDamage['kind'], name: string): void {
    this.#tell(kind, name, 'damaged');
  }

  #tell(kind: SourceDamage['kind'], name: string, state: SourceDamage['state']): void {
    this.#onDamage({ title: this.title, kind, name, state });
  }
}

/** The place that an entry says it follows; undefined when it does not parse. */
export function headBefore(entry: StoredEntry): Head | undefined {
  try {
    const { header } = decodeHeader(entry.header);
    if (header.sequence === 1) return noHead;
    return { fork: header.fork, sequence: header.sequence - 1, hash: header.previousHash };
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}
