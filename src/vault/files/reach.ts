import type { ChunkId, VersionId } from '../../base/ids.ts';
import { fileOperationFromCbor } from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { chunksOfUnaccepted, findDeletions } from './deletions.ts';
import { RemovalWatch } from './removals.ts';
import { type PlainNode, PlainReader, type PlainTree, type ReadEntry } from './second-reader.ts';

/**
 * What of a vault the history that is kept reaches, read by the second reader alone: the content of everything that was
 * here or in the trash at any instant from `sinceMs` on. Observed times may jump back: the first entry that was observed
 * since then begins the kept history, and whatever stands behind it belongs to it. Errs on the side of keeping.
 */
export class Reach {
  readonly reader: PlainReader;
  readonly #sinceMs: number;
  readonly #reached = new Set<ChunkId>();
  /** All that entries have added and a sweep may let go. Content of inbox entries and baselines is not looked into. */
  readonly #added = new Set<ChunkId>();
  readonly #kept = new Set<ChunkId>();
  readonly #stagedSince = new Set<VersionId>();
  /** What a mass deletion took away and the owner has not accepted stays, however old it is. */
  readonly #removals = new RemovalWatch();
  #begun = false;

  constructor(journal: Pick<Journal, 'head' | 'entries'>, keys: VaultKeys, sinceMs: number) {
    this.#sinceMs = sinceMs;
    this.reader = new PlainReader(journal, keys, (tree, entry) => this.#apply(tree, entry));
  }

  get tree(): PlainTree {
    return this.reader.tree;
  }

  /**
   * Chunks that nothing in the kept history reaches and that were not dropped yet, in the order in which they came.
   * The reader has caught up with the vault.
   */
  unreached(): ChunkId[] {
    const reached = new Set(this.#reached);
    if (!this.#begun) this.#addPresent((id) => reached.add(id));
    const deletions = findDeletions(this.#removals);
    for (const id of chunksOfUnaccepted({ deletions, tree: this.tree })) reached.add(id);
    for (const content of this.#stagedSince) this.#addPieces(this.tree.staged(content), (id) => reached.add(id));
    return [...this.#added].filter((id) => !reached.has(id) && !this.#kept.has(id) && !this.tree.dropped.has(id));
  }

  #apply(tree: PlainTree, entry: ReadEntry): void {
    const { header, operations } = entry;
    if (!this.#begun && header.timeMs >= this.#sinceMs) {
      this.#begun = true;
      this.#addPresent((id) => this.#reached.add(id));
    }
    this.#removals.apply(tree, entry);
    for (const id of header.added) (header.type === 'ordinary' ? this.#added : this.#kept).add(id);
    if (this.#begun && header.type === 'ordinary') for (const value of operations) this.#touch(tree, value);
  }

  /** What an operation made current, with what came along. */
  #touch(tree: PlainTree, value: Parameters<typeof fileOperationFromCbor>[0]): void {
    const operation = fileOperationFromCbor(value);
    switch (operation?.o) {
      case 'stage':
        this.#stagedSince.add(operation.content);
        return;
      case 'write':
      case 'place':
      case 'trash':
      case 'pick':
      case 'copy': {
        const node = tree.nodes.get(operation.node);
        if (node !== undefined) this.#addBelow(node, (id) => this.#reached.add(id));
        return;
      }
      default:
        return;
    }
  }

  /** Everything that is here now, and everything in the trash, also in one whose folder is gone. */
  #addPresent(add: (id: ChunkId) => void): void {
    for (const node of this.tree.nodes.values()) {
      if (node.id === node.parent || node.state === 'trashed') this.#addBelow(node, add);
    }
  }

  #addBelow(top: PlainNode, add: (id: ChunkId) => void): void {
    for (const { version } of this.tree.visit(top)) {
      if (version !== null) this.#addPieces(this.tree.versions.get(version)?.pieces ?? [], add);
    }
  }

  #addPieces(pieces: readonly Piece[], add: (id: ChunkId) => void): void {
    for (const { chunk } of pieces) add(chunk);
  }
}
