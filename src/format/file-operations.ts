import { Fault } from '../base/fault.ts';
import { type NodeId, parseNodeId, parseVersionId, type VersionId } from '../base/ids.ts';
import { type CborValue, cborMap, Fields } from './cbor.ts';
import { type MediaFacts, mediaFactsFrom, mediaFactsToCbor } from './media-facts.ts';
import { type Piece, pieceFromCbor, pieceToCbor } from './piece.ts';

/** Operations of vaults of files, docs/format.md §7. */
export interface Placement {
  readonly parent: NodeId;
  readonly name: string;
}

export interface Property {
  readonly namespace: string;
  readonly name: string;
  readonly xml: string;
}

export type FileOperation =
  | { readonly o: 'folder'; readonly node: NodeId; readonly place: Placement }
  | { readonly o: 'stage'; readonly content: VersionId; readonly pieces: readonly Piece[] }
  | WriteOperation
  | { readonly o: 'place'; readonly node: NodeId; readonly place: Placement }
  | { readonly o: 'trash'; readonly node: NodeId }
  | { readonly o: 'end'; readonly node: NodeId }
  | { readonly o: 'copy'; readonly source: NodeId; readonly node: NodeId; readonly place: Placement }
  | { readonly o: 'pick'; readonly node: NodeId; readonly version: VersionId; readonly of: VersionId }
  | {
      readonly o: 'props';
      readonly node: NodeId;
      readonly set: readonly Property[];
      readonly remove: readonly Pick<Property, 'namespace' | 'name'>[];
    }
  | { readonly o: 'drop'; readonly cause: DropCause; readonly days: number }
  | { readonly o: 'horizon'; readonly days: number }
  | DepositOperation
  /** What an inbox entry brought was taken in by this entry, or could not be. */
  | { readonly o: 'take'; readonly entry: number }
  /** The owner has seen, or taken back, the mass deletion that began with this entry. */
  | { readonly o: 'accept'; readonly deletion: number; readonly upTo: number }
  | MediaOperation;

/** What was read from a content, and pictures made of it; it belongs to every version with this content. */
export interface MediaOperation {
  readonly o: 'media';
  readonly sha256: Uint8Array;
  readonly facts: MediaFacts;
  readonly small: Piece | undefined;
  readonly large: Piece | undefined;
}

/** Why chunks were let go: beyond the history that the owner keeps, or erased by the owner. */
type DropCause = 'retention' | 'erasure';

export const defaultHorizonDays = 90;
export const leastHorizonDays = 30;

/** Operations that count in signed drop entries only; no other operation counts there. */
export function countsInDrops(operation: FileOperation): boolean {
  return operation.o === 'drop' || operation.o === 'horizon';
}

/** A file from outside, in an inbox entry only. Its pieces have random keys. */
export interface DepositOperation {
  readonly o: 'deposit';
  /** The folder that it is for, and the name that it came with. */
  readonly place: Placement;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly Piece[];
  readonly mtimeMs: number | undefined;
  readonly type: string | undefined;
}

export interface WriteOperation {
  readonly o: 'write';
  readonly node: NodeId;
  readonly version: VersionId;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly pieces: readonly Piece[];
  readonly mtimeMs: number | undefined;
  readonly sums: ReadonlyMap<string, string>;
  readonly type: string | undefined;
  /** Pieces staged before under this id come first. */
  readonly content: VersionId | undefined;
  /** Present when the node is a new file. */
  readonly place: Placement | undefined;
}

export function fileOperationToCbor(operation: FileOperation): CborValue {
  switch (operation.o) {
    case 'folder':
    case 'place':
      return { o: operation.o, node: operation.node, ...operation.place };
    case 'stage':
      return { o: 'stage', content: operation.content, pieces: operation.pieces.map(pieceToCbor) };
    case 'write':
      return cborMap({
        o: 'write',
        node: operation.node,
        version: operation.version,
        size: operation.sizeBytes,
        sha256: operation.sha256,
        pieces: operation.pieces.map(pieceToCbor),
        mtime: operation.mtimeMs,
        sums: operation.sums.size === 0 ? undefined : Object.fromEntries(operation.sums),
        type: operation.type,
        content: operation.content,
        ...operation.place,
      });
    case 'trash':
    case 'end':
      return { o: operation.o, node: operation.node };
    case 'copy':
      return { o: 'copy', source: operation.source, node: operation.node, ...operation.place };
    case 'pick':
      return { o: 'pick', node: operation.node, version: operation.version, of: operation.of };
    case 'props':
      return cborMap({
        o: 'props',
        node: operation.node,
        set:
          operation.set.length === 0 ? undefined : operation.set.map((each) => [each.namespace, each.name, each.xml]),
        remove: operation.remove.length === 0 ? undefined : operation.remove.map((each) => [each.namespace, each.name]),
      });
    case 'deposit':
      return cborMap({
        o: 'deposit',
        ...operation.place,
        size: operation.sizeBytes,
        sha256: operation.sha256,
        pieces: operation.pieces.map(pieceToCbor),
        mtime: operation.mtimeMs,
        type: operation.type,
      });
    case 'take':
      return { o: 'take', entry: operation.entry };
    case 'drop':
      return { o: 'drop', cause: operation.cause, days: operation.days };
    case 'horizon':
      return { o: 'horizon', days: operation.days };
    case 'accept':
      return { o: 'accept', deletion: operation.deletion, upto: operation.upTo };
    case 'media':
      return cborMap({
        o: 'media',
        sha256: operation.sha256,
        facts: mediaFactsToCbor(operation.facts),
        small: operation.small === undefined ? undefined : pieceToCbor(operation.small),
        large: operation.large === undefined ? undefined : pieceToCbor(operation.large),
      });
  }
}

