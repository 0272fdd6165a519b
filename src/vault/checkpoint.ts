import { concat, release, u32 } from '../base/bytes.ts';
import type { Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import { aeadOpen, aeadSeal } from '../crypto/primitives.ts';
import { segmentKey } from '../crypto/seals.ts';
import {
  type CheckpointHeader,
  decodeCheckpoint,
  encodeCheckpointHeader,
  segmentSizeBytes,
} from '../format/checkpoint.ts';
import type { Disk } from '../store/disk.ts';
import type { Head } from '../store/journal/journal.ts';
import { compress, decompress } from './compression.ts';
import { FilesView } from './files/files-view.ts';
import { foldVersion } from './files/view-schema.ts';
import type { VaultKeys } from './vault-keys.ts';

const folder = 'checkpoints';

/** Seals an image of a view. Only saves time: losing it, or refusing it, loses nothing. */
export function sealCheckpoint(keys: VaultKeys, head: Head, image: Uint8Array, random: Randomness): Uint8Array {
  const header: CheckpointHeader = {
    vault: keys.vault,
    epoch: keys.current.epoch,
    fork: head.fork,
    sequence: head.sequence,
    hash: head.hash,
    foldVersion,
    salt: random.bytes(32),
    imageSizeBytes: image.length,
  };
  const aad = encodeCheckpointHeader(header);
  const parts = [aad];
  const count = Math.ceil(image.length / segmentSizeBytes);
  for (let index = 0; index < count; index += 1) {
    const frame = compress(image.subarray(index * segmentSizeBytes, (index + 1) * segmentSizeBytes));
    const sealed = aeadSeal(
      segmentKey(keys.current.checkpointKey, header.salt, index, index === count - 1),
      aad,
      frame,
    );
    parts.push(u32(sealed.length), sealed);
  }
  return concat(...parts);
}

/** @throws Fault `damaged` when any part does not authenticate, or it is another vault's. */
export function openCheckpoint(
  keys: VaultKeys,
  bytes: Uint8Array,
): { readonly header: CheckpointHeader; readonly image: Uint8Array } {
  const { header, aad, segments } = decodeCheckpoint(bytes);
  const key = keys.epoch(header.epoch).checkpointKey;
  const image = new Uint8Array(header.imageSizeBytes);
  segments.forEach((segment, index) => {
    const frame = aeadOpen(segmentKey(key, header.salt, index, index === segments.length - 1), aad, segment);
    if (frame === undefined || header.vault !== keys.vault)
      throw new Fault('damaged', 'A checkpoint is damaged; the journal is folded instead.');
    const at = index * segmentSizeBytes;
    const part = decompress(frame, Math.min(segmentSizeBytes, image.length - at));
    image.set(part, at);
    release(frame);
    release(part);
  });
  return { header, image };
}

/** Writes the checkpoint of a view at rest, then lets go of older ones. */
export async function writeCheckpoint(
  disk: Disk,
  keys: VaultKeys,
  head: Head,
  image: Uint8Array,
  random: Randomness,
): Promise<void> {
  await disk.makeFolder(folder);
  const name = checkpointName(keys, head.sequence);
  await disk.replace(`${folder}/${name}`, sealCheckpoint(keys, head, image, random));
  for (const old of await checkpointNames(disk, keys)) if (old !== name) await disk.remove(`${folder}/${old}`);
}

/** The newest checkpoint that opens and fits this program; undefined when there is none. */
export async function readCheckpoint(
  disk: Disk,
  keys: VaultKeys,
): Promise<{ readonly view: FilesView; readonly head: Head } | undefined> {
  for (const name of (await checkpointNames(disk, keys)).toReversed()) {
    const bytes = await disk.read(`${folder}/${name}`);
    if (bytes === null) continue;
    try {
      const { header, image } = openCheckpoint(keys, bytes);
      if (header.foldVersion !== foldVersion) continue;
      // The hash is a part of the file, and would keep all of it in memory.
      const head = { fork: header.fork, sequence: header.sequence, hash: header.hash.slice() };
      release(bytes);
      return { view: FilesView.fromImage(image), head };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
  return undefined;
}

function checkpointName(keys: VaultKeys, sequence: number): string {
  return `${keys.vault}-${String(sequence).padStart(10, '0')}`;
}

async function checkpointNames(disk: Disk, keys: VaultKeys): Promise<readonly string[]> {
  return (await disk.list(folder)).filter((name) => name.startsWith(`${keys.vault}-`) && !name.includes('.'));
}
