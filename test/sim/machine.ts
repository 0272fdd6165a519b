import type { Clock } from '#base/clock.ts';
import type { VaultId } from '#base/ids.ts';
import type { Disk } from '#store/disk.ts';
import { type DiskFault, type DiskOperation, MemoryDisk } from '#store/disk-memory.ts';
import type { Journal } from '#store/journal/journal.ts';
import { type CommitFault, JournalMemory } from '#store/journal/memory-journal.ts';
import { SeededDiskFaults } from '#store/seeded-faults.ts';
import { SimulatedFile } from '#store/simulated-file.ts';
import { Chance } from './chance.ts';
import { Damage } from './damage.ts';
import type { Figures } from './figures.ts';
import type { Profile } from './profile.ts';
import { Scheduler } from './scheduler.ts';

/** When the simulated world begins. */
const birthMs = Date.UTC(2031, 0, 1);

/** What outlives a process: the disk, the journal's storage, the clock; and the weather that all of it stands in. */
export class Machine {
  readonly scheduler: Scheduler;
  readonly memory: JournalMemory;
  readonly disk: MemoryDisk;
  readonly damage: Damage;
  readonly clock: Clock;
  readonly #figures: Figures;
  readonly #say: (line: string) => void;
  readonly #profile: Profile;
  readonly #commitChance: Chance;
  readonly #diskFaults: SeededDiskFaults;
  #nowMs = birthMs;
  /** While it is calm nothing strikes: for preparations and audits. */
  isCalm = true;
  /** A commit that took the machine down with it. */
  wasCutInCommit = false;
  /** The file system gave up: the next process finds what a power cut leaves. */
  mustReboot = false;
  /** Faults that struck in this boot: what an error may be due to. */
  readonly struckInBoot: Set<DiskFault | CommitFault> = new Set();
  #durableHeads: ReadonlyMap<VaultId, number> = new Map();
  #headsBeforeKept: ReadonlyMap<VaultId, number> | undefined;
  /** Where a disk said that it had synced, and had not: no promise covers what lies there. */
  readonly #unsynced: Set<string> = new Set();

  constructor(seed: number, profile: Profile, figures: Figures, say: (line: string) => void) {
    this.#profile = profile;
    this.#figures = figures;
    this.#say = say;
    this.scheduler = new Scheduler(new Chance(seed, 'order'), profile.inOrderPercent);
    this.#commitChance = new Chance(seed, 'commits');
    this.#diskFaults = new SeededDiskFaults(new Chance(seed, 'disk').pick(2 ** 31), {});
    this.memory = new JournalMemory({ decide: () => this.#commitFault() });
    this.disk = new MemoryDisk({
      faults: { decide: (operation, path) => this.#diskFault(operation, path), pick: this.#diskFaults.pick },
      allowLostSync: profile.allowLostSync,
      pause: (operation) => this.scheduler.pause(`disk ${operation}`),
      ...(profile.capacityBytes === undefined ? {} : { capacityBytes: profile.capacityBytes }),
    });
    this.damage = new Damage(this.memory, this.disk, new Chance(seed, 'damage'));
    this.clock = { nowMs: () => this.#nowMs };
  }

  /** Storage as a process that starts now finds it. Whatever an earlier one still had under way is over. */
  startStorage(): { readonly journal: Journal; readonly disk: Disk } {
    this.struckInBoot.clear();
    this.#headsBeforeKept = undefined;
    return { journal: this.memory.start((work) => this.scheduler.later('commit', work)), disk: this.disk.start() };
  }

  passTime(byMs: number): void {
    this.#nowMs += byMs;
  }

  headOf(vault: VaultId): number {
    return this.memory.vaults.get(vault)?.head.sequence ?? 0;
  }

  /** What the program may still show: entries whose fsync failed and which the disk kept all the same are in none of its views. */
  oldestShown(vault: VaultId): number {
    return this.#headsBeforeKept === undefined ? this.headOf(vault) : (this.#headsBeforeKept.get(vault) ?? 0);
  }

  /** Everything that was not durable is lost or torn. */
  cutPower(): void {
    this.mustReboot = false;
    const before = new Map(this.disk.files().map((path) => [path, this.#bytesOf(path)]));
    if (this.scheduler.waitsFor('commit')) this.#struck('power cut while a batch was under way');
    this.scheduler.drop();
    this.memory.crash();
    this.disk.crash();
    for (const [path, bytes] of before) {
      const after = this.#bytesOf(path);
      if (after === undefined) this.#struck('file lost at a power cut');
      else if (Buffer.compare(bytes ?? after, after) !== 0) this.#struck('file torn at a power cut');
    }
  }

  /** The process is gone; what it had handed to the system is still there. */
  kill(): void {
    this.scheduler.drop();
    this.memory.crash();
  }

  #bytesOf(path: string): Uint8Array | undefined {
    const file = this.disk.node(path);
    return file instanceof SimulatedFile ? file.bytes : undefined;
  }

  #struck(what: string): void {
    this.#figures.add(`fault ${what}`);
    this.#say(`  ! ${what}`);
  }

  #commitFault(): CommitFault | null {
    const fault = this.#strikingCommit();
    if (fault === null)
      this.#durableHeads = new Map([...this.memory.vaults.keys()].map((vault) => [vault, this.headOf(vault)]));
    return fault;
  }

  #strikingCommit(): CommitFault | null {
    if (this.isCalm) return null;
    for (const [fault, perMillion] of Object.entries(this.#profile.commitFaults) as [CommitFault, number][]) {
      if (!this.#commitChance.strikes(perMillion)) continue;
      this.#struck(`commit ${fault}`);
      this.struckInBoot.add(fault);
      if (fault === 'sync-kept') this.#headsBeforeKept ??= this.#durableHeads;
      if (fault === 'power-cut-kept' || fault === 'power-cut-lost') this.wasCutInCommit = true;
      return fault;
    }
    return null;
  }

  #diskFault(operation: DiskOperation, path: string): DiskFault | null {
    this.#diskFaults.rates = this.isCalm ? {} : this.#profile.diskFaults;
    const fault = this.#diskFaults.decide(operation);
    if (fault === null) return null;
    this.#struck(`disk ${operation} ${fault}`);
    this.struckInBoot.add(fault);
    if (fault === 'lost-sync') this.#unsynced.add(path);
    // A file system that could not write its directories goes read-only until the machine starts anew.
    if (fault === 'io' && operation === 'sync-folder') this.mustReboot = true;
    return fault;
  }

  /** Whether this path, or a folder above it, was synced by a disk that lied. */
  mayBeLost(path: string): boolean {
    const parts = path.split('/');
    return parts.some((_, index) => this.#unsynced.has(parts.slice(0, index).join('/'))) || this.#unsynced.has(path);
  }
}
