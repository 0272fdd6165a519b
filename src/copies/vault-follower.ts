import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { headerName, headersPrefix, parseCopyName, segmentName } from '#format/copy-names.ts';
import type { EntryHeader } from '#format/entry.ts';
import { encodeSegment, maxSegmentBytes, maxSegmentEntries, segmentHeadBytes, sizeInSegment } from '#format/segment.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';
import { checkLink } from '#vault/chain.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import { ChunkSender, type SenderParts } from './chunk-sender.ts';
import { positionOf } from './copy-position.ts';

export interface FollowParts extends SenderParts {
  /** A copy of the vault has come so far. */
  readonly onHead: (vault: VaultId, head: Head) => void;
}

export type Followed =
  /** Up to the head that the journal had. */
  | { readonly kind: 'whole' }
  /** The primary got shorter or forked: an alarm, not a synchronisation. Nothing was written for this vault. */
  | { readonly kind: 'refused'; readonly copy: Head; readonly journal: Head }
  /** The journal, or the public header, is damaged there; what is before it is copied. */
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'stopped' };

/** Few at a time: a body may be up to 64 MiB. */
const entriesPerRead = 32;
/** A run is cut here as well, so that what a crash takes back, and what is asked for again, stays small. */
const maxChunksPerSegment = 1024;

/** One vault on its way to one place: headers, then the chunks of a run of entries, then the run (docs/format.md §13). */
export class VaultFollower {
  readonly #parts: FollowParts;
  readonly #vault: VaultId;
  readonly #sender: ChunkSender;
  readonly #headers: Set<number> = new Set();
  /** Undefined until it was read from the place. */
  #at: Head | undefined;
  /** An earlier run may have brought chunks of the next segment. */
  #mayBeThere = true;

  constructor(vault: VaultId, parts: FollowParts) {
    this.#vault = vault;
    this.#parts = parts;
    this.#sender = new ChunkSender(parts);
  }

  /** @throws Fault of the place; the follower is not used again then. */
  async follow(): Promise<Followed> {
    try {
      return await this.#follow();
    } catch (error) {
      // The place's own damage has the same code; it hits reading only, and nothing is read there but names and the marker.
      if (!isFault(error, 'damaged') && !isFault(error, 'newer-format')) throw error;
      return { kind: 'damaged', why: error.message };
    }
  }

  async #follow(): Promise<Followed> {
    const { place, journal, stopping, onHead } = this.#parts;
    const journalHead = await journal.head(this.#vault);
    if (this.#at === undefined) {
      const position = await positionOf(place, journal, this.#vault);
      if (position.kind === 'refused') return position;
      await this.#listHeaders();
      this.#at = position.at;
      onHead(this.#vault, position.at);
    }
    await this.#copyHeaders();
    for await (const run of this.#runs(this.#at, journalHead.sequence)) {
      await this.#sender.send(run.chunks, this.#mayBeThere);
      if (stopping.aborted) return { kind: 'stopped' };
      await this.#putSegment(run);
      this.#mayBeThere = false;
      this.#at = run.end;
      onHead(this.#vault, run.end);
    }
    return { kind: 'whole' };
  }

  async #listHeaders(): Promise<void> {
    for await (const { name } of this.#parts.place.list(headersPrefix(this.#vault))) {
      const named = parseCopyName(name);
      if (named?.kind === 'header') this.#headers.add(named.number);
    }
  }

  async #copyHeaders(): Promise<void> {
    const { place, journal, onSent } = this.#parts;
    for (const { number, bytes } of await journal.publicHeaders(this.#vault)) {
      if (this.#headers.has(number)) continue;
      openPublicHeader(bytes);
      await place.put(headerName(this.#vault, number), bytes);
      onSent(bytes.length);
      this.#headers.add(number);
    }
  }

  async #putSegment({ entries, end }: Run): Promise<void> {
    const { place, bandwidth, onSent } = this.#parts;
    const { fork, sequence, hash } = end;
    const vault = this.#vault;
    const name = segmentName({ vault, first: sequence - entries.length + 1, last: sequence, fork, hash });
    const bytes = encodeSegment({ vault, entries });
    await bandwidth?.take(bytes.length);
    await place.put(name, bytes);
    onSent(bytes.length);
  }

  /** Runs of entries up to the sequence, each as long as a segment may be. */
  async *#runs(after: Head, last: number): AsyncGenerator<Run> {
    let run = new RunBuilder(after);
    try {
      for await (const stored of this.#entries(after.sequence, last)) {
        // Nothing goes out that does not follow what is there (docs/format.md §5).
        const { header, head } = checkLink(this.#vault, run.end, stored);
        if (!run.takes(stored, header)) {
          yield run.built();
          run = new RunBuilder(run.end);
        }
        run.add(stored, header, head);
      }
    } catch (error) {
      if (!isFault(error, 'damaged') && !isFault(error, 'newer-format')) throw error;
      // What is before the damage is whole.
      if (!run.isEmpty) yield run.built();
      throw error;
    }
    if (!run.isEmpty) yield run.built();
  }

  async *#entries(after: number, last: number): AsyncGenerator<StoredEntry> {
    for (let at = after; at < last; ) {
      const entries = await this.#parts.journal.entries(this.#vault, at, Math.min(entriesPerRead, last - at));
      yield* entries;
      if (entries.length === 0) return;
      at += entries.length;
    }
  }
}

interface Run {
  readonly entries: readonly StoredEntry[];
  readonly chunks: Iterable<ChunkId>;
  readonly end: Head;
}

class RunBuilder {
  readonly #entries: StoredEntry[] = [];
  readonly #chunks: Set<ChunkId> = new Set();
  #end: Head;
  #sizeBytes = segmentHeadBytes;

  constructor(after: Head) {
    this.#end = after;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Of the last entry; what the run follows while it is empty. */
  get end(): Head {
    return this.#end;
  }

  /** One entry always fits. */
  takes(stored: StoredEntry, header: EntryHeader): boolean {
    if (this.isEmpty) return true;
    return (
      this.#entries.length < maxSegmentEntries &&
      this.#sizeBytes + sizeInSegment(stored) <= maxSegmentBytes &&
      this.#chunks.size + neededBy(header).length <= maxChunksPerSegment
    );
  }

  add(stored: StoredEntry, header: EntryHeader, end: Head): void {
    this.#entries.push(stored);
    for (const id of neededBy(header)) this.#chunks.add(id);
    this.#sizeBytes += sizeInSegment(stored);
    this.#end = end;
  }

  built(): Run {
    return { entries: this.#entries, chunks: this.#chunks, end: this.#end };
  }
}

/** The content of a baseline was added before it, perhaps by entries of a copy that began later. */
function neededBy(header: EntryHeader): readonly ChunkId[] {
  return header.type === 'baseline' ? [...header.added, ...header.listed] : header.added;
}
