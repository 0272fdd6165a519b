import type { Randomness } from '../../base/clock.ts';
import { Fault } from '../../base/fault.ts';
import { type NodeId, parseNodeId, parseVersionId, type VersionId } from '../../base/ids.ts';
import { type CborValue, cborMap, type Fields } from '../../format/cbor.ts';
import { packPieces, unpackPieces } from '../../format/piece.ts';
import { openEphemeral, sealEphemeral, uploadRow } from '../ephemeral.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { UnfinishedState } from './unfinished.ts';

/** docs/format.md §9: a row of kind 4. */
export function sealUploadRow(
  keys: VaultKeys,
  random: Randomness,
  id: Uint8Array,
  { parent, name, sizeBytes, meta, declared, ifTaken, begunMs, kept }: UnfinishedState,
): Uint8Array {
  const value = cborMap({
    parent,
    name,
    size: sizeBytes,
    mtime: meta.mtimeMs,
    type: meta.type,
    sums: declared.map((sum): CborValue => [sum.name, sum.hex]),
    replaces: ifTaken === 'version',
    begun: begunMs,
    staged: kept.staged,
    stagedSize: kept.stagedBytes,
    pieces: packPieces(kept.pieces),
  });
  return sealEphemeral(keys, random, uploadRow, id, value);
}

/** Undefined for a row that does not open or parse: the upload begins anew. */
export function openUploadRow(keys: VaultKeys, id: Uint8Array, sealed: Uint8Array): UnfinishedState | undefined {
  const fields = openEphemeral(keys, uploadRow, id, sealed);
  try {
    return fields === undefined ? undefined : stateOf(fields);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function stateOf(fields: Fields): UnfinishedState {
  return {
    parent: nodeOf(fields),
    name: fields.text('name'),
    sizeBytes: fields.count('size'),
    meta: {
      mtimeMs: fields.has('mtime') ? fields.count('mtime') : undefined,
      type: fields.has('type') ? fields.text('type') : undefined,
    },
    declared: fields.list('sums').map((each) => {
      const [name, hex] = each as readonly CborValue[];
      return { name: String(name), hex: String(hex) };
    }),
    ifTaken: fields.flag('replaces') ? 'version' : 'number',
    begunMs: fields.count('begun'),
    kept: {
      staged: fields.has('staged') ? versionOf(fields) : undefined,
      stagedBytes: fields.count('stagedSize'),
      pieces: unpackPieces(fields.bytes('pieces')),
    },
  };
}

function nodeOf(fields: Fields): NodeId {
  const node = parseNodeId(fields.big('parent'));
  if (node === undefined) throw fields.wrong('parent');
  return node;
}

function versionOf(fields: Fields): VersionId {
  const version = parseVersionId(fields.big('staged'));
  if (version === undefined) throw fields.wrong('staged');
  return version;
}
