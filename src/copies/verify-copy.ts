import { equalBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import {
  chunkName,
  headerName,
  headersPrefix,
  parseCopyName,
  type SegmentPlace,
  segmentName,
  segmentsPrefix,
} from '#format/copy-names.ts';
import { decodeHeader } from '#format/entry.ts';
import { decodeSegment, encodeSegment } from '#format/segment.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import type { JournalReader, StoredEntry } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import { tryLink } from './chain-source.ts';
import { readSegment } from './copy-objects.ts';
import { type Good, type GoodBytes, isHeader, isUnreadable } from './good-bytes.ts';

/** An object of a copy that is missing, or holds other bytes than its name tells. */
export interface CopyDamage {
  readonly object: string;
  readonly vault: VaultId;
  readonly chunk: ChunkId | undefined;
  readonly state: 'missing' | 'damaged';
  /** `gone`: nothing that was asked has it whole. `found`: nothing was tried. */
  readonly outcome: 'repaired' | 'gone' | 'found';
  readonly sizeBytes: number;
  /** What had the right bytes. */
  readonly from: string | undefined;
}

export interface VerifyCopyParts {
  readonly place: Pick<Place, 'title' | 'get' | 'put' | 'list'>;
  readonly journal: Pick<JournalReader, 'vaults' | 'head' | 'entries' | 'publicHeaders' | 'chunk'>;
  /** The primary and other copies. */
  readonly good: GoodBytes;
  /** Damaged objects are put again. */
  readonly repair: boolean;
  readonly onDamage: (damage: CopyDamage) => void | Promise<void>;
  /** Called after each object; waits when it went too fast. @throws to stop. */
  readonly pace: (sizeBytes: number) => Promise<void>;
}

export interface CopyCounts {
  objects: number;
  sizeBytes: number;
}

/** Where a walk through a copy stands. Plain values, which are kept over a restart. */
export interface CopyCursor {
  readonly vault: VaultId;
  /** Name of the last segment that was read with all its chunks; '' before the first. */
  readonly after: string;
  /** Entries up to here are in segments. */
  readonly covered: number;
  /** Of the next segment: so many chunks were read. */
  readonly chunks: number;
}

export function beginningOf(vault: VaultId): CopyCursor {
  return { vault, after: '', covered: 0, chunks: 0 };
}

/**
 * Reads objects of a copy back and compares them with their names: segments with the hashes of their chains, chunks with
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
    for (const vault of await this.#parts.journal.vaults()) await this.walk(beginningOf(vault), () => true);
    return this.counts;
  }

  /** Segments and public headers of a vault, without the chunks. */
  async chain(vault: VaultId): Promise<void> {
    await this.#walk(
      beginningOf(vault),
      () => true,
      () => [],
    );
  }

  /** On through the vault of the cursor for as long as `goesOn`; undefined when its end was reached. */
  async walk(from: CopyCursor, goesOn: () => boolean): Promise<CopyCursor | undefined> {
    return this.#walk(from, goesOn, addedBy);
  }

  async #walk(
    from: CopyCursor,
    goesOn: () => boolean,
    chunksOf: (entries: readonly StoredEntry[]) => readonly ChunkId[],
  ): Promise<CopyCursor | undefined> {
    const { vault } = from;
    let at = from;
    for await (const { name } of this.#parts.place.list(segmentsPrefix(vault), at.after)) {
      const place = parseCopyName(name);
      if (place?.kind !== 'segment') continue;
      if (!goesOn()) return at;
      const { ...before } = this.counts;
      const entries = await this.#segment(name, place);
      // It was counted when its first chunks were read.
      if (at.chunks > 0) Object.assign(this.counts, before);
      if (place.first > at.covered + 1) await this.#gap(vault, at.covered + 1, place.first - 1, entries[0], chunksOf);
      const ids = chunksOf(entries);
      for (let chunks = at.chunks; chunks < ids.length; chunks += 1) {
        if (!goesOn()) return { ...at, chunks };
        await this.#chunk(vault, ids[chunks] as ChunkId);
      }
      at = { vault, after: name, covered: Math.max(at.covered, place.last), chunks: 0 };
    }
    // A vault that the copy does not know yet has nothing to be missing. One without entries has its headers there.
    if (at.covered > 0 || (await this.#hasHeaders(vault))) await this.#headers(vault);
    return undefined;
  }

  async #hasHeaders(vault: VaultId): Promise<boolean> {
    for await (const _ of this.#parts.place.list(headersPrefix(vault))) return true;
    return false;
  }

  /** One object, and nothing that it leads to. */
  async object(name: string): Promise<void> {
    const place = parseCopyName(name);
    if (place?.kind === 'segment') await this.#segment(name, place);
    else if (place?.kind === 'header') await this.#header(place.vault, place.number, undefined);
    else if (place?.kind === 'chunk') {
      const row = await this.#parts.journal.chunk(place.id);
      if (row !== null) await this.#chunk(row.vault, place.id);
    }
  }

  async #headers(vault: VaultId): Promise<void> {
    for (const { number, bytes } of await this.#parts.journal.publicHeaders(vault))
      await this.#header(vault, number, bytes);
  }

  async #header(vault: VaultId, number: number, here: Uint8Array | undefined): Promise<void> {
    const name = headerName(vault, number);
    const stored = await this.#get(name);
    const isOurs =
      here === undefined || !isHeader(here, vault, number) || (stored !== null && equalBytes(stored, here));
    if (stored !== null && isOurs && isHeader(stored, vault, number)) return;
    await this.#found(name, vault, stored, await this.#parts.good.header(vault, number), undefined);
  }

  /** The entries of a segment, from elsewhere when it is damaged; as many as can be had. */
  async #segment(name: string, place: SegmentPlace): Promise<readonly StoredEntry[]> {
    const stored = await this.#get(name);
    const entries = stored === null ? undefined : entriesOf(stored, place);
    if (entries !== undefined) return entries;
    const { value: run, from } = await this.#parts.good.run(place.vault, place, salvaged(stored));
    const isWhole = run[0]?.sequence === place.first;
    // What is damaged may be the head of the segment alone.
    const had = from === '' ? this.#parts.place.title : from;
    const bytes = isWhole ? { value: encodeSegment({ vault: place.vault, entries: run }), from: had } : undefined;
    await this.#found(name, place.vault, stored, bytes, undefined);
    return run;
  }

  /** Entries before the copy's head that no segment holds; put again in segments of their own, the last ones first. */
  async #gap(
    vault: VaultId,
    first: number,
    last: number,
    next: StoredEntry | undefined,
    chunksOf: (entries: readonly StoredEntry[]) => readonly ChunkId[],
  ): Promise<void> {
    let hash = await this.#hashBefore(vault, last + 1, next);
    for (let end = last; end >= first; ) {
      const { value: run, from } = await this.#parts.good.run(vault, { first, last: end, hash }, []);
      const [begin, final] = [run[0], run.at(-1)];
      if (begin === undefined || final === undefined) {
        const object = `${segmentsPrefix(vault)}${first}-${end}`;
        await this.#parts.onDamage({ object, vault, chunk: undefined, ...missing, sizeBytes: 0, from: undefined });
        return;
      }
      const name = segmentName({ vault, first: begin.sequence, last: end, fork: final.fork, hash });
      await this.#found(name, vault, null, { value: encodeSegment({ vault, entries: run }), from }, undefined);
      for (const id of chunksOf(run)) await this.#chunk(vault, id);
      end = begin.sequence - 1;
      hash = decodeHeader(begin.header).header.previousHash;
    }
  }

  /** Which entry the one of this sequence follows: as that says itself, otherwise as the journal has it. */
  async #hashBefore(vault: VaultId, sequence: number, entry: StoredEntry | undefined): Promise<Uint8Array> {
    if (entry?.sequence === sequence) return decodeHeader(entry.header).header.previousHash;
    try {
      const [before] = await this.#parts.journal.entries(vault, sequence - 2, 1);
      return before === undefined ? new Uint8Array(32) : entryHash(before.header, before.bodyHash);
    } catch (error) {
      if (!isUnreadable(error) && !isFault(error, 'missing')) throw error;
      return new Uint8Array(32);
    }
  }

  async #chunk(vault: VaultId, id: ChunkId): Promise<void> {
    const row = await this.#parts.journal.chunk(id);
    // Whatever a drop listed may be gone from a copy as well.
    const mustBeThere = row === null || row.state === 'live';
    const stored = await this.#get(chunkName(id));
    if (stored === null ? !mustBeThere : Chunk.of(stored).id === id) return;
    const good = await this.#parts.good.chunk(id);
    const bytes = good === undefined ? undefined : { value: good.value.bytes, from: good.from };
    await this.#found(chunkName(id), vault, stored, bytes, id);
  }

  /** Empty for a sector that cannot be read: one damaged object, not the end of the copy. */
  async #get(name: string): Promise<Uint8Array | null> {
    let bytes: Uint8Array | null;
    try {
      bytes = await this.#parts.place.get(name);
    } catch (error) {
      if (!isFault(error, 'damaged') && !isFault(error, 'io')) throw error;
      bytes = new Uint8Array(0);
    }
    this.counts.objects += 1;
    this.counts.sizeBytes += bytes?.length ?? 0;
    await this.#parts.pace(bytes?.length ?? 0);
    return bytes;
  }

  async #found(
    object: string,
    vault: VaultId,
    stored: Uint8Array | null,
    good: Good<Uint8Array> | undefined,
    chunk: ChunkId | undefined,
  ): Promise<void> {
    const { repair, place, onDamage } = this.#parts;
    if (repair && good !== undefined) await place.put(object, good.value);
    const outcome = good === undefined ? 'gone' : repair ? 'repaired' : 'found';
    const state = stored === null ? 'missing' : 'damaged';
    const sizeBytes = good?.value.length ?? stored?.length ?? 0;
    await onDamage({ object, vault, chunk, state, outcome, sizeBytes, from: good?.from });
  }
}

const missing = { state: 'missing', outcome: 'gone' } as const;

function addedBy(entries: readonly StoredEntry[]): readonly ChunkId[] {
  return entries.flatMap((entry) => decodeHeader(entry.header).header.added);
}

function salvaged(stored: Uint8Array | null): readonly StoredEntry[] {
  if (stored === null) return [];
  try {
    return readSegment(stored).entries;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [];
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
    if (!isUnreadable(error)) throw error;
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
