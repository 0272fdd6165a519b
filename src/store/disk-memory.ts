import { assert } from '#base/assert.ts';
import { DurableDisk } from './durable-disk.ts';
import { type Files, type FolderEntry, folderOf, type OpenFile } from './files.ts';
import { type Pick, SimulatedFile } from './simulated-file.ts';

export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'sync-folder'
  | 'make-folder'
  | 'rename'
  | 'remove';

/**
 * - `io` on a sync is a failed fsync: the data counts as clean and need not be on the platter.
 * - `lost-sync` on a sync says OK and does nothing: a lying disk, so only where the run allows for it.
 * - `power-cut`: this call and every later one fails with PowerCut, until `crash()`.
 */
export type DiskFault = 'disk-full' | 'io' | 'short-write' | 'lost-sync' | 'power-cut';

/** Where a simulated disk asks at every call; seeded-faults.ts has one. */
export interface DiskFaultSource {
  decide(operation: DiskOperation, path: string): DiskFault | null;
  readonly pick: Pick;
}

const noDiskFaults: DiskFaultSource = { decide: () => null, pick: () => 0 };

export interface MemoryDiskOptions {
  readonly faults?: DiskFaultSource;
  readonly capacityBytes?: number;
  readonly allowLostSync?: boolean;
  /** Called before each operation, so that a simulation can let others run between any two. */
  readonly pause?: (operation: DiskOperation, path: string) => Promise<void>;
}

/** Not a Fault: nothing that runs on the machine can see it, because the machine is off. */
export class PowerCut extends Error {
  override name = 'PowerCut';

  constructor() {
    super('the power was cut');
  }
}

type Node = SimulatedFile | 'folder';
type Names = Map<string, Node>;

interface NameChange {
  readonly folder: string;
  readonly apply: (names: Names) => void;
}

/**
 * A deterministic disk with a page cache: what was not synced is lost or torn at `crash()`, names apart from contents.
 * The durable operations on top of it are the real ones (durable-disk.ts).
 */
export class MemoryDisk {
  readonly #options: MemoryDiskOptions;
  readonly #faults: DiskFaultSource;
  #names: Names = new Map();
  #stableNames: Names = new Map();
  #unsyncedChanges: NameChange[] = [];
  #boot = 0;
  #on = true;

  constructor(options: MemoryDiskOptions = {}) {
    this.#options = options;
    this.#faults = options.faults ?? noDiskFaults;
  }

