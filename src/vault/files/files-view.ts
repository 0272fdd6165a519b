import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { assert, present } from '../../base/assert.ts';
import { release } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { type ChunkId, idBytes, type NodeId, parseNodeId, parseVersionId, type VersionId } from '../../base/ids.ts';
import { type Piece, packPieces, unpackPieces } from '../../format/piece.ts';
import { here, viewSchema } from './view-schema.ts';

/** A row of `node`, or what it was at an earlier instant. */
export interface NodeRow {
  readonly id: NodeId;
  readonly isFolder: boolean;
  readonly parent: NodeId;
  readonly name: string;
  readonly state: number;
  readonly fromSequence: number;
  /** Current version of a file; null for folders. */
  readonly version: VersionId | null;
  /** fork × 2^32 + sequence of the last change at or below this node. */
  readonly changed: number;
  readonly sizeBytes: number;
  readonly files: number;
  readonly timeMs: number;
}

export interface VersionRow {
  readonly id: VersionId;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Observed time of the entry that wrote it. */
  readonly timeMs: number;
  readonly sha256: Uint8Array;
  readonly sums: ReadonlyMap<string, string>;
  readonly type: string | undefined;
}

type Row = Record<string, unknown>;

/** Statements are prepared once; ids need BigInt, so every statement reads integers as BigInt. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #preparedForArrays = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    this.#prepared.set(sql, statement);
    return statement;
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Columns in the order of the statement: for thousands of rows, which as objects cost twice as much. */
  arrays(sql: string, ...values: SQLInputValue[]): (readonly unknown[])[] {
    let statement = this.#preparedForArrays.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      this.#preparedForArrays.set(sql, statement);
    }
    return statement.all(...values) as unknown as (readonly unknown[])[];
  }

  iterate(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  /** The row id of what was inserted; a third of what RETURNING costs. */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }
}

const nodeColumns = 'id, folder, parent, name, state, from_seq, version, changed, size, files, time_ms';

/** The view of a vault of files: an in-memory database, folded from the journal, never the truth. */
export class FilesView {
  readonly db: DatabaseSync;
  readonly sql: Statements;

  private constructor(db: DatabaseSync) {
    this.db = db;
    this.sql = new Statements(db);
  }

  static empty(): FilesView {
    const db = new DatabaseSync(':memory:');
    db.exec(viewSchema);
    return new FilesView(db);
  }

  /**
   * From the image that `serialize` made, which is given away. Above `copyFromBytes` the rows are copied, because SQLite
   * lets a deserialised database grow to 1 GiB only.
   */
  static fromImage(image: Uint8Array, copyFromBytes: number = 512 * 1024 * 1024): FilesView {
    const db = new DatabaseSync(':memory:');
    if (image.length < copyFromBytes) {
      db.deserialize(image);
      release(image);
      return new FilesView(db);
    }
    db.exec("ATTACH ':memory:' AS image");
    db.deserialize(image, { dbName: 'image' });
    release(image);
    db.exec(viewSchema);
    db.exec('DELETE FROM main.node; DELETE FROM main.total');
    for (const table of [
      'node',
      'past',
      'version',
      'piece',
      'gone',
      'staged',
      'property',
      'media',
      'skipped',
      'total',
    ]) {
      db.exec(`INSERT INTO main.${table} SELECT * FROM image.${table}`);
    }
    db.exec('DETACH image');
    return new FilesView(db);
  }

  serialize(): Uint8Array {
    return this.db.serialize();
  }

  close(): void {
    this.db.close();
  }

  /** Bytes that the view takes. */
  sizeBytes(): number {
    const pages = Number(present(this.sql.get('PRAGMA page_count'), 'page count')['page_count']);
    return pages * 4096;
  }

  node(id: NodeId): NodeRow | undefined {
    return nodeRow(this.sql.get(`SELECT ${nodeColumns} FROM node WHERE id = ?`, id));
  }

  child(parent: NodeId, name: string): NodeRow | undefined {
    return nodeRow(
      this.sql.get(`SELECT ${nodeColumns} FROM node WHERE parent = ? AND name = ? AND state = ${here}`, parent, name),
    );
  }

  /** What is in a folder now, in the order of names' bytes. */
  children(parent: NodeId): NodeRow[] {
    return this.sql
      .all(`SELECT ${nodeColumns} FROM node WHERE parent = ? AND state = ${here} ORDER BY name`, parent)
      .map(mustNode);
  }

