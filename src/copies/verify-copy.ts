import { equalBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import {
  chunkName,
  headerName,
  parseCopyName,
  type SegmentPlace,
  segmentName,
  segmentsPrefix,
} from '#format/copy-names.ts';
import { decodeHeader } from '#format/entry.ts';
import {
  decodeSegment,
  encodeSegment,
  maxSegmentBytes,
  maxSegmentEntries,
  segmentHeadBytes,
  sizeInSegment,
} from '#format/segment.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { storedBytes } from '#store/chunks/stored-bytes.ts';
import type { JournalReader, StoredEntry } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import { tryLink } from './chain-source.ts';

/** An object of a copy that is missing, or holds other bytes than its name tells. */
export interface CopyDamage {
  readonly object: string;
  readonly vault: VaultId;
  readonly chunk: ChunkId | undefined;
  readonly state: 'missing' | 'damaged';
  /** `gone`: the primary does not have it whole either. `found`: nothing was tried. */
  readonly outcome: 'repaired' | 'gone' | 'found';
  readonly sizeBytes: number;
}

export interface VerifyCopyParts {
  readonly place: Pick<Place, 'title' | 'get' | 'put' | 'list'>;
  readonly journal: Pick<JournalReader, 'vaults' | 'head' | 'entries' | 'publicHeaders' | 'chunk' | 'chunkData'>;
  readonly chunks: Pick<ChunkStore, 'get'>;
  /** Damaged objects are put again from the primary. */
  readonly repair: boolean;
  readonly onDamage: (damage: CopyDamage) => void;
  /** Called after each object; waits when it went too fast. @throws to stop. */
  readonly pace: (sizeBytes: number) => Promise<void>;
}

export interface CopyCounts {
  objects: number;
  sizeBytes: number;
}

interface Covered {
  sequence: number;
}

/**
 * Reads every object of a copy back and compares it with its name: segments with the hashes of their chains, chunks with
 * their ids, public headers with their signatures. What a copy does not hold yet is the copier's to bring; what lies before
 * its head and is not there is missing. Needs no key. What is put again replaces the object whole, so a crash leaves the
 * old bytes or the right ones. @throws Fault when the place or the primary does not answer.
 */
export class CopyVerify {
  readonly counts: CopyCounts = { objects: 0, sizeBytes: 0 };
  readonly #parts: VerifyCopyParts;

  constructor(parts: VerifyCopyParts) {
    this.#parts = parts;
  }

  async run(): Promise<CopyCounts> {
    for (const vault of await this.#parts.journal.vaults()) await this.#vault(vault);
    return this.counts;
  }

  async #vault(vault: VaultId): Promise<void> {
    const covered: Covered = { sequence: 0 };
    for await (const { name } of this.#parts.place.list(segmentsPrefix(vault))) {
      const place = parseCopyName(name);
      if (place?.kind !== 'segment') continue;
      if (place.first > covered.sequence + 1) await this.#gap(vault, covered, place.first - 1);
      await this.#segment(name, place, covered);
    }
    // A vault that the copy does not know yet has nothing to be missing.
    if (covered.sequence > 0) await this.#headers(vault);
  }

  async #headers(vault: VaultId): Promise<void> {
    for (const { number, bytes } of await this.#parts.journal.publicHeaders(vault)) {
      const isWhole = isHeader(bytes, vault);
      const stored = await this.#get(headerName(vault, number));
      if (stored !== null && (isWhole ? equalBytes(stored, bytes) : isHeader(stored, vault))) continue;
      const good = isWhole ? bytes : undefined;
      await this.#found(headerName(vault, number), vault, stored, good, undefined);
    }
  }

  async #segment(name: string, place: SegmentPlace, covered: Covered): Promise<void> {
    const stored = await this.#get(name);
    let entries = stored === null ? undefined : entriesOf(stored, place);
    if (entries === undefined) {
      entries = await this.#fromPrimary(place);
      const good = entries === undefined ? undefined : encodeSegment({ vault: place.vault, entries });
      await this.#found(name, place.vault, stored, good, undefined);
    }
    await this.#chunksOf(place.vault, entries ?? [], covered);
    covered.sequence = Math.max(covered.sequence, place.last);
  }

  /** Entries before the copy's head that no segment holds; put again in segments of their own. */
  async #gap(vault: VaultId, covered: Covered, last: number): Promise<void> {
    while (covered.sequence < last) {
      const first = covered.sequence + 1;
      const entries = await this.#run(vault, first, last);
      const end = entries.at(-1);
      if (end === undefined) {
        this.#tell({
          object: `${segmentsPrefix(vault)}${first}-${last}`,
          vault,
          chunk: undefined,
          state: 'missing',
          outcome: 'gone',
          sizeBytes: 0,
        });
        covered.sequence = last;
        return;
      }
      const hash = entryHash(end.header, end.bodyHash);
      const name = segmentName({ vault, first, last: end.sequence, fork: end.fork, hash });
      await this.#found(name, vault, null, encodeSegment({ vault, entries }), undefined);
      await this.#chunksOf(vault, entries, covered);
      covered.sequence = end.sequence;
    }
  }

  /** The same run of entries from the primary, when it leads to the same hash: of another branch it does not. */
  async #fromPrimary({ vault, first, last, hash }: SegmentPlace): Promise<readonly StoredEntry[] | undefined> {
    const entries: StoredEntry[] = [];
    while (first + entries.length <= last) {
      const more = await this.#run(vault, first + entries.length, last);
      if (more.length === 0) return undefined;
      entries.push(...more);
    }
    const end = entries.at(-1);
    return end !== undefined && equalBytes(entryHash(end.header, end.bodyHash), hash) ? entries : undefined;
  }

  /** As many linked entries as one segment holds; none when the primary does not have them whole. */
  async #run(vault: VaultId, first: number, last: number): Promise<readonly StoredEntry[]> {
    try {
      const limit = Math.min(maxSegmentEntries, last - first + 1);
      const entries = await this.#parts.journal.entries(vault, first - 1, limit);
      const run: StoredEntry[] = [];
      let sizeBytes = segmentHeadBytes;
      for (const entry of entries) {
        sizeBytes += sizeInSegment(entry);
        if (run.length > 0 && sizeBytes > maxSegmentBytes) break;
        if (entry.body !== null && !equalBytes(sha256(entry.body), entry.bodyHash)) break;
        run.push(entry);
      }
      return areLinked(vault, run) ? run : [];
    } catch (error) {
      if (!isFault(error, 'damaged') && !isFault(error, 'missing')) throw error;
      return [];
    }
  }

  async #chunksOf(vault: VaultId, entries: readonly StoredEntry[], covered: Covered): Promise<void> {
    for (const entry of entries) {
      if (entry.sequence <= covered.sequence) continue;
      for (const id of decodeHeader(entry.header).header.added) await this.#chunk(vault, id);
    }
  }

  async #chunk(vault: VaultId, id: ChunkId): Promise<void> {
    const row = await this.#parts.journal.chunk(id);
    // Whatever a drop listed may be gone from a copy as well.
    const mustBeThere = row === null || row.state === 'live';
    const stored = await this.#get(chunkName(id));
    if (stored === null ? !mustBeThere : Chunk.of(stored).id === id) return;
    const here = await storedBytes(this.#parts.journal, this.#parts.chunks, id);
    await this.#found(chunkName(id), vault, stored, here.kind === 'whole' ? here.bytes : undefined, id);
  }

  async #get(name: string): Promise<Uint8Array | null> {
    const bytes = await this.#parts.place.get(name);
    this.counts.objects += 1;
    this.counts.sizeBytes += bytes?.length ?? 0;
    await this.#parts.pace(bytes?.length ?? 0);
    return bytes;
  }

  async #found(
    object: string,
    vault: VaultId,
    stored: Uint8Array | null,
    good: Uint8Array | undefined,
    chunk: ChunkId | undefined,
  ): Promise<void> {
    const { repair, place } = this.#parts;
    if (repair && good !== undefined) await place.put(object, good);
    const outcome = good === undefined ? 'gone' : repair ? 'repaired' : 'found';
    const state = stored === null ? 'missing' : 'damaged';
    this.#tell({ object, vault, chunk, state, outcome, sizeBytes: good?.length ?? stored?.length ?? 0 });
  }

  #tell(damage: CopyDamage): void {
    this.#parts.onDamage(damage);
  }
}

