import { isFault } from '#base/fault.ts';
import { chunkPath } from './audit.ts';
import type { Chance } from './chance.ts';
import type { Crowd } from './crowd.ts';
import type { Event } from './profile.ts';
import type { Simulation } from './simulation.ts';

const minute = 60_000;

/** What happens to the machine between two steps. */
export class Events {
  readonly #sim: Simulation;
  readonly #crowd: Crowd;
  readonly #chance: Chance;
  readonly #rates: readonly (readonly [Event, number])[];

  constructor(sim: Simulation, crowd: Crowd, chance: Chance) {
    this.#sim = sim;
    this.#crowd = crowd;
    this.#chance = chance;
    this.#rates = Object.entries(sim.profile.events) as [Event, number][];
  }

  /** At most one at a time. */
  async maybe(): Promise<void> {
    for (const [event, perMillion] of this.#rates) {
      if (this.#chance.strikes(perMillion)) return await this.#happen(event);
    }
  }

  async #happen(event: Event): Promise<void> {
    switch (event) {
      case 'power cut':
      case 'process killed':
        return await this.#sim.restart(event === 'power cut');
      case 'clean restart':
        return await this.#cleanRestart();
      case 'clock jump':
        this.#note(event);
        return this.#sim.machine.passTime(this.#chance.between(-120, 240) * minute);
      case 'minute passes':
      case 'idle vaults closed':
        this.#sim.machine.passTime(event === 'minute passes' ? minute : 31 * minute);
        return this.#aside(event, (program) => program.hosting.tidy());
      case 'vault closed': {
        const vault = this.#chance.oneOf([...this.#sim.watched.values()]).vault;
        return this.#aside(event, (program) =>
          program.hosting.close(vault, program.instance.view.vault(vault)?.epochs.length ?? 0),
        );
      }
      case 'stale leases condemned':
        return this.#reap();
      default:
        return this.#strike(event);
    }
  }

  #note(line: string): void {
    this.#sim.figures.add(`fault ${line}`);
    this.#sim.say(`  ! ${line}`);
  }

  #strike(event: Event): void {
    const { damage } = this.#sim.machine;
    const what = this.#damage(event);
    if (what === undefined) return;
    this.#note(event);
    this.#sim.say(`    ${what}`);
    this.#sim.figures.add('hits', damage.hits.length > 0 ? 1 : 0);
  }

  #damage(event: Event): string | undefined {
    const { damage } = this.#sim.machine;
    switch (event) {
      case 'chunk file flipped':
        return damage.flipChunkFile();
      case 'chunk file vanished':
        return damage.vanishChunkFile();
      case 'chunk row flipped':
        return damage.flipChunkRow();
      case 'entry flipped':
        return damage.flipEntry();
      case 'head flipped':
        return damage.flipHead();
      case 'public header flipped':
        return damage.flipPublicHeader();
      case 'checkpoint flipped':
        return damage.flipCheckpoint();
      case 'lock row flipped': {
        const vault = damage.flipLockRow();
        if (vault !== undefined) this.#sim.watched.get(vault)?.locks.doubtAll(this.#sim.step);
        return vault;
      }
      default:
        return undefined;
    }
  }

  /** Work of the program that no client waits for. */
  #aside(event: Event, work: (program: NonNullable<Simulation['program']>) => Promise<void>): void {
    const { program } = this.#sim;
    if (program === undefined) return;
    this.#note(event);
    work(program).catch((error: unknown) => {
      if (program === this.#sim.program && !this.#sim.machine.wasCutInCommit && !isFault(error))
        this.#crowd.report(error);
    });
  }

  async #cleanRestart(): Promise<void> {
    const { program } = this.#sim;
    if (program === undefined || this.#crowd.underWay > 0 || program.mustStop) return;
    this.#note('clean restart');
    try {
      await this.#sim.drive(async () => {
        await program.hosting.closeAll();
        await program.journal.close();
      });
    } catch (error) {
      if (!isFault(error) && !this.#sim.machine.wasCutInCommit) throw error;
    }
    await this.#sim.restart(this.#sim.machine.wasCutInCommit);
  }

  /**
   * What the reaper may do without a signed drop: leases of an earlier run are condemned, and their bytes go. Who writes
   * the same content again must not find them.
   */
  #reap(): void {
    const { machine } = this.#sim;
    const run = Number(machine.memory.meta.get('run'));
    for (const [id, row] of machine.memory.chunks) {
      const { record } = row;
      if (record.state !== 'leased' || record.lease === run) continue;
      machine.memory.chunks.set(id, {
        ...row,
        record: { ...record, state: this.#chance.percent(50) ? 'condemned' : 'erased', lease: null },
      });
      const path = chunkPath(id);
      if (machine.disk.node(path) !== undefined) {
        const folder = path.slice(0, path.lastIndexOf('/'));
        machine.disk.change(folder, (names) => names.delete(path));
        machine.disk.syncNames(folder);
      }
      this.#sim.figures.add('leases condemned');
      this.#sim.say(`    lease ${id.slice(0, 8)} condemned`);
    }
  }
}
