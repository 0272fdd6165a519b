import { present } from '#base/assert.ts';
import { equalBytes } from '#base/bytes.ts';
import { type ChunkId, idBytes, type NodeId, rootNode, type VaultId, type VersionId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { EntryBody } from '#format/body.ts';
import type { EntryHeader } from '#format/entry.ts';
import { type Piece, unpackPieces } from '#format/piece.ts';
import { openPiece } from '#vault/content.ts';
import { blob, FilesView, type NodeRow } from '#vault/files/files-view.ts';
import { applyOperations } from '#vault/files/fold.ts';
import { readersAgree } from '#vault/files/readers-agree.ts';
import { PlainTree } from '#vault/files/second-reader.ts';
import { ended, here } from '#vault/files/view-schema.ts';
import { entryChunks } from '#vault/open-vault.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import { undefinedIfUnreadable } from './verify-chain.ts';
import type { HitFile } from './verify-report.ts';

/**
 * A vault of files, folded by both readers while its chain is checked: tells whether stored content is what the entries
 * say, and which files a damaged piece belongs to. Needs about the memory that opening the vault takes, twice.
 */
export class VerifyView {
  readonly #keys: VaultKeys;
  readonly #view: FilesView = FilesView.empty();
  readonly #tree: PlainTree = new PlainTree();
  readonly #hit = new Set<number>();

  constructor(keys: VaultKeys) {
    this.#keys = keys;
    this.#view.db.exec('BEGIN');
  }

  apply(header: EntryHeader, { operations }: EntryBody): void {
    const { fork, sequence, timeMs } = header;
    const counting = header.type === 'inbox' ? [] : operations;
    applyOperations(this.#view, counting, { fork, sequence, timeMs }, entryChunks(header));
    this.#tree.applyEntry(sequence, timeMs, counting, entryChunks(header));
  }

  /** After the last entry: makes pieces findable by their chunk. */
  settle(): void {
    this.#view.db.exec(
      'COMMIT; BEGIN; CREATE TABLE by_chunk(chunk BLOB PRIMARY KEY, no INTEGER NOT NULL) WITHOUT ROWID',
    );
    for (const row of this.#view.sql.iterate('SELECT no, packed FROM piece')) {
      this.#view.sql.run(
        'INSERT OR IGNORE INTO by_chunk VALUES(?, ?)',
        idBytes(pieceOf(row).chunk),
        row['no'] as bigint,
      );
    }
    this.#view.db.exec('COMMIT');
  }

  get files(): number {
    return present(this.#view.node(rootNode), 'root').files;
  }

  get skipped(): number {
    return this.#view.skipped().length;
  }

  readersAgree(): boolean {
    return readersAgree(this.#view, this.#tree);
  }

  /** Chunks that no entry refers to (an upload that was never finished) have nothing to be compared with. */
  opens(id: ChunkId, stored: Uint8Array): boolean {
    const number = this.#numberOf(id);
    if (number === undefined) return true;
    const piece = pieceOf(present(this.#view.sql.get('SELECT packed FROM piece WHERE no = ?', number), 'piece'));
    try {
      const bytes = openPiece(this.#keys, piece, stored);
      return bytes !== undefined && bytes.length === piece.sizeBytes && equalBytes(sha256(bytes), piece.sum);
    } catch (error) {
      undefinedIfUnreadable(error);
      return false;
    }
  }

  hit(id: ChunkId): void {
    const number = this.#numberOf(id);
    if (number !== undefined) this.#hit.add(number);
  }

  #numberOf(id: ChunkId): number | undefined {
    const row = this.#view.sql.get('SELECT no FROM by_chunk WHERE chunk = ?', idBytes(id));
    return row === undefined ? undefined : Number(row['no']);
  }

  /** The files of all chunks that were hit: now, in the trash, and in the past. */
  *hitFiles(vault: VaultId): Generator<HitFile> {
    if (this.#hit.size === 0) return;
    const versions = this.#hitVersions();
    const byNode = new Map<NodeId, Set<VersionId>>();
    const rows =
      'SELECT id, version FROM node WHERE version IS NOT NULL UNION SELECT id, version FROM past WHERE version IS NOT NULL';
    for (const row of this.#view.sql.iterate(rows)) {
      const version = row['version'] as VersionId;
      if (!versions.has(version)) continue;
      const node = row['id'] as NodeId;
      byNode.set(node, (byNode.get(node) ?? new Set()).add(version));
    }
    for (const [node, hit] of byNode) {
      const row = present(this.#view.node(node), 'node');
      const isCurrent = row.version !== null && hit.has(row.version);
      yield { vault, ...this.#placeOf(row), versions: [...hit].map((version) => version.toString(16)), isCurrent };
    }
  }

  #hitVersions(): ReadonlySet<VersionId> {
    const versions = new Set<VersionId>();
    for (const row of this.#view.sql.iterate('SELECT id, pieces FROM version')) {
      const numbers = blob(row, 'pieces');
      const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      for (let at = 0; at < numbers.length; at += 4) {
        if (this.#hit.has(view.getUint32(at))) versions.add(row['id'] as VersionId);
      }
    }
    return versions;
  }

  /** What is below a folder that left has left with it. */
  #placeOf(row: NodeRow): Pick<HitFile, 'path' | 'state'> {
    const path: string[] = [];
    let state: HitFile['state'] = 'here';
    for (let at: NodeRow | undefined = row; at !== undefined && at.id !== rootNode; at = this.#view.node(at.parent)) {
      path.unshift(at.name);
      if (at.state === ended) state = 'ended';
      else if (at.state !== here && state === 'here') state = 'trashed';
    }
    return { path, state };
  }

  close(): void {
    this.#view.close();
  }
}

function pieceOf(row: Record<string, unknown>): Piece {
  return present(unpackPieces(blob(row, 'packed'))[0], 'piece');
}
