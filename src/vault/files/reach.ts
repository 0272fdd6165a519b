import { toHex } from '../../base/bytes.ts';
import type { ChunkId, VersionId } from '../../base/ids.ts';
import { fileOperationFromCbor } from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { findDeletions, versionsOfUnaccepted } from './deletions.ts';
import { RemovalWatch } from './removals.ts';
import { type PlainNode, PlainReader, type PlainTree, type PlainVersion, type ReadEntry } from './second-reader.ts';

/**
 * What of a vault the history that is kept reaches, read by the second reader alone: the content of everything that was
 * here or in the trash at any instant from `sinceMs` on. Observed times may jump back: the first entry that was observed
 * since then begins the kept history, and whatever stands behind it belongs to it. Errs on the side of keeping.
 */
export class Reach {
  readonly reader: PlainReader;
  readonly #sinceMs: number;
  readonly #reached: Reached = new Reached();
  /** All that entries have added and a sweep may let go. Content of baselines is not looked into. */
  readonly #added = new Set<ChunkId>();
  readonly #kept = new Set<ChunkId>();
  /** Of inbox entries, by sequence: theirs may be let go of once they were taken in, as everything else. */
  readonly #waiting = new Map<number, readonly ChunkId[]>();
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
    const reached = new Reached(this.#reached);
    if (!this.#begun) this.#addPresent(reached);
    for (const version of versionsOfUnaccepted(findDeletions(this.#removals)))
      reached.add(this.tree.versions.get(version));
    for (const content of this.#stagedSince) reached.addPieces(this.tree.staged(content));
    for (const ids of this.#waiting.values()) for (const id of ids) reached.chunks.add(id);
    const pictures = reached.pictures(this.tree);
    return [...this.#added].filter(
      (id) => !reached.chunks.has(id) && !pictures.has(id) && !this.#kept.has(id) && !this.tree.dropped.has(id),
    );
  }

  #apply(tree: PlainTree, entry: ReadEntry): void {
    const { header, operations } = entry;
    if (!this.#begun && header.timeMs >= this.#sinceMs) {
      this.#begun = true;
      this.#addPresent(this.#reached);
    }
    this.#removals.apply(tree, entry);
    if (header.type === 'inbox') this.#waiting.set(header.sequence, header.added);
    else for (const id of header.added) (header.type === 'ordinary' ? this.#added : this.#kept).add(id);
    if (header.type === 'ordinary') this.#takeIn(operations);
    if (this.#begun && header.type === 'ordinary') for (const value of operations) this.#touch(tree, value);
  }

  #takeIn(operations: ReadEntry['operations']): void {
    for (const value of operations) {
      const operation = fileOperationFromCbor(value);
      if (operation?.o !== 'take') continue;
      for (const id of this.#waiting.get(operation.entry) ?? []) this.#added.add(id);
      this.#waiting.delete(operation.entry);
    }
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
        if (node !== undefined) this.#addBelow(node, this.#reached);
        return;
      }
      default:
        return;
    }
  }

  /** Everything that is here now, and everything in the trash, also in one whose folder is gone. */
  #addPresent(reached: Reached): void {
    for (const node of this.tree.nodes.values()) {
      if (node.id === node.parent || node.state === 'trashed') this.#addBelow(node, reached);
    }
  }

  #addBelow(top: PlainNode, reached: Reached): void {
    for (const { version } of this.tree.visit(top)) {
      if (version !== null) reached.add(this.tree.versions.get(version));
    }
  }
}

class Reached {
  readonly chunks: Set<ChunkId>;
  /** SHA-256 of whole contents. */
  readonly #sums: Set<string>;

  constructor(from?: Reached) {
    this.chunks = new Set(from?.chunks);
    this.#sums = new Set(from === undefined ? [] : from.#sums);
  }

  add(version: PlainVersion | undefined): void {
    if (version === undefined) return;
    this.addPieces(version.pieces);
    this.#sums.add(toHex(version.sha256));
  }

  addPieces(pieces: readonly Piece[]): void {
    for (const { chunk } of pieces) this.chunks.add(chunk);
  }

  /** Pictures are kept as long as a content that they were made of, and keep nothing themselves. */
  pictures(tree: PlainTree): ReadonlySet<ChunkId> {
    const chunks = new Set<ChunkId>();
    for (const [sum, { small, large }] of tree.media) {
      if (!this.#sums.has(sum)) continue;
      for (const picture of [small, large]) if (picture !== undefined) chunks.add(picture.chunk);
    }
    return chunks;
  }
}
