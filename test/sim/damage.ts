import { createHash } from 'node:crypto';
import { present } from '#base/assert.ts';
import { type ChunkId, parseChunkId, type VaultId } from '#base/ids.ts';
import type { MemoryDisk } from '#store/disk-memory.ts';
import type { JournalMemory } from '#store/journal/memory-journal.ts';
import { SimulatedFile } from '#store/simulated-file.ts';
import type { Chance } from './chance.ts';

/** Damage at rest: what was hit, and how a copy would bring it back. */
export interface Hit {
  readonly what: string;
  /** Whose entries, head or header it is; undefined for chunks. */
  readonly vault: VaultId | undefined;
  readonly chunk: ChunkId | undefined;
  /** False when what was written since has healed it. */
  readonly isThere: () => boolean;
  readonly bringBack: () => void;
}

/** Strikes where data is at rest, and remembers what was there. */
export class Damage {
  readonly #memory: JournalMemory;
  readonly #disk: MemoryDisk;
  readonly #chance: Chance;
  #hits: Hit[] = [];
  /** Everything that was ever hit: an answer that was under way meanwhile may still tell of it. */
  readonly everHit: Set<ChunkId | VaultId> = new Set();

  constructor(memory: JournalMemory, disk: MemoryDisk, chance: Chance) {
    this.#memory = memory;
    this.#disk = disk;
    this.#chance = chance;
  }

  get hits(): readonly Hit[] {
    this.#hits = this.#hits.filter((hit) => hit.isThere());
    return this.#hits;
  }

  isHit(id: ChunkId | VaultId): boolean {
    return this.hits.some((hit) => hit.chunk === id || hit.vault === id);
  }

  /** As a repair from a copy would. */
  repair(which: (hit: Hit) => boolean): number {
    const repaired = this.hits.filter(which);
    for (const hit of repaired.toReversed()) hit.bringBack();
    this.#hits = this.#hits.filter((hit) => !repaired.includes(hit));
    return repaired.length;
  }

