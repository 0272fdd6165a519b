import { equalBytes, toHex } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import { chunkName, headerName, parseCopyName, segmentsPrefix, segmentsUpTo } from '#format/copy-names.ts';
import { decodeHeader } from '#format/entry.ts';
import { maxSegmentBytes, maxSegmentEntries, segmentHeadBytes, sizeInSegment } from '#format/segment.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { JournalReader, StoredEntry } from '#store/journal/journal.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import { readSegment } from './copy-objects.ts';
import type { ReadPlace } from './copy-source.ts';
import { primary } from './losses.ts';

/** Something that may have the right bytes. What it gives is never believed: it is held against hashes and signatures. */
export interface GoodSource {
  /** `primary`, or the title of a copy. */
  readonly title: string;
  chunk(id: ChunkId): Promise<Uint8Array | null>;
  /** Whatever it has of these sequences, of any branch. */
  entries(vault: VaultId, first: number, last: number): AsyncIterable<StoredEntry>;
  header(vault: VaultId, number: number): Promise<Uint8Array | null>;
}

export interface Good<Value> {
  readonly value: Value;
  readonly from: string;
}

/** The right bytes of what is damaged somewhere, from the first source that has them whole. */
export class GoodBytes {
  readonly #sources: readonly GoodSource[];

  /** @param sources the one that is asked first in front. */
  constructor(sources: readonly GoodSource[]) {
    this.#sources = sources;
  }

  async chunk(id: ChunkId): Promise<Good<Chunk> | undefined> {
    for (const source of this.#sources) {
      const bytes = await answerOf(() => source.chunk(id));
      const chunk = bytes === null ? undefined : Chunk.of(bytes);
      if (chunk?.id === id) return { value: chunk, from: source.title };
    }
    return undefined;
  }

  async header(vault: VaultId, number: number): Promise<Good<Uint8Array> | undefined> {
    for (const source of this.#sources) {
      const bytes = await answerOf(() => source.header(vault, number));
      if (bytes !== null && isHeader(bytes, vault, number)) return { value: bytes, from: source.title };
    }
    return undefined;
  }

  /**
   * Entries that end with the one of this sequence and hash, as many before it as one segment holds and as there are down to
   * `first`; each one's hash is named by the one behind it. Several sources may have parts of it.
   * @param known entries at hand, such as those of the damaged segment itself.
   */
  async run(
    vault: VaultId,
    { first, last, hash }: { readonly first: number; readonly last: number; readonly hash: Uint8Array },
    known: readonly StoredEntry[],
  ): Promise<Good<readonly StoredEntry[]>> {
    const least = Math.max(first, last - maxSegmentEntries + 1);
    const byHash = new Map<string, StoredEntry>();
    const from = new Set<string>();
    for (const entry of known) offer(byHash, entry);
    for (const source of this.#sources) {
      if (lowestOf(linkedBackFrom(byHash, hash, least)) === least) break;
      const sizeBefore = byHash.size;
      try {
        for await (const entry of source.entries(vault, least, last)) offer(byHash, entry);
      } catch (error) {
        if (!isSilent(error)) throw error;
      }
      if (byHash.size > sizeBefore) from.add(source.title);
    }
    return { value: linkedBackFrom(byHash, hash, least), from: [...from].join(' + ') };
  }
}

/** Only entries whose body is what was written, or gone on purpose. */
function offer(byHash: Map<string, StoredEntry>, entry: StoredEntry): void {
  if (entry.body !== null && !equalBytes(sha256(entry.body), entry.bodyHash)) return;
  const key = toHex(entryHash(entry.header, entry.bodyHash));
  if (byHash.get(key)?.body == null) byHash.set(key, entry);
}

function lowestOf(run: readonly StoredEntry[]): number | undefined {
  return run.every(({ body }) => body !== null) ? run[0]?.sequence : undefined;
}

