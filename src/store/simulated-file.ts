import { assert } from '#base/assert.ts';
import { noBytes } from '#base/bytes.ts';

/** Uniform in [0, bound); everything random in a simulation comes from its seed. */
export type Pick = (bound: number) => number;

/** What a disk writes whole or not at all. */
const sectorBytes = 512;

/** One file as the page cache shows it, and as the platter would after a power cut. */
export class SimulatedFile {
  #cache: Uint8Array = noBytes;
  /** The same array as the cache while nothing differs. */
  #stable: Uint8Array = noBytes;
  /** Sectors written since the last fsync. */
  readonly #dirty: Set<number> = new Set();
  /** Sectors that a failed fsync marked clean without writing them; no later fsync writes them. */
  readonly #lost: Set<number> = new Set();

  get bytes(): Uint8Array {
    return this.#cache;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.#cache = resized(this.#cache, Math.max(end, this.#cache.length));
    this.#cache.set(bytes, position);
    const lastSector = Math.floor((end - 1) / sectorBytes);
    for (let sector = Math.floor(position / sectorBytes); sector <= lastSector; sector++) {
      this.#dirty.add(sector);
      this.#lost.delete(sector);
    }
  }

  truncate(sizeBytes: number): void {
    this.#cache = resized(this.#cache, sizeBytes);
  }

  sync(): void {
    if (this.#lost.size === 0) {
      this.#stable = this.#cache;
    } else {
      this.#stable = resized(this.#stable, this.#cache.length);
      for (const sector of this.#dirty) this.#settle(sector);
    }
    this.#dirty.clear();
  }

  /** Like Linux: any part of the dirty sectors reached the platter, and all of them count as clean from now on. */
  failSync(pick: Pick): void {
    const unsettled = this.#settleSome(pick);
    this.#dirty.clear();
    for (const sector of unsettled) this.#lost.add(sector);
  }

  /** Any part of what was not synced is gone. */
  cutPower(pick: Pick): void {
    this.#settleSome(pick);
    this.#cache = this.#stable;
    this.#dirty.clear();
    this.#lost.clear();
  }

  /** Bit rot: on the platter, and seen by whoever reads next. */
  flip(bit: number): void {
    const at = Math.floor(bit / 8);
    assert(at < this.#cache.length, 'a bit beyond the end of the file');
    const shared = this.#cache === this.#stable;
    this.#cache = withFlipped(this.#cache, bit);
    if (shared) this.#stable = this.#cache;
    else if (at < this.#stable.length) this.#stable = withFlipped(this.#stable, bit);
  }

  /** Returns the dirty sectors that did not make it. */
  #settleSome(pick: Pick): readonly number[] {
    const sameLength = this.#stable.length === this.#cache.length;
    this.#stable = resized(this.#stable, sameLength || pick(2) === 0 ? this.#stable.length : this.#cache.length);
    const unsettled: number[] = [];
    for (const sector of [...this.#dirty].sort((a, b) => a - b)) {
      if (pick(2) === 0) unsettled.push(sector);
      else this.#settle(sector);
    }
    return unsettled;
  }

  #settle(sector: number): void {
    const start = sector * sectorBytes;
    if (start >= this.#stable.length) return;
    const end = Math.min(start + sectorBytes, this.#cache.length, this.#stable.length);
    if (start < end) this.#stable.set(this.#cache.subarray(start, end), start);
  }
}

/** A copy of its own: cache and stable may be one array. */
function resized(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, Math.min(length, bytes.length)));
  return out;
}

function withFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  const at = Math.floor(bit / 8);
  out[at] = (out[at] ?? 0) ^ (1 << (bit % 8));
  return out;
}
