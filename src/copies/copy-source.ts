import { equalBytes } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { decodeCopyMarker } from '#format/copy-marker.ts';
import {
  chunkName,
  headersPrefix,
  markerName,
  parseCopyName,
  segmentsPrefix,
  vaultsPrefix,
} from '#format/copy-names.ts';
import type { Head, PublicHeaderRow, StoredEntry } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import {
  ChainSource,
  commonRun,
  cutRun,
  goodHeaders,
  headAfter,
  inOrder,
  isChunk,
  isSameHead,
  linkedRun,
  type Run,
} from './chain-source.ts';
import { type NamedSegment, parseSegmentName, readSegment, vaultOfName } from './copy-objects.ts';
import { headBefore } from './folder-source.ts';
import type { DamageSink, SourceDamage, SourceHead } from './source.ts';

/** What a source reads of a place. */
export type ReadPlace = Pick<Place, 'title' | 'get' | 'list' | 'close'>;

/** Chains are read forward: the segment in hand and the one before, where they overlap. */
const segmentsKept = 2;

/** A copy, whole or not. What it lists is asked once: a source is a look at what is there now. */
export class CopySource extends ChainSource {
  override readonly title: string;
  readonly #place: ReadPlace;
  readonly #onDamage: DamageSink;
  readonly #listed: Map<VaultId, Promise<readonly NamedSegment[]>> = new Map();
  readonly #heads: Map<VaultId, Promise<readonly SourceHead[]>> = new Map();
  readonly #read: Map<string, readonly StoredEntry[]> = new Map();

  constructor(place: ReadPlace, onDamage: DamageSink) {
    super();
    this.title = place.title;
    this.#place = place;
    this.#onDamage = onDamage;
  }

  override async instance(): Promise<VaultId | undefined> {
    const bytes = await this.#place.get(markerName);
    try {
      if (bytes !== null) return decodeCopyMarker(bytes).instance;
    } catch (error) {
      if (!isFault(error, 'damaged')) throw error;
    }
    this.#tell('marker', markerName, bytes === null ? 'missing' : 'damaged');
    return undefined;
  }

  override async vaults(): Promise<readonly VaultId[]> {
    const vaults: VaultId[] = [];
    // Behind the last name of one vault the next begins: as many listings as vaults.
    for (let after = ''; ; ) {
      const vault = await this.#vaultBehind(after);
      if (vault === undefined) return vaults;
      vaults.push(vault);
      after = `${vaultsPrefix}${vault}/~`;
    }
  }

  override async publicHeaders(vault: VaultId): Promise<readonly PublicHeaderRow[]> {
    const rows: PublicHeaderRow[] = [];
    for await (const { name } of this.#place.list(headersPrefix(vault))) {
      const named = parseCopyName(name);
      const bytes = named?.kind === 'header' ? await this.#bytes(name) : null;
      if (named?.kind === 'header' && bytes !== null) rows.push({ number: named.number, bytes });
    }
    return goodHeaders(vault, rows, (number) => this.#tell('header', `${vault} ${number}`, 'damaged'));
  }

  override async heads(vault: VaultId): Promise<readonly SourceHead[]> {
    const known = this.#heads.get(vault) ?? this.#findHeads(vault);
    this.#heads.set(vault, known);
    return known;
  }

  override async runs(vault: VaultId, after: Head): Promise<readonly Run[]> {
    const next = after.sequence + 1;
    const found: Run[] = [];
    let cut = Number.POSITIVE_INFINITY;
    for (const segment of await this.#segments(vault)) {
      if (segment.first > next) {
        cut = segment.first - 1;
        break;
      }
      if (segment.end.sequence < next) continue;
      const entries = (await this.#entriesOf(segment)).filter(({ sequence }) => sequence >= next);
      const run = linkedRun(vault, after, entries, (sequence) =>
        this.#tell('segment', `${segment.name} body ${sequence}`, 'damaged'),
      );
      if (run === undefined) continue;
      if (!isSameHead(run.end, segment.end)) this.#tell('segment', segment.name, 'damaged');
      found.push(run);
    }
    return oneOfEach(found.map((run) => cutRun(run, Math.min(run.end.sequence, cut))));
  }

  override async behindGap(vault: VaultId, sequence: number, to: Head): Promise<Head | undefined> {
    let best: Head | undefined;
    for (const segment of await this.#segments(vault)) {
      if (segment.end.sequence <= sequence || segment.end.fork > to.fork) continue;
      if (segment.first > Math.min(to.sequence, (best?.sequence ?? to.sequence) + 1)) continue;
      for (const entry of await this.#entriesOf(segment)) {
        const before = entry.sequence <= sequence ? undefined : headBefore(entry);
        if (before === undefined || before.sequence >= to.sequence) continue;
        if (best === undefined || before.sequence < best.sequence) best = before;
        break;
      }
    }
    return best;
  }

  override async chunk(id: ChunkId, proves?: (stored: Uint8Array) => boolean): Promise<Uint8Array | null> {
    const bytes = await this.#bytes(chunkName(id));
    if (bytes !== null && isChunk(id, bytes, proves)) return bytes;
    this.#tell('chunk', id, bytes === null ? 'missing' : 'damaged');
    return null;
  }

  /** A copy does not say; what is not there any more cannot come back from it. */
  override async isErased(): Promise<boolean> {
    return false;
  }

  override async close(): Promise<void> {
    await this.#place.close();
  }

  async #vaultBehind(after: string): Promise<VaultId | undefined> {
    for await (const { name } of this.#place.list(vaultsPrefix, after)) {
      const vault = vaultOfName(name);
      if (vault !== undefined) return vault;
    }
    return undefined;
  }

  /** In the order of their first entries; of those that begin together the longest first. */
  #segments(vault: VaultId): Promise<readonly NamedSegment[]> {
    const known = this.#listed.get(vault) ?? this.#list(vault);
    this.#listed.set(vault, known);
    return known;
  }

