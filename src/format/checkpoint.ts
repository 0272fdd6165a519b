import { concat, u32, u64 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { idBytes, type VaultId, vaultIdOf } from '../base/ids.ts';
import { BinaryReader } from './binary.ts';

/** docs/format.md §11. */
export const segmentSizeBytes: number = 4 * 1024 * 1024;
const checkpointVersion = 1;

export interface CheckpointHeader {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly fork: number;
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly foldVersion: number;
  readonly salt: Uint8Array;
  readonly imageSizeBytes: number;
}

export function encodeCheckpointHeader(header: CheckpointHeader): Uint8Array {
  return concat(
    new Uint8Array([checkpointVersion]),
    idBytes(header.vault),
    u32(header.epoch),
    u32(header.fork),
    u64(header.sequence),
    header.hash,
    u32(header.foldVersion),
    header.salt,
    u64(header.imageSizeBytes),
  );
}

/** @throws Fault `damaged`, `newer-format`. */
export function decodeCheckpoint(bytes: Uint8Array): {
  readonly header: CheckpointHeader;
  readonly aad: Uint8Array;
  readonly segments: readonly Uint8Array[];
} {
  const reader = new BinaryReader(bytes, 'checkpoint');
  const version = reader.u8();
  if (version !== checkpointVersion)
    throw new Fault('newer-format', `A checkpoint has the unknown version ${version}.`);
  const header: CheckpointHeader = {
    vault: vaultIdOf(reader.bytes(16)),
    epoch: reader.u32(),
    fork: reader.u32(),
    sequence: reader.u64(),
    hash: reader.bytes(32),
    foldVersion: reader.u32(),
    salt: reader.bytes(32),
    imageSizeBytes: reader.u64(),
  };
  const aad = bytes.subarray(0, reader.offset);
  const segments: Uint8Array[] = [];
  while (reader.remaining > 0) segments.push(reader.bytes(reader.u32()));
  // An empty image would have no segment, and so nothing that authenticates the header.
  if (segments.length === 0 || segments.length !== Math.ceil(header.imageSizeBytes / segmentSizeBytes))
    throw reader.damaged('its number of segments is wrong');
  return { header, aad, segments };
}