  #remember(hit: Hit): string {
    this.#hits.push(hit);
    const id = hit.chunk ?? hit.vault;
    if (id !== undefined) this.everHit.add(id);
    return hit.what;
  }

  #liveFile(): { readonly path: string; readonly id: ChunkId; readonly file: SimulatedFile } | undefined {
    const live = this.#disk.files().flatMap((path) => {
      const id = path.startsWith('chunks/') ? parseChunkId(path.slice('chunks/ab/'.length)) : undefined;
      const file = this.#disk.node(path);
      const isLive = id !== undefined && this.#memory.chunks.get(id)?.record.state === 'live';
      return isLive && file instanceof SimulatedFile && hashOf(file.bytes) === id ? [{ path, id, file }] : [];
    });
    return live.length === 0 ? undefined : this.#chance.oneOf(live);
  }

  flipChunkFile(): string | undefined {
    const found = this.#liveFile();
    if (found === undefined) return undefined;
    const { path, id, file } = found;
    const good = Uint8Array.from(file.bytes);
    this.#disk.flip(path, this.#chance.pick(good.length * 8));
    const isThere = (): boolean => this.#disk.node(path) === file && hashOf(file.bytes) !== id;
    return this.#remember({
      what: `chunk file ${id.slice(0, 8)}`,
      vault: undefined,
      chunk: id,
      isThere,
      bringBack: () => rewrite(file, good),
    });
  }

  vanishChunkFile(): string | undefined {
    const found = this.#liveFile();
    if (found === undefined) return undefined;
    const { path, id, file } = found;
    const folder = path.slice(0, path.lastIndexOf('/'));
    const rename = (apply: (names: Map<string, SimulatedFile | 'folder'>) => void): void => {
      this.#disk.change(folder, apply);
      this.#disk.syncNames(folder);
    };
    rename((names) => names.delete(path));
    const bringBack = (): void => {
      file.sync();
      rename((names) => names.set(path, file));
    };
    // An upload of the same content may have begun to write it again, and met a full disk.
    const isThere = (): boolean => {
      const node = this.#disk.node(path);
      return !(node instanceof SimulatedFile) || hashOf(node.bytes) !== id;
    };
    return this.#remember({
      what: `chunk file ${id.slice(0, 8)} gone`,
      vault: undefined,
      chunk: id,
      isThere,
      bringBack,
    });
  }

  flipChunkRow(): string | undefined {
    const rows = [...this.#memory.chunks].filter(([id, row]) => row.bytes !== null && hashOf(row.bytes) === id);
    if (rows.length === 0) return undefined;
    const [id, good] = this.#chance.oneOf(rows);
    this.#memory.chunks.set(id, { ...good, bytes: this.#flipped(present(good.bytes, 'bytes')) });
    const isThere = (): boolean => {
      const bytes = this.#memory.chunks.get(id)?.bytes;
      return bytes !== undefined && bytes !== null && hashOf(bytes) !== id;
    };
    const bringBack = (): void => {
      const now = present(this.#memory.chunks.get(id), 'chunk row');
      this.#memory.chunks.set(id, { ...now, bytes: good.bytes });
    };
    return this.#remember({ what: `chunk row ${id.slice(0, 8)}`, vault: undefined, chunk: id, isThere, bringBack });
  }

  flipEntry(): string | undefined {
    const vault = this.#anyVault();
    if (vault === undefined) return undefined;
    const { entries } = present(this.#memory.vaults.get(vault), 'vault');
    if (entries.length === 0) return undefined;
    const index = this.#chance.pick(entries.length);
    const good = present(entries[index], 'entry');
    const part = this.#chance.oneOf(['header', 'bodyHash', 'body'] as const);
    entries[index] = { ...good, [part]: this.#flipped(present(good[part], 'bytes')) };
    const isThere = (): boolean => entries[index] !== good;
    const bringBack = (): void => {
      entries[index] = good;
    };
    return this.#remember({
      what: `${part} of entry ${index + 1} of ${vault.slice(0, 6)}`,
      vault,
      chunk: undefined,
      isThere,
      bringBack,
    });
  }

  flipHead(): string | undefined {
    const vault = this.#anyVault();
    const stored = vault === undefined ? undefined : this.#memory.vaults.get(vault);
    if (vault === undefined || stored === undefined) return undefined;
    const good = stored.head;
    stored.head = { ...good, hash: this.#flipped(good.hash) };
    const isThere = (): boolean => stored.head.sequence === good.sequence && stored.head !== good;
    const bringBack = (): void => {
      stored.head = good;
    };
    return this.#remember({ what: `head of ${vault.slice(0, 6)}`, vault, chunk: undefined, isThere, bringBack });
  }

  flipPublicHeader(): string | undefined {
    const vault = this.#anyVault();
    const headers = vault === undefined ? undefined : this.#memory.vaults.get(vault)?.publicHeaders;
    if (vault === undefined || headers === undefined || headers.size === 0) return undefined;
    const [number, good] = this.#chance.oneOf([...headers]);
    headers.set(number, this.#flipped(good));
    const isThere = (): boolean => headers.get(number) !== good;
    const bringBack = (): void => {
      headers.set(number, good);
    };
    return this.#remember({
      what: `public header ${number} of ${vault.slice(0, 6)}`,
      vault,
      chunk: undefined,
      isThere,
      bringBack,
    });
  }

  /** A lock row that does not open means nothing: not brought back, and no fault is due. Returns the vault. */
  flipLockRow(): VaultId | undefined {
    const rows = [...this.#memory.ephemeral];
    if (rows.length === 0) return undefined;
    const [key, row] = this.#chance.oneOf(rows);
    this.#memory.ephemeral.set(key, { ...row, sealed: this.#flipped(row.sealed) });
    return row.vault;
  }

  /** Only saves time: whatever happens to it, nothing may be noticed. */
  flipCheckpoint(): string | undefined {
    const paths = this.#disk.files().filter((path) => path.startsWith('checkpoints/'));
    const path = paths.length === 0 ? undefined : this.#chance.oneOf(paths);
    const file = path === undefined ? undefined : this.#disk.node(path);
    if (path === undefined || !(file instanceof SimulatedFile) || file.bytes.length === 0) return undefined;
    this.#disk.flip(path, this.#chance.pick(file.bytes.length * 8));
    return path;
  }

  #anyVault(): VaultId | undefined {
    const vaults = [...this.#memory.vaults.keys()];
    return vaults.length === 0 ? undefined : this.#chance.oneOf(vaults);
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    // A copy, whatever kind of array it is: `slice` of a Buffer is not one.
    const out = Uint8Array.from(bytes);
    const bit = this.#chance.pick(out.length * 8);
    out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return out;
  }
}

function rewrite(file: SimulatedFile, bytes: Uint8Array): void {
  file.truncate(bytes.length);
  file.write(bytes, 0);
  file.sync();
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
