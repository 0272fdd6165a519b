import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Head, PublicHeaderRow, StoredEntry } from '#store/journal/journal.ts';
import { ChainSource, commonRun, goodHeaders, headAfter, inOrder, type Run } from './chain-source.ts';
import type { SourceHead } from './source.ts';

/** What came from one of several sources. */
export interface Origin {
  readonly title: string;
  entries: number;
  chunks: number;
  chunkBytes: number;
}

/** Several sources as one: each header, entry, body and chunk from the first that has it whole. */
export class MergedSource extends ChainSource {
  override readonly title: string;
  readonly #sources: readonly ChainSource[];
  readonly origins: readonly Origin[];
  /** Sources that did not answer; they are asked no more. */
  readonly #silent: Set<ChainSource> = new Set();
  readonly #from: WeakMap<StoredEntry, Origin> = new WeakMap();
  readonly #onSilent: (title: string, fault: Fault) => void;

  /** @param sources the one that is preferred first; at least one. */
  constructor(sources: readonly ChainSource[], onSilent: (title: string, fault: Fault) => void) {
    super();
    this.title = sources.map((each) => each.title).join(' + ');
    this.#sources = sources;
    this.#onSilent = onSilent;
    this.origins = sources.map(({ title }) => ({ title, entries: 0, chunks: 0, chunkBytes: 0 }));
  }

  override async instance(): Promise<VaultId | undefined> {
    const known = await this.#ask((source) => source.instance());
    const ids = new Set(known.flatMap((each) => each.answer ?? []));
    if (ids.size <= 1) return [...ids][0];
    throw new Fault(
      'damaged',
      `These are copies of different instances: ${known.map(({ source, answer }) => `${source.title} (${answer ?? 'unknown'})`).join(', ')}. Nothing was written; name those of one instance only.`,
    );
  }

  override async vaults(): Promise<readonly VaultId[]> {
    const known = await this.#ask((source) => source.vaults());
    return [...new Set(known.flatMap((each) => each.answer))].sort();
  }

  override async publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]> {
    const known = await this.#ask((source) => source.publicHeaders(vault));
    return goodHeaders(
      vault,
      known.flatMap((each) => each.answer),
      () => undefined,
    );
  }

  override async heads(vault: VaultId): Promise<readonly SourceHead[]> {
    const known = await this.#ask((source) => source.heads(vault));
    return inOrder(known.flatMap((each) => each.answer));
  }

  /** Runs of different sources that begin with the same entry are one branch. */
  override async runs(vault: VaultId, after: Head): Promise<readonly Run[]> {
    const known = await this.#ask((source) => source.runs(vault, after));
    const byFirst = new Map<string, Run>();
    for (const { source, answer } of known) {
      for (const run of answer) {
        const [first] = run.entries;
        if (first === undefined) continue;
        const key = toHex(headAfter(first).hash);
        const before = byFirst.get(key);
        for (const entry of run.entries) this.#from.set(entry, this.#originOf(source));
        byFirst.set(key, before === undefined ? run : commonRun(before, run));
      }
    }
    return [...byFirst.values()];
  }

  override async entries(vault: VaultId, after: Head, to: Head): Promise<readonly StoredEntry[]> {
    const entries = await super.entries(vault, after, to);
    for (const entry of entries) present(this.#from.get(entry), 'origin of an entry').entries += 1;
    return entries;
  }

  override async behindGap(vault: VaultId, sequence: number, to: Head): Promise<Head | undefined> {
    const known = await this.#ask((source) => source.behindGap(vault, sequence, to));
    return known.flatMap((each) => each.answer ?? []).sort((a, b) => a.sequence - b.sequence)[0];
  }

  override async chunk(id: ChunkId, proves?: (stored: Uint8Array) => boolean): Promise<Uint8Array | null> {
    for (const source of this.#sources) {
      const bytes = await this.#askOne(source, () => source.chunk(id, proves));
      if (bytes === undefined || bytes === null) continue;
      const origin = this.#originOf(source);
      origin.chunks += 1;
      origin.chunkBytes += bytes.length;
      return bytes;
    }
    return null;
  }

  override async isErased(id: ChunkId): Promise<boolean> {
    return (await this.#ask((source) => source.isErased(id))).some((each) => each.answer);
  }

  override async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }

  #originOf(source: ChainSource): Origin {
    return present(this.origins[this.#sources.indexOf(source)], 'origin of a source');
  }

  async #ask<T>(
    question: (source: ChainSource) => Promise<T>,
  ): Promise<readonly { readonly source: ChainSource; readonly answer: T }[]> {
    const answers: { readonly source: ChainSource; readonly answer: T }[] = [];
    for (const source of this.#sources) {
      const answer = await this.#askOne(source, async () => ({ value: await question(source) }));
      if (answer !== undefined) answers.push({ source, answer: answer.value });
    }
    return answers;
  }

  /** Undefined when the source does not answer (any more). @throws Fault when none is left. */
  async #askOne<T>(source: ChainSource, question: () => Promise<T>): Promise<T | undefined> {
    if (this.#silent.has(source)) return undefined;
    try {
      return await question();
    } catch (error) {
      if (!isFault(error, 'unavailable') && !isFault(error, 'io')) throw error;
      this.#silent.add(source);
      if (this.#silent.size === this.#sources.length) throw error;
      this.#onSilent(source.title, error);
      return undefined;
    }
  }
}