  /** The disk as a program that starts now sees it; after `crash()` it only throws PowerCut. */
  start(): DurableDisk {
    return new DurableDisk(new MemoryFiles(this, this.#boot));
  }

  /** The power is cut and comes back. */
  crash(): void {
    const pick = this.#faults.pick;
    for (const change of this.#unsyncedChanges) if (pick(2) === 1) change.apply(this.#stableNames);
    this.#unsyncedChanges = [];
    for (const [path] of this.#stableNames) if (!this.#reachable(path)) this.#stableNames.delete(path);
    this.#names = new Map(this.#stableNames);
    for (const node of new Set(this.#names.values())) if (node !== 'folder') node.cutPower(pick);
    this.#boot += 1;
    this.#on = true;
  }

  /** Bit rot at rest. */
  flip(path: string, bit: number): void {
    const node = this.#names.get(path);
    assert(node instanceof SimulatedFile, `no file to flip a bit of: ${path}`);
    node.flip(bit);
  }

  /** Paths of all files, sorted. */
  files(): readonly string[] {
    return [...this.#names].flatMap(([path, node]) => (node === 'folder' ? [] : [path])).sort();
  }

  /** For MemoryFiles. @throws PowerCut, or an error with the errno name of the fault. */
  async enter(boot: number, operation: DiskOperation, path: string): Promise<DiskFault | null> {
    await this.#options.pause?.(operation, path);
    if (boot !== this.#boot || !this.#on) throw new PowerCut();
    const fault = this.#faults.decide(operation, path);
    if (fault === 'power-cut') {
      this.#on = false;
      throw new PowerCut();
    }
    assert(fault !== 'lost-sync' || this.#options.allowLostSync === true, 'lost syncs are not allowed in this run');
    return fault;
  }

  node(path: string): Node | undefined {
    return path === '' ? 'folder' : this.#names.get(path);
  }

  children(folder: string): readonly FolderEntry[] {
    const entries: FolderEntry[] = [];
    for (const [path, node] of this.#names) {
      if (folderOf(path) !== folder) continue;
      const name = folder === '' ? path : path.slice(folder.length + 1);
      entries.push({ name, kind: node === 'folder' ? 'folder' : 'file' });
    }
    return entries;
  }

  change(folder: string, apply: (names: Names) => void): void {
    apply(this.#names);
    this.#unsyncedChanges.push({ folder, apply });
  }

  syncNames(folder: string): void {
    for (const change of this.#unsyncedChanges) if (change.folder === folder) change.apply(this.#stableNames);
    this.#unsyncedChanges = this.#unsyncedChanges.filter((change) => change.folder !== folder);
  }

  /** Any part of the changes of names made it, and no later fsync brings the others. */
  failSyncNames(folder: string): void {
    for (const change of this.#unsyncedChanges) {
      if (change.folder === folder && this.pick(2) === 1) change.apply(this.#stableNames);
    }
    this.#unsyncedChanges = this.#unsyncedChanges.filter((change) => change.folder !== folder);
  }

  pick(bound: number): number {
    return this.#faults.pick(bound);
  }

  freeBytes(): number {
    let used = 0;
    for (const node of new Set(this.#names.values())) if (node !== 'folder') used += node.bytes.length;
    return Math.max(0, (this.#options.capacityBytes ?? Number.MAX_SAFE_INTEGER) - used);
  }

  #reachable(path: string): boolean {
    const folder = folderOf(path);
    return folder === '' || (this.#stableNames.get(folder) === 'folder' && this.#reachable(folder));
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code} (simulated)`), { code });
}

/** Throws for the faults that simply make a call fail. */
function refuse(fault: DiskFault | null): void {
  if (fault === 'disk-full') throw errno('ENOSPC');
  if (fault === 'io') throw errno('EIO');
}

/** The system calls as one boot of the machine sees them. */
class MemoryFiles implements Files {
  readonly #disk: MemoryDisk;
  readonly #boot: number;

  constructor(disk: MemoryDisk, boot: number) {
    this.#disk = disk;
    this.#boot = boot;
  }

  async open(path: string): Promise<OpenFile> {
    refuse(await this.#disk.enter(this.#boot, 'open', path));
    if (this.#disk.node(folderOf(path)) !== 'folder') throw errno('ENOENT');
    const node = this.#disk.node(path);
    if (node === 'folder') throw errno('EISDIR');
    if (node !== undefined) return new MemoryOpenFile(this.#disk, this.#boot, path, node);
    const file = new SimulatedFile();
    this.#disk.change(folderOf(path), (names) => names.set(path, file));
    return new MemoryOpenFile(this.#disk, this.#boot, path, file);
  }

  async read(path: string): Promise<Uint8Array> {
    refuse(await this.#disk.enter(this.#boot, 'read', path));
    return this.#file(path).bytes.slice();
  }

  async sizeBytes(path: string): Promise<number> {
    refuse(await this.#disk.enter(this.#boot, 'read', path));
    return this.#file(path).bytes.length;
  }

  async list(path: string): Promise<readonly FolderEntry[]> {
    refuse(await this.#disk.enter(this.#boot, 'read', path));
    const node = this.#disk.node(path);
    if (node === undefined) throw errno('ENOENT');
    if (node !== 'folder') throw errno('ENOTDIR');
    return this.#disk.children(path);
  }

  async makeFolder(path: string): Promise<void> {
    refuse(await this.#disk.enter(this.#boot, 'make-folder', path));
    if (this.#disk.node(folderOf(path)) !== 'folder') throw errno('ENOENT');
    if (this.#disk.node(path) !== undefined) throw errno('EEXIST');
    this.#disk.change(folderOf(path), (names) => names.set(path, 'folder'));
  }

  async rename(from: string, to: string): Promise<void> {
    refuse(await this.#disk.enter(this.#boot, 'rename', from));
    const file = this.#file(from);
    assert(folderOf(from) === folderOf(to), 'files are renamed inside their folder');
    this.#disk.change(folderOf(to), (names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  async remove(path: string): Promise<void> {
    refuse(await this.#disk.enter(this.#boot, 'remove', path));
    this.#file(path);
    this.#disk.change(folderOf(path), (names) => names.delete(path));
  }

  async syncFolder(path: string): Promise<void> {
    const fault = await this.#disk.enter(this.#boot, 'sync-folder', path);
    if (this.#disk.node(path) !== 'folder') throw errno('ENOENT');
    if (fault === 'lost-sync') return;
    if (fault !== null) this.#disk.failSyncNames(path);
    refuse(fault);
    this.#disk.syncNames(path);
  }

  async freeBytes(): Promise<number> {
    refuse(await this.#disk.enter(this.#boot, 'read', ''));
    return this.#disk.freeBytes();
  }

  #file(path: string): SimulatedFile {
    const node = this.#disk.node(path);
    if (node === undefined) throw errno('ENOENT');
    if (node === 'folder') throw errno('EISDIR');
    return node;
  }
}

class MemoryOpenFile implements OpenFile {
  readonly #disk: MemoryDisk;
  readonly #boot: number;
  readonly #path: string;
  readonly #file: SimulatedFile;

  constructor(disk: MemoryDisk, boot: number, path: string, file: SimulatedFile) {
    this.#disk = disk;
    this.#boot = boot;
    this.#path = path;
    this.#file = file;
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    const fault = await this.#disk.enter(this.#boot, 'write', this.#path);
    const growth = Math.max(0, position + bytes.length - this.#file.bytes.length);
    const fitting = bytes.length - Math.max(0, growth - this.#disk.freeBytes());
    const wanted = fault === null ? fitting : Math.min(fitting, this.#disk.pick(bytes.length + 1));
    const count = fault === 'short-write' ? Math.max(wanted, Math.min(1, fitting)) : wanted;
    // A write that fails may have written a part all the same.
    this.#file.write(bytes.subarray(0, Math.max(0, count)), position);
    refuse(fault);
    if (count <= 0 && bytes.length > 0) throw errno('ENOSPC');
    return count;
  }

  async sizeBytes(): Promise<number> {
    return this.#file.bytes.length;
  }

  async truncate(sizeBytes: number): Promise<void> {
    refuse(await this.#disk.enter(this.#boot, 'truncate', this.#path));
    this.#file.truncate(sizeBytes);
  }

  async sync(): Promise<void> {
    const fault = await this.#disk.enter(this.#boot, 'sync', this.#path);
    if (fault === 'lost-sync') return;
    if (fault !== null) this.#file.failSync((bound) => this.#disk.pick(bound));
    refuse(fault);
    this.#file.sync();
  }

  async close(): Promise<void> {}
}
