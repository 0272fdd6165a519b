import { assert } from '#base/assert.ts';
import { equalBytes } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import {
  type ChunkData,
  type Head,
  type JournalReader,
  maxDataBytes,
  type NewEntry,
  type StoredEntry,
  unknownSizeBytes,
} from '#store/journal/journal.ts';
import type { JournalRecovery } from '#store/journal/write-gate.ts';
import { checkLink } from '#vault/chain.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import type { Source } from './source.ts';

export interface PullParts {
  readonly journal: Pick<JournalReader, 'head' | 'entries' | 'chunk' | 'publicHeaders'>;
  readonly recovery: JournalRecovery;
  readonly chunks: ChunkStore;
  readonly source: Pick<Source, 'heads' | 'entries' | 'chunk' | 'publicHeaders'>;
}

export interface PullReport {
  readonly vault: VaultId;
  readonly from: number;
  readonly to: number;
  /** Where the source's chain ends. */
  readonly end: number;
  readonly entries: number;
  readonly chunks: number;
  /** Content that entries need and the source does not have: in the journal as missing, so that verify names the files. */
  readonly missing: readonly ChunkId[];
}

/** Entries that go into one append: bounded, and one fsync for many. */
const entriesPerAppend = 256;
const bytesPerAppend: number = 16 * 1024 * 1024;

/**
 * Appends what a source holds of a vault beyond the journal's head, as far as it continues the chain. Needs no key: links and
 * hashes are checked, and the journal checks them again. Chunks are durable before the entries that need them, so a crash
 * leaves a shorter vault and nothing else; the next pull goes on.
 * @throws Fault `damaged` when the source holds another branch.
 */
export async function pullVault(parts: PullParts, vault: VaultId): Promise<PullReport | undefined> {
  const { journal, source } = parts;
  const from = await journal.head(vault);
  const [end] = await source.heads(vault);
  if (end === undefined || end.fork < from.fork || end.sequence <= from.sequence) return undefined;
  const pull = new Pull(parts, vault, from);
  for (;;) {
    const entries = await source.entries(vault, pull.head, end);
    if (entries.length === 0) break;
    // Before the first entry: a vault without its public header could not be opened by its kit.
    if (pull.head.sequence === from.sequence) await pull.bringHeaders();
    if (!(await pull.take(entries))) break;
  }
  return { vault, from: from.sequence, to: pull.head.sequence, end: end.sequence, ...(await pull.figures()) };
}

class Pull {
  readonly #parts: PullParts;
  readonly #vault: VaultId;
  #head: Head;
  #entries = 0;
  #chunks = 0;
  readonly #missing: Set<ChunkId> = new Set();

  constructor(parts: PullParts, vault: VaultId, head: Head) {
    this.#parts = parts;
    this.#vault = vault;
    this.#head = head;
  }

  get head(): Head {
    return this.#head;
  }

  async bringHeaders(): Promise<void> {
    const { journal, recovery, source } = this.#parts;
    const there = await journal.publicHeaders(this.#vault);
    const signers = there.map((row) => openPublicHeader(row.bytes).signPublic);
    for (const row of await source.publicHeaders(this.#vault)) {
      if (there.some(({ number }) => number === row.number)) continue;
      const { signPublic } = openPublicHeader(row.bytes);
      // docs/format.md §10: all numbers of a vault carry the same key.
      if (signers.some((each) => !equalBytes(each, signPublic))) continue;
      await recovery.putPublicHeader(this.#vault, row);
    }
  }

  /** False when an entry came whose body is gone: nothing can be appended behind it. */
  async take(entries: readonly StoredEntry[]): Promise<boolean> {
    let waiting: { entry: NewEntry; data: readonly ChunkData[]; head: Head }[] = [];
    let sizeBytes = 0;
    let at = this.#head;
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await this.#append(waiting);
      waiting = [];
      sizeBytes = 0;
    };
    for (const stored of entries) {
      const linked = checkLink(this.#vault, at, stored);
      if (stored.body === null) {
        await flush();
        return false;
      }
      const data: ChunkData[] = [];
      for (const id of linked.header.added) data.push(...(await this.#bring(id)));
      const bytes = stored.header.length + stored.body.length + data.reduce((sum, each) => sum + each.bytes.length, 0);
      // A fork number rises with the first entry of a request only.
      if (waiting.length >= entriesPerAppend || sizeBytes + bytes > bytesPerAppend || linked.head.fork !== at.fork)
        await flush();
      waiting.push({ entry: { header: stored.header, body: stored.body }, data, head: linked.head });
      sizeBytes += bytes;
      at = linked.head;
    }
    await flush();
    return true;
  }

  async #append(waiting: readonly { entry: NewEntry; data: readonly ChunkData[]; head: Head }[]): Promise<void> {
    const result = await this.#parts.recovery.append({
      vault: this.#vault,
      expected: this.#head,
      entries: waiting.map((each) => each.entry),
      data: waiting.flatMap((each) => each.data),
    });
    switch (result.kind) {
      case 'appended':
        assert(
          equalBytes(result.head.hash, waiting.at(-1)?.head.hash ?? new Uint8Array(0)),
          'appended what was checked',
        );
        this.#head = result.head;
        this.#entries += waiting.length;
        return;
      case 'conflict':
        throw new Fault('unavailable', `Vault ${this.#vault} was written meanwhile. What was brought back is kept.`);
      case 'chunks-given-up':
        throw new Fault(
          'damaged',
          `Vault ${this.#vault}: the copy adds content whose ids were erased here. What was brought back is kept.`,
        );
    }
  }

  /** Small content goes with its entry; large content is durable, under a lease of this run, before it. */
  async #bring(id: ChunkId): Promise<readonly ChunkData[]> {
    const { journal, recovery, chunks, source } = this.#parts;
    const row = await journal.chunk(id);
    if (row?.state === 'live' || row?.state === 'dropped') return [];
    const bytes = await source.chunk(id);
    // A lease that a crash left has its size, and is taken up as a file.
    if (bytes !== null && row === null && bytes.length <= maxDataBytes) {
      this.#chunks += 1;
      return [{ id, bytes }];
    }
    const sizeBytes = row?.sizeBytes ?? bytes?.length ?? unknownSizeBytes;
    await recovery.lease({ vault: this.#vault, chunks: [{ id, sizeBytes }] });
    if (bytes === null) {
      this.#missing.add(id);
      return [];
    }
    const chunk = Chunk.of(bytes);
    assert(chunk.id === id, 'a source gives bytes that hash to the id');
    await chunks.put(chunk);
    this.#chunks += 1;
    return [];
  }

  /** What a drop entry of the same tail gave up is not missing. */
  async figures(): Promise<Pick<PullReport, 'entries' | 'chunks' | 'missing'>> {
    const missing: ChunkId[] = [];
    for (const id of this.#missing) if ((await this.#parts.journal.chunk(id))?.state === 'live') missing.push(id);
    return { entries: this.#entries, chunks: this.#chunks, missing };
  }
}
