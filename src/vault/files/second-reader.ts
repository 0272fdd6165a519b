import { assert, present } from '../../base/assert.ts';
import { toHex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import {
  type ChunkId,
  type CredentialId,
  limits,
  type NodeId,
  parseNodeId,
  rootNode,
  type VersionId,
} from '../../base/ids.ts';
import type { CborValue } from '../../format/cbor.ts';
import type { EntryHeader } from '../../format/entry.ts';
import {
  countsInDrops,
  defaultHorizonDays,
  type FileOperation,
  fileOperationFromCbor,
  type MediaOperation,
  type Placement,
  type Property,
} from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import type { Head, Journal } from '../../store/journal/journal.ts';
import { checkLink, openEntryBody } from '../chain.ts';
import { type EntryChunks, entryChunks } from '../open-vault.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { isMinted, versionOf } from './plain-ids.ts';
import type { Path } from './types.ts';

/** A file as an export, a drill or a sweep sees it. */
export interface PlainFile {
  readonly path: Path;
  readonly node: NodeId;
  readonly version: VersionId;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly Piece[];
  readonly mtimeMs: number;
  readonly type: string | undefined;
}

export interface PlainNode {
  readonly id: NodeId;
  parent: NodeId;
  name: string;
  /** Its own; what is below a folder that left keeps the state that it had. */
  state: 'here' | 'trashed' | 'ended';
  /** Null for a folder. */
  version: VersionId | null;
  properties: readonly Property[];
}

export interface PlacedNode {
  readonly path: Path;
  readonly node: PlainNode;
}

export interface PlainVersion {
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly Piece[];
  readonly mtimeMs: number;
  readonly type: string | undefined;
  readonly sums: ReadonlyMap<string, string>;
}

/**
 * A vault of files, folded a second time from docs/format.md §7 alone: plain maps, no database, nothing shared with fold.ts.
 * Sweeps, drills and exports use it, so that one mistake in the first fold cannot drop, hide or leak a file.
 */
export class PlainTree {
  readonly nodes: Map<NodeId, PlainNode> = new Map();
  readonly versions: Map<VersionId, PlainVersion> = new Map();
  /** What is known of contents, by their SHA-256 in hex: the newest counts. */
  readonly media: Map<string, MediaOperation> = new Map();
  /** Operations that could not be applied. */
  readonly skipped: { readonly sequence: number; readonly index: number }[] = [];
  /** Chunks that drop entries list and no later entry adds. */
  readonly dropped: Set<ChunkId> = new Set();
  /** Inbox entries that were not taken in yet. */
  readonly waiting: Set<number> = new Set();
  /** How far back the owner wants everything to be kept. */
  horizonDays: number = defaultHorizonDays;
  readonly #staged = new Map<VersionId, Piece[]>();
  /** Names in each folder of what is here. */
  readonly #names = new Map<NodeId, Map<string, NodeId>>();

  constructor() {
    this.nodes.set(rootNode, {
      id: rootNode,
      parent: rootNode,
      name: '',
      state: 'here',
      version: null,
      properties: [],
    });
  }

  applyEntry(
    sequence: number,
    timeMs: number,
    operations: readonly CborValue[],
    chunks: EntryChunks = noChunks,
    around: Around = (_operation, apply) => apply(),
  ): void {
    for (const id of chunks.added) this.dropped.delete(id);
    if (chunks.isInbox) this.waiting.add(sequence);
    operations.forEach((value, index) => {
      const operation = fileOperationFromCbor(value);
      const counts = operation !== undefined && countsInDrops(operation) === chunks.isDrop;
      const apply = (): void => {
        if (!counts || !this.#apply(operation, timeMs)) this.skipped.push({ sequence, index });
      };
      if (counts) around(operation, apply);
      else apply();
    });
    for (const id of chunks.dropped) this.dropped.add(id);
  }

  /** Pieces of an upload that was not written yet. */
  staged(content: VersionId): readonly Piece[] {
    return this.#staged.get(content) ?? [];
  }

  /** Contents of all uploads that were not written yet. */
  stagedContents(): Iterable<VersionId> {
    return this.#staged.keys();
  }

  /** False when the operation cannot be applied; then nothing has changed. */
  #apply(operation: FileOperation, timeMs: number): boolean {
    switch (operation.o) {
      case 'folder':
        return this.#isFree(operation.node, operation.place) && this.#add(operation.node, operation.place, null, []);
      case 'stage': {
        const before = this.#staged.get(operation.content) ?? [];
        this.#staged.set(operation.content, [...before, ...operation.pieces]);
        return true;
      }
      case 'write':
        return this.#write(operation, timeMs);
      case 'place':
        return this.#place(operation.node, operation.place);
      case 'trash':
        return this.#leave(operation.node, 'trashed');
      case 'end':
        return this.#leave(operation.node, 'ended');
      case 'copy':
        return this.#copy(operation);
      case 'pick':
        return this.#pick(operation);
      case 'props':
        return this.#setProperties(operation);
      case 'drop':
      case 'accept':
        return true;
      case 'media':
        this.media.set(toHex(operation.sha256), operation);
        return true;
      case 'take':
        return this.waiting.delete(operation.entry);
      case 'deposit':
        return false;
      case 'horizon':
        this.horizonDays = operation.days;
        return true;
    }
  }

  #isOpenFolder(id: NodeId): boolean {
    const node = this.nodes.get(id);
    return node !== undefined && node.version === null && node.state === 'here';
  }

  #isFree(id: NodeId, place: Placement): boolean {
    return !this.nodes.has(id) && this.#isOpenFolder(place.parent) && !this.#namesIn(place.parent).has(place.name);
  }

  #namesIn(folder: NodeId): Map<string, NodeId> {
    const known = this.#names.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, NodeId>();
    this.#names.set(folder, names);
    return names;
  }

  #add(id: NodeId, place: Placement, version: VersionId | null, properties: readonly Property[]): true {
    this.nodes.set(id, { id, ...place, state: 'here', version, properties });
    this.#namesIn(place.parent).set(place.name, id);
    return true;
  }

  /** A file whose content may change: here or in the trash. */
  #file(id: NodeId): PlainNode | undefined {
    const node = this.nodes.get(id);
    return node === undefined || node.version === null || node.state === 'ended' ? undefined : node;
  }

  #write(operation: Extract<FileOperation, { o: 'write' }>, timeMs: number): boolean {
    const file = this.#file(operation.node);
    if (operation.place === undefined ? file === undefined : !this.#isFree(operation.node, operation.place))
      return false;
    if (this.versions.has(operation.version)) return false;
    const staged = operation.content === undefined ? [] : (this.#staged.get(operation.content) ?? []);
    const pieces = [...staged, ...operation.pieces];
    if (pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0) !== operation.sizeBytes) return false;
    if (operation.content !== undefined) this.#staged.delete(operation.content);
    const { sizeBytes, sha256, type, sums } = operation;
    this.versions.set(operation.version, {
      sizeBytes,
      sha256,
      pieces,
      mtimeMs: operation.mtimeMs ?? timeMs,
      type,
      sums,
    });
    if (operation.place !== undefined) return this.#add(operation.node, operation.place, operation.version, []);
    present(file, 'file').version = operation.version;
    return true;
  }

  #place(id: NodeId, place: Placement): boolean {
    const node = this.nodes.get(id);
    if (node === undefined || id === rootNode || !this.#isOpenFolder(place.parent)) return false;
    const occupant = this.#namesIn(place.parent).get(place.name);
    if ((occupant !== undefined && occupant !== id) || this.#isAtOrBelow(place.parent, id)) return false;
    if (node.state === 'here') this.#namesIn(node.parent).delete(node.name);
    node.parent = place.parent;
    node.name = place.name;
    node.state = 'here';
    this.#namesIn(place.parent).set(place.name, id);
    return true;
  }

  #isAtOrBelow(id: NodeId, top: NodeId): boolean {
    for (let at = id; ; at = present(this.nodes.get(at), 'node').parent) {
      if (at === top) return true;
      if (at === rootNode) return false;
    }
  }

  #leave(id: NodeId, state: 'trashed' | 'ended'): boolean {
    const node = this.nodes.get(id);
    if (node === undefined || id === rootNode || node.state === 'ended' || node.state === state) return false;
    if (node.state === 'here') this.#namesIn(node.parent).delete(node.name);
    node.state = state;
    return true;
  }

  #copy(operation: Extract<FileOperation, { o: 'copy' }>): boolean {
    const source = this.nodes.get(operation.source);
    if (source === undefined || source.id === rootNode || source.state !== 'here') return false;
    if (!this.#isOpenFolder(operation.place.parent) || this.#namesIn(operation.place.parent).has(operation.place.name))
      return false;
    const visited = [...this.visit(source)];
    const first = operation.node & ~BigInt(limits.maxIndex);
    const last = operation.node + BigInt(visited.length - 1);
    // All ids are of one entry: the index must not run over into the sequence.
    if ((last & ~BigInt(limits.maxIndex)) !== first || !isMinted(operation.node)) return false;
    const copies = visited.map((node, index) => ({
      node,
      id: present(parseNodeId(operation.node + BigInt(index)), 'id'),
    }));
    if (
      copies.some(({ node, id }) => this.nodes.has(id) || (node.version !== null && this.versions.has(versionOf(id))))
    )
      return false;
    const copyOf = new Map(copies.map(({ node, id }) => [node.id, id]));
    for (const { node, id } of copies) {
      const place =
        node === source ? operation.place : { parent: present(copyOf.get(node.parent), 'parent'), name: node.name };
      const version = node.version === null ? null : versionOf(id);
      if (version !== null)
        this.versions.set(version, present(this.versions.get(present(node.version, 'version')), 'version'));
      this.#add(id, place, version, node.properties);
    }
    return true;
  }

  /** A node before what is in it and is here; in a folder by ascending id. Folders may be nested deeper than calls can be. */
  *visit(top: PlainNode): Generator<PlainNode> {
    const waiting = [top];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      yield node;
      const ids = [...this.#namesIn(node.id).values()].sort((a, b) => (a < b ? 1 : -1));
      waiting.push(...ids.map((id) => present(this.nodes.get(id), 'node')));
    }
  }

  #pick(operation: Extract<FileOperation, { o: 'pick' }>): boolean {
    const file = this.#file(operation.node);
    const of = this.versions.get(operation.of);
    if (file === undefined || of === undefined) return false;
    if (operation.version !== operation.of) {
      if (this.versions.has(operation.version)) return false;
      this.versions.set(operation.version, of);
    }
    file.version = operation.version;
    return true;
  }

  #setProperties(operation: Extract<FileOperation, { o: 'props' }>): boolean {
    const node = this.nodes.get(operation.node);
    if (node === undefined || node.state === 'ended') return false;
    const byName = new Map(node.properties.map((each) => [keyOf(each), each]));
    for (const each of operation.set) byName.set(keyOf(each), each);
    for (const each of operation.remove) byName.delete(keyOf(each));
    node.properties = [...byName.values()];
    return true;
  }

  /** Every file that is here and reachable from the root, folder by folder, in the order of the bytes of names. */
  *files(): Generator<PlainFile> {
    for (const { path, node } of this.walk()) {
      if (node.version === null) continue;
      const { sizeBytes, sha256, pieces, mtimeMs, type } = present(this.versions.get(node.version), 'version');
      yield { path, node: node.id, version: node.version, sizeBytes, sha256, pieces, mtimeMs, type };
    }
  }

  /** Files and folders that are here; the root itself is not among them. */
  *walk(): Generator<PlacedNode> {
    yield* this.#walkFrom(this.#inside(rootNode, []));
  }

  /** What is in the trash, with what lies below it; each thing that was trashed by itself is at the top. */
  *walkTrash(): Generator<PlacedNode> {
    const tops = [...this.nodes.values()].filter((node) => node.state === 'trashed');
    const byName = (a: PlainNode, b: PlainNode): number =>
      Buffer.compare(Buffer.from(b.name), Buffer.from(a.name)) || (a.id < b.id ? 1 : -1);
    yield* this.#walkFrom(tops.sort(byName).map((node) => ({ path: [node.name], node })));
  }

  *#walkFrom(waiting: PlacedNode[]): Generator<PlacedNode> {
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      yield found;
      if (found.node.version === null) waiting.push(...this.#inside(found.node.id, found.path));
    }
  }

  /** Last name first: the caller takes from the end. */
  #inside(folder: NodeId, above: Path): PlacedNode[] {
    const names = [...this.#namesIn(folder)].sort(([a], [b]) => Buffer.compare(Buffer.from(b), Buffer.from(a)));
    return names.map(([name, id]) => ({ path: [...above, name], node: present(this.nodes.get(id), 'node') }));
  }
}

