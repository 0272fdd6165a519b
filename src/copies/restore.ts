import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { ed25519Verify } from '#crypto/primitives.ts';
import { decodeHeader } from '#format/entry.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import {
  type Head,
  maxDataBytes,
  type NewEntry,
  type PublicHeaderRow,
  type StoredEntry,
} from '#store/journal/journal.ts';
import type { RestoredChunk, RestoreJournal } from '#store/journal/restore-journal.ts';
import { checkLink, signedBytes } from '#vault/chain.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import { isSameHead, noHead } from './chain-source.ts';
import type { Source } from './source.ts';

/** Of at most 4 MiB each. */
const chunksAtOnce = 8;
/** Of one transaction. */
const maxBatchEntries = 256;
const maxBatchBytes: number = 32 * 1024 * 1024;

export interface RestoreParts {
  readonly source: Source;
  readonly journal: RestoreJournal;
  readonly chunks: Pick<ChunkStore, 'put'>;
  /** Called often. @throws to stop. */
  readonly progress: (report: RestoredVault) => void;
}

/** What became of a vault. */
export interface RestoredVault {
  readonly vault: VaultId;
  /** Where the chain was to end, as the best source says. */
  readonly wanted: { readonly fork: number; readonly sequence: number };
  /** Where it ends: entries behind this one could not be had. */
  reached: { readonly fork: number; readonly sequence: number };
  headers: number;
  entries: number;
  chunks: number;
  chunkBytes: number;
  /** Dropped, and taken by the reaper: these stay gone. */
  erased: number;
  /** Chunks that an entry needs and no source has whole. */
  readonly lost: ChunkId[];
}

/** @throws Fault `read-only` when the folder holds something else than a beginning of this vault. */
export async function restoreVault(parts: RestoreParts, vault: VaultId): Promise<RestoredVault> {
  const { source, journal } = parts;
  const headers = await source.publicHeaders(vault);
  for (const row of headers) journal.putPublicHeader(vault, row);
  const survey = await bestChain(source, vault, journal.head(vault), headers);
  const report: RestoredVault = {
    vault,
    wanted: place(survey.to),
    reached: place(survey.reached),
    headers: headers.length,
    entries: 0,
    chunks: 0,
    chunkBytes: 0,
    erased: 0,
    lost: [],
  };
  if (!survey.passesHead)
    throw new Fault(
      'read-only',
      `The folder that is restored to has entries of vault ${vault} that are in none of the copies. Nothing of it was changed; restore to an empty folder.`,
    );
  await new VaultRestore(parts, report, survey).run();
  return report;
}

interface Survey {
  readonly to: Head;
  readonly reached: Head;
  /** Whether the chain leads through what the folder has already. */
  readonly passesHead: boolean;
  /** Dropped by a signed entry, and not added again. */
  readonly dropped: ReadonlySet<ChunkId>;
}

/** The chain that counts, if all of it can be had; otherwise the longest good one, by fork and then by sequence. */
export async function bestChain(
  source: Source,
  vault: VaultId,
  there: Head,
  headers: readonly PublicHeaderRow[],
): Promise<Survey> {
  const newest = headers.at(-1);
  const signPublic = newest === undefined ? undefined : openPublicHeader(newest.bytes).signPublic;
  let best: Survey | undefined;
  for (const to of await source.heads(vault)) {
    const found = await survey(source, vault, to, there, signPublic);
    if (isSameHead(found.reached, to) && best === undefined) return found;
    if (best === undefined || isFurther(found.reached, best.reached)) best = { ...found, to: best?.to ?? to };
  }
  return best ?? { to: there, reached: there, passesHead: true, dropped: new Set() };
}

function isFurther(one: Head, other: Head): boolean {
  return one.fork > other.fork || (one.fork === other.fork && one.sequence > other.sequence);
}

async function survey(
  source: Source,
  vault: VaultId,
  to: Head,
  there: Head,
  signPublic: Uint8Array | undefined,
): Promise<Survey> {
  const dropped = new Set<ChunkId>();
  let reached = noHead;
  let passesHead = there.sequence === 0;
  for await (const { entry, head } of chainOf(source, vault, noHead, to)) {
    const { header, aad } = decodeHeader(entry.header);
    for (const id of header.added) dropped.delete(id);
    // The reaper obeys signed drops only; so does what brings back.
    const isSigned =
      header.signature !== null &&
      signPublic !== undefined &&
      ed25519Verify(signPublic, signedBytes(aad, entry.bodyHash), header.signature);
    if (header.type === 'drop' && isSigned) for (const id of header.listed) dropped.add(id);
    reached = head;
    if (isSameHead(head, there)) passesHead = true;
  }
  return { to, reached, passesHead, dropped };
}