  inState(state: number): NodeRow[] {
    return this.sql
      .all(`SELECT ${nodeColumns} FROM node WHERE state = ? AND state > 0 ORDER BY from_seq DESC`, state)
      .map(mustNode);
  }

  version(id: VersionId): VersionRow | undefined {
    return versionRow(
      this.sql.get('SELECT id, size, mtime_ms, time_ms, sha256, sums, type FROM version WHERE id = ?', id),
    );
  }

  /** Pieces of a version, in order. */
  pieces(id: VersionId): readonly Piece[] {
    const row = this.sql.get('SELECT pieces FROM version WHERE id = ?', id);
    return row === undefined ? [] : this.piecesOf(blob(row, 'pieces'));
  }

  piecesOf(numbers: Uint8Array): readonly Piece[] {
    const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const pieces: Piece[] = [];
    for (let at = 0; at < numbers.length; at += 4) pieces.push(this.piece(view.getUint32(at)));
    return pieces;
  }

  piece(no: number): Piece {
    const row = this.sql.get('SELECT packed FROM piece WHERE no = ?', no);
    return present(unpackPieces(blob(present(row, 'piece'), 'packed'))[0], 'piece');
  }

  /** The newest piece with this plaintext, for deduplication inside the vault. */
  pieceWithSum(sum: Uint8Array): Piece | undefined {
    return this.#findPiece(sum, undefined)?.piece;
  }

  /** Number of a piece in this view; a new one counts towards the bytes that are kept. */
  internPiece(piece: Piece): number {
    const known = this.#findPiece(piece.sum, piece.chunk);
    if (known !== undefined) return known.no;
    this.sql.run('UPDATE total SET kept_bytes = kept_bytes + ? WHERE one = 1', piece.sizeBytes);
    return this.sql.insert('INSERT INTO piece(sum, packed) VALUES(?, ?)', sumKey(piece.sum), packPieces([piece]));
  }

