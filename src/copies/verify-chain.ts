import { equalBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { ed25519Verify, sha256 } from '#crypto/primitives.ts';
import type { EntryBody } from '#format/body.ts';
import { type DecodedHeader, decodeHeader } from '#format/entry.ts';
import type { Head, JournalReader, StoredEntry } from '#store/journal/journal.ts';
import { openEntryBody, signedBytes } from '#vault/chain.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import type { Damage, Sink, VaultReport } from './verify-report.ts';

/** Few at a time: a body may be up to 64 MiB. */
const entriesPerRead = 32;

export interface ChainParts {
  readonly journal: JournalReader;
  readonly vault: VaultId;
  readonly keys: VaultKeys | undefined;
  /** From the public header; undefined when none verifies. */
  readonly signPublic: Uint8Array | undefined;
  readonly sink: Sink;
  readonly report: VaultReport;
  /** With a key: each entry that opens, in order. */
  readonly opened: (header: DecodedHeader['header'], body: EntryBody) => void;
}

export interface ChainResult {
  /** What drop entries have listed, so that these chunks need not be there. */
  readonly dropped: ReadonlySet<ChunkId>;
}

/** An entry whose place is settled once the one after it was seen. */
interface Pending {
  readonly sequence: number;
  readonly hash: Uint8Array;
  /** Damage inside an entry, reported if its place in the chain is sound. */
  readonly inside: readonly Damage[];
}

/** What the first entry names as the one before it. */
const beginning: Pending = { sequence: 0, hash: new Uint8Array(32), inside: [] };

/**
 * Walks a chain from its first entry to its head. Each entry names the hash of the one before, so the one that is damaged is
 * the one that its neighbours agree against: an entry that the next one names is whole; of two that do not fit, it is the
 * first when the second is named by the third. What a damaged entry says about itself is not reported beside it.
 */
export async function verifyChain(parts: ChainParts, head: Head): Promise<ChainResult> {
  const walk = new ChainWalk(parts);
  for (let after = 0; after < head.sequence; ) {
    const entries = await readEntries(parts, after, Math.min(entriesPerRead, head.sequence - after));
    for (const [index, stored] of entries.entries()) await walk.next(after + index + 1, stored);
    after += entries.length;
    parts.sink.progress(parts.report);
  }
  walk.end(head);
  return { dropped: walk.dropped };
}

/** Undefined in place of an entry that cannot be read. */
async function readEntries(
  { journal, vault }: ChainParts,
  after: number,
  limit: number,
): Promise<readonly (StoredEntry | undefined)[]> {
  try {
    const entries = await journal.entries(vault, after, limit);
    if (entries.length === limit) return entries;
  } catch (error) {
    undefinedIfUnreadable(error);
  }
  // One of them is missing, or SQLite cannot read it: find out which.
  const found: (StoredEntry | undefined)[] = [];
  for (let index = 0; index < limit; index += 1) {
    found.push(await journal.entries(vault, after + index, 1).then(([only]) => only, undefinedIfUnreadable));
  }
  return found;
}

/** What does not parse may be damaged or newer than this program: both are said, and neither hides the rest. */
export function undefinedIfUnreadable(error: unknown): undefined {
  if (!isFault(error, 'damaged') && !isFault(error, 'newer-format') && !isFault(error, 'missing')) throw error;
}

class ChainWalk {
  readonly dropped: Set<ChunkId> = new Set();
  readonly #parts: ChainParts;
  /** The newest entry; undefined behind one that could not be read. */
  #pending: Pending | undefined = beginning;
  /** The one before it, when the two do not fit and it is open which of them is damaged. */
  #doubted: Pending | undefined;
  #fork = 1;

  constructor(parts: ChainParts) {
    this.#parts = parts;
  }

  async next(sequence: number, stored: StoredEntry | undefined): Promise<void> {
    const decoded = stored === undefined ? undefined : this.#decode(sequence, stored);
    if (stored === undefined || decoded === undefined) {
      this.#settle(undefined);
      this.#damage(
        sequence,
        stored === undefined ? 'is missing or cannot be read' : 'is damaged, or of a newer program',
      );
      return;
    }
    this.#fork = decoded.header.fork;
    this.#settle(decoded.header.previousHash);
    const inside = await this.#inside(sequence, decoded, stored);
    this.#pending = { sequence, hash: entryHash(stored.header, stored.bodyHash), inside };
    this.#parts.report.entries += 1;
  }

  end(head: Head): void {
    this.#settle(head.hash);
    if (this.#doubted === undefined) return;
    this.#report(this.#doubted);
    this.#parts.sink.damage({
      kind: 'head',
      vault: this.#parts.vault,
      says: 'The vault does not end where its head says.',
    });
  }

  #decode(sequence: number, stored: StoredEntry): DecodedHeader | undefined {
    try {
      const decoded = decodeHeader(stored.header);
      const { header } = decoded;
      const isOwn = header.vault === this.#parts.vault && header.sequence === sequence;
      return isOwn && header.fork === stored.fork && header.fork >= this.#fork ? decoded : undefined;
    } catch (error) {
      return undefinedIfUnreadable(error);
    }
  }

  /** Now that it is known which hash the next one names; undefined when the next one could not be read. */
  #settle(named: Uint8Array | undefined): void {
    const newest = this.#pending;
    const doubted = this.#doubted;
    this.#pending = undefined;
    this.#doubted = undefined;
    if (newest === undefined) return;
    const fits = named !== undefined && equalBytes(newest.hash, named);
    if (doubted === undefined) {
      if (fits || named === undefined) this.#report(newest);
      else this.#doubted = newest;
      return;
    }
    if (fits) {
      this.#report(newest);
      if (doubted === beginning) this.#damage(newest.sequence, 'is the first one and names one before it');
      else this.#damage(doubted.sequence, 'is not the one that the entry after it names');
      return;
    }
    this.#report(doubted);
    this.#damage(
      newest.sequence,
      named === undefined
        ? 'does not follow the one before it'
        : 'fits neither the one before it, which cannot be judged, nor the one after it',
    );
  }

  #report(entry: Pending): void {
    for (const damage of entry.inside) this.#parts.sink.damage(damage);
  }

  /** What is wrong inside, if the entry itself is sound. */
  async #inside(sequence: number, decoded: DecodedHeader, stored: StoredEntry): Promise<readonly Damage[]> {
    const { report, signPublic, vault } = this.#parts;
    const { header, aad } = decoded;
    const inside: Damage[] = [];
    const add = (kind: Damage['kind'], says: string, chunk?: ChunkId): void => {
      inside.push({ kind, vault, sequence, says, ...(chunk === undefined ? {} : { chunk }) });
    };
    if (
      header.signature !== null &&
      signPublic !== undefined &&
      !ed25519Verify(signPublic, signedBytes(aad, stored.bodyHash), header.signature)
    ) {
      add('signature', `Entry ${sequence} is not signed by its vault.`);
    } else if (header.type === 'drop') {
      for (const id of header.listed) this.dropped.add(id);
    }
    if (stored.body !== null) {
      report.bodies += 1;
      if (!equalBytes(sha256(stored.body), stored.bodyHash))
        add('body', `The body of entry ${sequence} is not what was written.`);
      else if (!this.#open(decoded, stored))
        add('seal', `The body of entry ${sequence} does not open with the key of its vault.`);
    }
    for (const id of header.type === 'baseline' ? [...header.added, ...header.listed] : header.added) {
      const problem = await this.#rowProblem(id);
      if (problem !== undefined) add('chunk-row', `Chunk ${id} of entry ${sequence} ${problem}.`, id);
    }
    return inside;
  }

  #open(decoded: DecodedHeader, stored: StoredEntry): boolean {
    const { keys, opened } = this.#parts;
    if (keys === undefined) return true;
    try {
      opened(decoded.header, openEntryBody(keys, decoded, stored));
      return true;
    } catch (error) {
      undefinedIfUnreadable(error);
      return false;
    }
  }

  async #rowProblem(id: ChunkId): Promise<string | undefined> {
    const row = await this.#parts.journal.chunk(id).catch(undefinedIfUnreadable);
    if (row === undefined) return 'has a row that cannot be read';
    if (row === null) return 'has no row';
    if (row.vault !== this.#parts.vault) return 'has a row that says it is of another vault';
    return row.state === 'leased' ? 'has a row that says it was never added' : undefined;
  }

  #damage(sequence: number, what: string): void {
    this.#parts.sink.damage({ kind: 'entry', vault: this.#parts.vault, sequence, says: `Entry ${sequence} ${what}.` });
  }
}