interface Followed {
  readonly entry: StoredEntry & { readonly body: Uint8Array };
  readonly head: Head;
}

/** Entries one after the other, to the first that cannot be had with its body. */
export async function* chainOf(source: Source, vault: VaultId, from: Head, to: Head): AsyncGenerator<Followed> {
  for (let at = from; ; ) {
    const entries = await source.entries(vault, at, to);
    if (entries.length === 0) return;
    for (const entry of entries) {
      const { body } = entry;
      if (body === null) return;
      at = checkLink(vault, at, entry).head;
      yield { entry: { ...entry, body }, head: at };
    }
  }
}

class VaultRestore {
  readonly #parts: RestoreParts;
  readonly #report: RestoredVault;
  readonly #survey: Survey;
  #entries: NewEntry[] = [];
  readonly #chunks: Map<ChunkId, RestoredChunk> = new Map();
  #bytes = 0;

  constructor(parts: RestoreParts, report: RestoredVault, survey: Survey) {
    this.#parts = parts;
    this.#report = report;
    this.#survey = survey;
  }

  async run(): Promise<void> {
    const { source, journal, progress } = this.#parts;
    const { vault } = this.#report;
    const there = journal.head(vault).sequence;
    for await (const { entry } of chainOf(source, vault, noHead, this.#survey.reached)) {
      progress(this.#report);
      await this.#addChunks(decodeHeader(entry.header).header.added);
      if (entry.sequence > there) {
        this.#entries.push({ header: entry.header, body: entry.body });
        this.#bytes += entry.body.length;
      }
      this.#report.entries += 1;
      if (this.#entries.length >= maxBatchEntries || this.#bytes >= maxBatchBytes) this.#write();
    }
    this.#write();
    const { fork, sequence } = journal.head(vault);
    this.#report.reached = { fork, sequence };
  }

  /** Large ones are durable as files when this returns; what a crash leaves of them is written over by the next run. */
  async #addChunks(ids: readonly ChunkId[]): Promise<void> {
    const missing = ids.filter((id) => !this.#parts.journal.hasChunk(id) && !this.#chunks.has(id));
    for (let at = 0; at < missing.length; at += chunksAtOnce) {
      await Promise.all(missing.slice(at, at + chunksAtOnce).map((id) => this.#addChunk(id)));
      this.#parts.progress(this.#report);
      // An entry may add more than one transaction should hold: rows may stand before their entry as well as behind it.
      if (this.#bytes >= maxBatchBytes) this.#writeChunks();
    }
  }

  async #addChunk(id: ChunkId): Promise<void> {
    const { source, chunks } = this.#parts;
    const report = this.#report;
    const isDropped = this.#survey.dropped.has(id);
    if (await source.isErased(id)) return this.#erased(id);
    const bytes = await source.chunk(id);
    if (bytes === null && isDropped) return this.#erased(id);
    if (bytes === null) {
      report.lost.push(id);
      return;
    }
    report.chunks += 1;
    report.chunkBytes += bytes.length;
    const state = isDropped ? 'dropped' : 'live';
    if (bytes.length <= maxDataBytes) {
      this.#bytes += bytes.length;
      this.#chunks.set(id, { id, state, sizeBytes: bytes.length, bytes });
      return;
    }
    await chunks.put(Chunk.of(bytes));
    this.#chunks.set(id, { id, state, sizeBytes: bytes.length, bytes: null });
  }

  #erased(id: ChunkId): void {
    this.#report.erased += 1;
    this.#chunks.set(id, { id, state: 'erased', sizeBytes: 1, bytes: null });
  }

  #write(): void {
    const { journal } = this.#parts;
    if (this.#entries.length > 0) journal.append(this.#report.vault, this.#entries, [...this.#chunks.values()]);
    else journal.putBack(this.#report.vault, [...this.#chunks.values()]);
    this.#entries = [];
    this.#chunks.clear();
    this.#bytes = 0;
  }

  #writeChunks(): void {
    this.#parts.journal.putBack(this.#report.vault, [...this.#chunks.values()]);
    this.#chunks.clear();
    this.#bytes = 0;
  }
}

function place({ fork, sequence }: Head): { readonly fork: number; readonly sequence: number } {
  return { fork, sequence };
}

/** The instance vault, also when no marker or setting says: its public header belongs to no account. */
export async function instanceOf(source: Source): Promise<VaultId | undefined> {
  const known = await source.instance();
  if (known !== undefined) return known;
  for (const vault of await source.vaults()) {
    const newest = (await source.publicHeaders(vault)).at(-1);
    if (newest !== undefined && /^0+$/.test(openPublicHeader(newest.bytes).account)) return vault;
  }
  return undefined;
}