/** Looks before and after an operation, which `apply` applies. */
export type Around = (operation: FileOperation, apply: () => void) => void;

const noChunks: EntryChunks = { isDrop: false, isInbox: false, added: [], dropped: [] };

function keyOf(property: Pick<Property, 'namespace' | 'name'>): string {
  return JSON.stringify([property.namespace, property.name]);
}

export interface PlainReading {
  readonly tree: PlainTree;
  readonly head: Head;
}

const entriesPerRead = 200;

/** An entry as it is about to be applied to the tree. */
export interface ReadEntry {
  readonly header: EntryHeader;
  readonly by: CredentialId | undefined;
  readonly operations: readonly CborValue[];
}

/** Follows a vault from its first entry, checking every link of the chain. */
export class PlainReader {
  readonly tree: PlainTree = new PlainTree();
  readonly #journal: Pick<Journal, 'head' | 'entries'>;
  readonly #keys: VaultKeys;
  readonly #apply: (tree: PlainTree, entry: ReadEntry) => void;
  #head: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

  /** @param apply does what `applyPlainly` does, and may look before and after. */
  constructor(
    journal: Pick<Journal, 'head' | 'entries'>,
    keys: VaultKeys,
    apply: (tree: PlainTree, entry: ReadEntry) => void = applyPlainly,
  ) {
    this.#journal = journal;
    this.#keys = keys;
    this.#apply = apply;
  }