function isHeader(bytes: Uint8Array, vault: VaultId): boolean {
  try {
    return openPublicHeader(bytes).vault === vault;
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return false;
  }
}

/** Undefined unless all of it is what the name says. */
function entriesOf(bytes: Uint8Array, place: SegmentPlace): readonly StoredEntry[] | undefined {
  try {
    const { vault, entries } = decodeSegment(bytes);
    const stored = entries.map((entry) => {
      const { fork, sequence } = decodeHeader(entry.header).header;
      return { fork, sequence, ...entry };
    });
    const [first, last] = [stored[0], stored.at(-1)];
    const isPlace = first?.sequence === place.first && last?.sequence === place.last && last.fork === place.fork;
    if (vault !== place.vault || !isPlace || !equalBytes(entryHash(last.header, last.bodyHash), place.hash))
      return undefined;
    const areWhole = stored.every(({ body, bodyHash }) => body === null || equalBytes(sha256(body), bodyHash));
    return areWhole && areLinked(vault, stored) ? stored : undefined;
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}

/** Each entry but the first names the one before it. */
function areLinked(vault: VaultId, entries: readonly StoredEntry[]): boolean {
  return entries.every((entry, index) => {
    const before = entries[index - 1];
    if (before === undefined) return true;
    const head = { fork: before.fork, sequence: before.sequence, hash: entryHash(before.header, before.bodyHash) };
    return tryLink(vault, head, entry) !== undefined;
  });
}