  #findPiece(sum: Uint8Array, chunk: string | undefined): { readonly no: number; readonly piece: Piece } | undefined {
    for (const row of this.sql.all('SELECT no, packed FROM piece WHERE sum = ? ORDER BY no DESC', sumKey(sum))) {
      const piece = present(unpackPieces(blob(row, 'packed'))[0], 'piece');
      if (Buffer.compare(piece.sum, sum) === 0 && (chunk === undefined || piece.chunk === chunk))
        return { no: Number(row['no']), piece };
    }
    return undefined;
  }

  /** Chunks whose pieces are gone, or here again. Without any drop this costs nothing. */
  moveChunks(change: 'drop' | 'add', chunks: readonly ChunkId[]): void {
    if (chunks.length === 0 || (change === 'add' && !this.anyGone())) return;
    // Only a view with drops has this index; the image of a large view comes without it.
    this.db.exec('CREATE INDEX IF NOT EXISTS piece_chunk ON piece(substr(packed, 1, 32))');
    const statement = change === 'drop' ? 'INSERT OR IGNORE INTO gone VALUES(?)' : 'DELETE FROM gone WHERE no = ?';
    for (const chunk of chunks) {
      for (const row of this.sql.all('SELECT no, packed FROM piece WHERE substr(packed, 1, 32) = ?', idBytes(chunk))) {
        const no = row['no'] as bigint;
        if (this.isGone(no) === (change === 'drop')) continue;
        this.sql.run(statement, no);
        const [piece] = unpackPieces(blob(row, 'packed'));
        const size = present(piece, 'piece').sizeBytes;
        this.sql.run('UPDATE total SET kept_bytes = kept_bytes + ? WHERE one = 1', change === 'drop' ? -size : size);
      }
    }
  }

  /** Sequences of inbox entries that were not taken in yet. */
  waiting(most: number): number[] {
    return this.sql
      .all('SELECT sequence FROM inbox ORDER BY sequence LIMIT ?', most)
      .map((row) => Number(row['sequence']));
  }

  isWaiting(entry: number): boolean {
    return this.sql.get('SELECT 1 AS x FROM inbox WHERE sequence = ?', entry) !== undefined;
  }

  /** False when this is none that waits. */
  takeIn(entry: number): boolean {
    if (!this.isWaiting(entry)) return false;
    this.sql.run('DELETE FROM inbox WHERE sequence = ?', entry);
    return true;
  }

  anyGone(): boolean {
    return this.sql.get('SELECT 1 AS x FROM gone LIMIT 1') !== undefined;
  }

  isGone(no: bigint | number): boolean {
    return this.sql.get('SELECT 1 AS x FROM gone WHERE no = ?', no) !== undefined;
  }

  /** Those pieces of a version whose chunks were dropped; they may be there all the same until the reaper comes. */
  gonePieces(id: VersionId): readonly Piece[] {
    const row = this.anyGone() ? this.sql.get('SELECT pieces FROM version WHERE id = ?', id) : undefined;
    return row === undefined ? [] : this.#goneOf(blob(row, 'pieces'));
  }

  /** Of an upload that is not written yet, in order. */
  stagedPieces(content: VersionId): readonly Piece[] {
    const rows = this.sql.all('SELECT pieces FROM staged WHERE content = ? ORDER BY at', content);
    return rows.flatMap((row) => this.piecesOf(blob(row, 'pieces')));
  }

  /** Whether something of an upload that was never written is gone: it must come again. */
  stagedIsGone(content: VersionId): boolean {
    if (!this.anyGone()) return false;
    const rows = this.sql.all('SELECT pieces FROM staged WHERE content = ?', content);
    return rows.some((row) => this.#goneOf(blob(row, 'pieces')).length > 0);
  }

  #goneOf(numbers: Uint8Array): readonly Piece[] {
    const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const gone: Piece[] = [];
    for (let at = 0; at < numbers.length; at += 4) {
      if (this.isGone(view.getUint32(at))) gone.push(...this.piecesOf(numbers.subarray(at, at + 4)));
    }
    return gone;
  }

  /** How far back the owner wants everything to be kept. */
  horizonDays(): number {
    return Number(present(this.sql.get('SELECT horizon_days FROM total'), 'total')['horizon_days']);
  }

  setHorizonDays(days: number): void {
    this.sql.run('UPDATE total SET horizon_days = ? WHERE one = 1', days);
  }

  keptBytes(): number {
    return Number(present(this.sql.get('SELECT kept_bytes FROM total'), 'total')['kept_bytes']);
  }

  /** The entry up to which this view is folded. */
  position(): { readonly fork: number; readonly sequence: number } {
    const row = present(this.sql.get('SELECT fork, sequence FROM total'), 'total');
    return { fork: Number(row['fork']), sequence: Number(row['sequence']) };
  }

  setPosition(fork: number, sequence: number): void {
    this.sql.run('UPDATE total SET fork = ?, sequence = ? WHERE one = 1', fork, sequence);
  }

  /** Operations that could not be applied. They are kept in the journal, locked nobody out, and stop sweeps. */
  skipped(): readonly { readonly sequence: number; readonly why: string }[] {
    return this.sql
      .all('SELECT sequence, why FROM skipped ORDER BY sequence, at')
      .map((row) => ({ sequence: Number(row['sequence']), why: String(row['why']) }));
  }
}

function sumKey(sum: Uint8Array): bigint {
  assert(sum.length === 32, 'a SHA-256 has 32 bytes');
  return new DataView(sum.buffer, sum.byteOffset).getBigInt64(0);
}

export function blob(row: Row, key: string): Uint8Array {
  const value = row[key];
  if (!(value instanceof Uint8Array)) throw new Fault('damaged', 'A view is damaged; it will be made anew.');
  return value;
}

function nodeRow(row: Row | undefined): NodeRow | undefined {
  return row === undefined ? undefined : mustNode(row);
}

export function mustNode(row: Row): NodeRow {
  const version = row['version'];
  return {
    id: present(parseNodeId(row['id'] as bigint), 'node id'),
    isFolder: row['folder'] === 1n,
    // The root's parent is -1; nobody looks it up.
    parent: row['parent'] as NodeId,
    name: row['name'] as string,
    state: Number(row['state']),
    fromSequence: Number(row['from_seq']),
    version: version === null ? null : present(parseVersionId(version as bigint), 'version id'),
    changed: Number(row['changed']),
    sizeBytes: Number(row['size']),
    files: Number(row['files']),
    timeMs: Number(row['time_ms']),
  };
}

function versionRow(row: Row | undefined): VersionRow | undefined {
  if (row === undefined) return undefined;
  const sums = row['sums'];
  return {
    id: present(parseVersionId(row['id'] as bigint), 'version id'),
    sizeBytes: Number(row['size']),
    mtimeMs: Number(row['mtime_ms']),
    timeMs: Number(row['time_ms']),
    sha256: blob(row, 'sha256'),
    sums: new Map(typeof sums === 'string' ? (JSON.parse(sums) as [string, string][]) : []),
    type: (row['type'] as string | null) ?? undefined,
  };
}