  /** The entry that was read last. */
  get head(): Head {
    return this.#head;
  }

  /**
   * Goes on to the head that the journal names, or to the entry `upTo` when that comes before.
   * @throws Fault `damaged`, `newer-format`, `missing`.
   */
  async catchUp(upTo: number = Number.POSITIVE_INFINITY): Promise<void> {
    const { vault } = this.#keys;
    const end = await this.#journal.head(vault);
    const last = Math.min(upTo, end.sequence);
    while (this.#head.sequence < last) {
      const { sequence } = this.#head;
      const entries = await this.#journal.entries(vault, sequence, Math.min(entriesPerRead, last - sequence));
      if (entries.length === 0)
        throw new Fault('damaged', `Damaged journal: vault ${vault} ends before its head. A copy may have the rest.`);
      for (const stored of entries) {
        const linked = checkLink(vault, this.#head, stored);
        const { operations, by } = openEntryBody(this.#keys, linked, stored);
        this.#apply(this.tree, { header: linked.header, by, operations });
        this.#head = linked.head;
      }
    }
    assert(this.#head.sequence === last || upTo < this.#head.sequence, 'read to the end');
    if (last === end.sequence && Buffer.compare(this.#head.hash, end.hash) !== 0) {
      throw new Fault(
        'damaged',
        `Damaged journal: vault ${vault} does not end where its head says. A copy may have the rest.`,
      );
    }
  }
}

/** Anyone can write an inbox entry: none of its operations count (docs/format.md §5). */
export function applyPlainly(tree: PlainTree, { header, operations }: ReadEntry, around?: Around): void {
  const counting = header.type === 'inbox' ? [] : operations;
  tree.applyEntry(header.sequence, header.timeMs, counting, entryChunks(header), around);
}

/**
 * Reads a vault from its first entry, checking every link of the chain.
 * @param upTo the tree as it was when this entry was the last; without it everything, up to the head that the journal names.
 * @throws Fault `damaged`, `newer-format`, `missing`.
 */
export async function readPlainly(
  journal: Pick<Journal, 'head' | 'entries'>,
  keys: VaultKeys,
  upTo: number = Number.POSITIVE_INFINITY,
  apply?: (tree: PlainTree, entry: ReadEntry) => void,
): Promise<PlainReading> {
  const reader = new PlainReader(journal, keys, apply);
  await reader.catchUp(upTo);
  return { tree: reader.tree, head: reader.head };
}