/** Undefined for an operation that this program does not know or that is malformed: the fold keeps it and reports it. */
export function fileOperationFromCbor(value: CborValue): FileOperation | undefined {
  try {
    return decodeOperation(new Fields(value, 'operation'));
  } catch (error) {
    if (error instanceof Fault && error.code === 'damaged') return undefined;
    throw error;
  }
}

function decodeOperation(fields: Fields): FileOperation | undefined {
  const o = fields.text('o');
  switch (o) {
    case 'folder':
    case 'place':
      return { o, node: nodeId(fields, 'node'), place: placement(fields) };
    case 'stage':
      return { o, content: versionId(fields, 'content'), pieces: fields.list('pieces').map(pieceFromCbor) };
    case 'write':
      return decodeWrite(fields);
    case 'trash':
    case 'end':
      return { o, node: nodeId(fields, 'node') };
    case 'copy':
      return { o, source: nodeId(fields, 'source'), node: nodeId(fields, 'node'), place: placement(fields) };
    case 'pick':
      return { o, node: nodeId(fields, 'node'), version: versionId(fields, 'version'), of: versionId(fields, 'of') };
    case 'props':
      return decodeProps(fields);
    case 'deposit':
      return decodeDeposit(fields);
    case 'take':
      return { o, entry: fields.count('entry') };
    case 'drop':
      return { o, cause: causeOf(fields), days: fields.count('days') };
    case 'horizon':
      return fields.count('days') < leastHorizonDays ? undefined : { o, days: fields.count('days') };
    case 'accept':
      return { o, deletion: fields.count('deletion'), upTo: fields.count('upto') };
    case 'media':
      return {
        o,
        sha256: fields.bytes('sha256', 32),
        facts: mediaFactsFrom(new Fields(fields.value('facts'), 'facts')),
        small: optionalPiece(fields, 'small'),
        large: optionalPiece(fields, 'large'),
      };
    default:
      return undefined;
  }
}

function decodeWrite(fields: Fields): WriteOperation {
  const sums = fields.has('sums') ? fields.entries('sums') : [];
  return {
    o: 'write',
    node: nodeId(fields, 'node'),
    version: versionId(fields, 'version'),
    sizeBytes: fields.count('size'),
    sha256: fields.bytes('sha256', 32),
    pieces: fields.list('pieces').map(pieceFromCbor),
    mtimeMs: fields.has('mtime') ? fields.count('mtime') : undefined,
    sums: new Map(sums.map(([name, sum]) => [name, textOf(fields, 'sums', sum)])),
    type: fields.has('type') ? fields.text('type') : undefined,
    content: fields.has('content') ? versionId(fields, 'content') : undefined,
    place: fields.has('parent') ? placement(fields) : undefined,
  };
}

function decodeDeposit(fields: Fields): DepositOperation {
  return {
    o: 'deposit',
    place: placement(fields),
    sizeBytes: fields.count('size'),
    sha256: fields.bytes('sha256', 32),
    pieces: fields.list('pieces').map(pieceFromCbor),
    mtimeMs: fields.has('mtime') ? fields.count('mtime') : undefined,
    type: fields.has('type') ? fields.text('type') : undefined,
  };
}

function decodeProps(fields: Fields): FileOperation {
  const rows = (key: string, width: number): readonly string[][] =>
    (fields.has(key) ? fields.list(key) : []).map((row) => {
      if (!Array.isArray(row) || row.length !== width) throw fields.wrong(key);
      return row.map((item: CborValue) => textOf(fields, key, item));
    });
  return {
    o: 'props',
    node: nodeId(fields, 'node'),
    set: rows('set', 3).map(([namespace = '', name = '', xml = '']) => ({ namespace, name, xml })),
    remove: rows('remove', 2).map(([namespace = '', name = '']) => ({ namespace, name })),
  };
}

function optionalPiece(fields: Fields, key: string): Piece | undefined {
  const value = fields.value(key);
  return value === undefined ? undefined : pieceFromCbor(value);
}

function causeOf(fields: Fields): DropCause {
  const cause = fields.text('cause');
  if (cause !== 'retention' && cause !== 'erasure') throw fields.wrong('cause');
  return cause;
}

function textOf(fields: Fields, key: string, value: CborValue): string {
  if (typeof value !== 'string') throw fields.wrong(key);
  return value;
}

function nodeId(fields: Fields, key: string): NodeId {
  const id = parseNodeId(fields.big(key));
  if (id === undefined) throw fields.wrong(key);
  return id;
}

function versionId(fields: Fields, key: string): VersionId {
  const id = parseVersionId(fields.big(key));
  if (id === undefined) throw fields.wrong(key);
  return id;
}

function placement(fields: Fields): Placement {
  const name = fields.text('name');
  if (checkName(name) !== 'ok') throw fields.wrong('name');
  return { parent: nodeId(fields, 'parent'), name };
}

export const maxNameBytes = 255;

/** What is wrong with a name, or `ok`. Names are kept bit for bit; nothing is normalised. */
export function checkName(name: string): 'ok' | 'empty' | 'too-long' | 'reserved' | 'forbidden-character' {
  if (name === '') return 'empty';
  if (name === '.' || name === '..') return 'reserved';
  if (name.includes('/') || name.includes('\0') || !name.isWellFormed()) return 'forbidden-character';
  // 3 bytes of UTF-8 at most per UTF-16 unit: only longer texts need to be measured.
  if (name.length * 3 <= maxNameBytes) return 'ok';
  return new TextEncoder().encode(name).length <= maxNameBytes ? 'ok' : 'too-long';
}
