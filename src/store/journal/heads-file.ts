import { closeSync, constants, fstatSync, fsync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '#base/assert.ts';
import { concat, equalBytes, u32, u64 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import { idBytes, type VaultId, vaultIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { BinaryReader } from '#format/binary.ts';
import { errnoOf } from '../files.ts';
import type { Head } from './journal.ts';

const fileName = 'heads';
const slotVersion = 1;
/** A power of two: a slot never straddles a sector, which a disk writes whole. */
const slotBytes = 128;
const summedBytes = 96;
const syncEveryMs = 1000;

/**
 * Where each vault stood when its last entry was acknowledged, outside the database (docs/format.md §9). It is written after
 * a commit and before the answer, so it is never ahead of the durable journal: a journal behind it has lost entries that were
 * acknowledged. Nothing here can fail a write: what it misses, it only knows less.
 */
export class HeadsFile {
  readonly #path: string;
  readonly #slots: Map<VaultId, number> = new Map();
  readonly #heads: Map<VaultId, Head> = new Map();
  /** Slots that say nothing: torn or damaged. */
  readonly #free: number[] = [];
  #count = 0;
  #file: number | undefined;
  #syncing: NodeJS.Timeout | undefined;

  private constructor(path: string, file: number | undefined) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws Fault `io` when it is there and cannot be read. */
  static open(folder: string): HeadsFile {
    const path = join(folder, fileName);
    try {
      const file = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
      const heads = new HeadsFile(path, file);
      heads.#read(file);
      return heads;
    } catch (cause) {
      const errno = errnoOf(cause);
      if (errno === undefined) throw cause;
      if (errno === 'ENOENT') return new HeadsFile(path, undefined);
      throw new Fault('io', `The file ${path} cannot be read (${errno}). Nothing was changed.`, { cause });
    }
  }

  /** As they were when the file was opened, and as they were noted since. */
  get heads(): ReadonlyMap<VaultId, Head> {
    return this.#heads;
  }

  #read(file: number): void {
    const bytes = new Uint8Array(fstatSync(file).size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    this.#count = Math.floor(filled / slotBytes);
    for (let slot = 0; slot < this.#count; slot += 1) {
      const found = decodeSlot(bytes.subarray(slot * slotBytes, (slot + 1) * slotBytes));
      const earlier = found === undefined ? undefined : this.#heads.get(found.vault);
      if (found === undefined || (earlier !== undefined && !isBeyond(found.head, earlier))) {
        this.#free.push(slot);
        continue;
      }
      this.#slots.set(found.vault, slot);
      this.#heads.set(found.vault, found.head);
    }
  }

  /**
   * Called for every head in the order of their commits, before they are acknowledged. A slot only moves on: while a tail is
   * brought back entry by entry, it goes on saying how much is missing.
   */
  note(vault: VaultId, head: Head): void {
    const earlier = this.#heads.get(vault);
    if (earlier !== undefined && !isBeyond(head, earlier)) return;
    this.#heads.set(vault, head);
    try {
      this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      const slot = this.#slots.get(vault) ?? this.#free.pop() ?? this.#count;
      this.#slots.set(vault, slot);
      this.#count = Math.max(this.#count, slot + 1);
      // A crash in here tears this slot at most, which then says nothing. A short write is one of those.
      writeSync(this.#file, encodeSlot(vault, head), 0, slotBytes, slot * slotBytes);
      this.#syncSoon(this.#file);
    } catch (error) {
      // A full or failing disk: the entry is durable in the journal, and the next one tries again.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Off the path of writes: what a power cut takes from here, the journal still has. */
  #syncSoon(file: number): void {
    this.#syncing ??= setTimeout(() => {
      this.#syncing = undefined;
      if (this.#file === file) fsync(file, () => undefined);
    }, syncEveryMs).unref();
  }

  close(): void {
    clearTimeout(this.#syncing);
    if (this.#file === undefined) return;
    try {
      fsyncSync(this.#file);
      closeSync(this.#file);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
    this.#file = undefined;
  }
}

export function isBeyond(a: Head, b: Head): boolean {
  return a.fork > b.fork || (a.fork === b.fork && a.sequence > b.sequence);
}

export function encodeSlot(vault: VaultId, head: Head): Uint8Array {
  const said = concat(new Uint8Array([slotVersion]), idBytes(vault), u32(head.fork), u64(head.sequence), head.hash);
  const summed = new Uint8Array(summedBytes);
  assert(said.length <= summedBytes, 'a head fits its slot');
  summed.set(said);
  return concat(summed, sha256(summed));
}

/** Undefined for what is torn, damaged or of a later version: it says nothing. */
export function decodeSlot(bytes: Uint8Array): { readonly vault: VaultId; readonly head: Head } | undefined {
  if (bytes[0] !== slotVersion || !equalBytes(sha256(bytes.subarray(0, summedBytes)), bytes.subarray(summedBytes)))
    return undefined;
  const reader = new BinaryReader(bytes.subarray(1), 'head');
  return {
    vault: vaultIdOf(reader.bytes(16)),
    head: { fork: reader.u32(), sequence: reader.u64(), hash: reader.bytes(32) },
  };
}