  async #list(vault: VaultId): Promise<readonly NamedSegment[]> {
    const segments: NamedSegment[] = [];
    for await (const { name } of this.#place.list(segmentsPrefix(vault))) {
      const segment = parseSegmentName(name);
      if (segment !== undefined) segments.push(segment);
    }
    return segments.sort((a, b) => a.first - b.first || b.end.sequence - a.end.sequence);
  }

  /** The last segment of each fork number, unless the chain goes on from there under a higher one. */
  async #findHeads(vault: VaultId): Promise<readonly SourceHead[]> {
    const segments = await this.#segments(vault);
    const last = new Map<number, Head>();
    for (const { end } of segments) {
      if (end.sequence > (last.get(end.fork)?.sequence ?? 0)) last.set(end.fork, end);
    }
    const heads: SourceHead[] = [];
    for (const end of last.values()) {
      const goesOn = last.size > 1 && (await this.runs(vault, end)).length > 0;
      if (!goesOn) heads.push({ vault, ...end });
    }
    return inOrder(heads);
  }

  async #entriesOf(segment: NamedSegment): Promise<readonly StoredEntry[]> {
    const known = this.#read.get(segment.name);
    if (known !== undefined) return known;
    const bytes = await this.#bytes(segment.name);
    const read = bytes === null ? undefined : readSegment(bytes);
    if (read?.isWhole !== true) this.#tell('segment', segment.name, bytes === null ? 'missing' : 'damaged');
    const entries = read?.entries ?? [];
    this.#read.set(segment.name, entries);
    const [oldest] = this.#read.keys();
    if (this.#read.size > segmentsKept && oldest !== undefined) this.#read.delete(oldest);
    return entries;
  }

  /** A sector that cannot be read is one damaged object, not the end of the copy. */
  async #bytes(name: string): Promise<Uint8Array | null> {
    try {
      return await this.#place.get(name);
    } catch (error) {
      if (!isFault(error, 'damaged') && !isFault(error, 'io')) throw error;
      return new Uint8Array(0);
    }
  }

  #tell(kind: SourceDamage['kind'], name: string, state: SourceDamage['state']): void {
    this.#onDamage({ title: this.title, kind, name, state });
  }
}

/** Segments may overlap: of runs that begin with the same entry what they have in common. */
function oneOfEach(runs: readonly Run[]): readonly Run[] {
  const once: Run[] = [];
  for (const run of runs) {
    const at = once.findIndex((other) => beginsAlike(other, run));
    const before = once[at];
    if (before === undefined) once.push(run);
    else once[at] = commonRun(before, run);
  }
  return once;
}

function beginsAlike(one: Run, other: Run): boolean {
  const [a] = one.entries;
  const [b] = other.entries;
  return a !== undefined && b !== undefined && equalBytes(headAfter(a).hash, headAfter(b).hash);
}