function linkedBackFrom(
  byHash: ReadonlyMap<string, StoredEntry>,
  hash: Uint8Array,
  least: number,
): readonly StoredEntry[] {
  const run: StoredEntry[] = [];
  let sizeBytes = segmentHeadBytes;
  for (let wanted = hash; ; ) {
    const entry = byHash.get(toHex(wanted));
    if (entry === undefined || entry.sequence < least) break;
    sizeBytes += sizeInSegment(entry);
    if (run.length > 0 && sizeBytes > maxSegmentBytes) break;
    run.push(entry);
    wanted = decodeHeader(entry.header).header.previousHash;
  }
  return run.reverse();
}

/** The data folder. Null for what it does not have whole. */
export function primarySource(
  journal: Pick<JournalReader, 'entries' | 'publicHeaders' | 'chunk' | 'chunkData'>,
  chunks: Pick<ChunkStore, 'get'>,
): GoodSource {
  return {
    title: primary,
    chunk: async (id) => {
      const stored = await storedBytes(journal, chunks, id);
      return stored.kind === 'whole' ? stored.bytes : null;
    },
    entries: (vault, first, last) => entriesOfJournal(journal, vault, first, last),
    header: async (vault, number) =>
      (await journal.publicHeaders(vault)).find((each) => each.number === number)?.bytes ?? null,
  };
}

/** Few at a time: a body may be up to 64 MiB. */
const entriesPerRead = 32;

/** One that is damaged does not take those around it along. */
async function* entriesOfJournal(
  journal: Pick<JournalReader, 'entries'>,
  vault: VaultId,
  first: number,
  last: number,
): AsyncGenerator<StoredEntry> {
  for (let at = first; at <= last; ) {
    const limit = Math.min(entriesPerRead, last - at + 1);
    const some = await readable(journal, vault, at, limit);
    if (some !== undefined) yield* some;
    else for (let one = at; one < at + limit; one += 1) yield* (await readable(journal, vault, one, 1)) ?? [];
    at += limit;
  }
}

async function readable(
  journal: Pick<JournalReader, 'entries'>,
  vault: VaultId,
  first: number,
  limit: number,
): Promise<readonly StoredEntry[] | undefined> {
  try {
    return (await journal.entries(vault, first - 1, limit)).filter(({ header }) => parses(header));
  } catch (error) {
    if (!isUnreadable(error) && !isFault(error, 'missing')) throw error;
    return undefined;
  }
}

function parses(header: Uint8Array): boolean {
  try {
    decodeHeader(header);
    return true;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return false;
  }
}

/** Another copy. */
export function copySource(place: Pick<ReadPlace, 'title' | 'get' | 'list'>): GoodSource {
  return {
    title: place.title,
    chunk: (id) => place.get(chunkName(id)),
    entries: (vault, first, last) => entriesOfCopy(place, vault, first, last),
    header: (vault, number) => place.get(headerName(vault, number)),
  };
}

async function* entriesOfCopy(
  place: Pick<ReadPlace, 'get' | 'list'>,
  vault: VaultId,
  first: number,
  last: number,
): AsyncGenerator<StoredEntry> {
  for await (const { name } of place.list(segmentsPrefix(vault), segmentsUpTo(vault, first - 1))) {
    const named = parseCopyName(name);
    if (named?.kind !== 'segment' || named.first > last) continue;
    // In the order of their ends, and none is longer than this.
    if (named.last > last + maxSegmentEntries) return;
    const bytes = await place.get(name);
    if (bytes === null) continue;
    for (const entry of readSegment(bytes).entries) if (entry.sequence >= first && entry.sequence <= last) yield entry;
  }
}

export function isHeader(bytes: Uint8Array, vault: VaultId, number: number): boolean {
  try {
    const header = openPublicHeader(bytes);
    return header.vault === vault && header.number === number;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return false;
  }
}

/** A flipped bit may hit the version byte too. */
export function isUnreadable(error: unknown): boolean {
  return isFault(error, 'damaged') || isFault(error, 'newer-format');
}

/** Null from a source that does not answer, or cannot read it. */
async function answerOf(question: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
  try {
    return await question();
  } catch (error) {
    if (!isSilent(error)) throw error;
    return null;
  }
}

function isSilent(error: unknown): boolean {
  return isFault(error, 'unavailable') || isFault(error, 'io') || isUnreadable(error);
}
