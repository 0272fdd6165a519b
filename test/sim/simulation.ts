import { createHash } from 'node:crypto';
import { Fault, isFault } from '#base/fault.ts';
import { Secret } from '#base/secret.ts';
import { auditVault, type Watched } from './audit.ts';
import { Chance } from './chance.ts';
import { Contents, canaryOf } from './contents.ts';
import { Crowd } from './crowd.ts';
import { Events } from './events.ts';
import { Figures } from './figures.ts';
import { History } from './history.ts';
import { leaksAtRest } from './leaks.ts';
import { LockBook } from './lock-book.ts';
import { Machine } from './machine.ts';
import { Owner } from './owner.ts';
import { type Profile, profileOf } from './profile.ts';
import { Program, type Tampering } from './program.ts';
import { Requests } from './requests.ts';
import { settled, takeOverTurns } from './scheduler.ts';
import { broken, Violation } from './violation.ts';

export interface Outcome {
  readonly seed: number;
  readonly operations: number;
  readonly problem: string | undefined;
  /** SHA-256 of everything that happened, in order. */
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly figures: Figures;
}

const maxSteps = 200_000;
const ownerNames = ['anna', 'ben', 'cleo'];

/** One run: everything that happens in it follows from the seed. */
export class Simulation {
  readonly seed: number;
  readonly profile: Profile;
  readonly figures: Figures = new Figures();
  readonly machine: Machine;
  readonly contents: Contents;
  readonly owners: Owner[] = [];
  readonly watched: Map<string, Watched & { readonly locks: LockBook }> = new Map();
  readonly canaries: readonly string[];
  program: Program | undefined;
  step = 0;
  readonly #operations: number;
  readonly #tampering: Tampering;
  readonly #trace: string[] = [];
  readonly #chance: Chance;
  readonly #keys: Chance;
  readonly #crowd: Crowd;
  readonly #events: Events;

  constructor(seed: number, operations: number, tampering: Tampering = {}) {
    this.seed = seed;
    this.#operations = operations;
    this.#tampering = tampering;
    this.profile = profileOf(seed);
    this.#chance = new Chance(seed, 'steps');
    this.#keys = new Chance(seed, 'keys');
    this.contents = new Contents(seed);
    this.canaries = ownerNames.map((_, account) => canaryOf(seed, account));
    this.machine = new Machine(seed, this.profile, this.figures, (line) => this.say(line));
    this.#crowd = new Crowd(this, new Chance(seed, 'clients'));
    this.#events = new Events(this, this.#crowd, new Chance(seed, 'events'));
    takeOverTurns(this.machine.scheduler);
  }

  say(line: string): void {
    this.#trace.push(`${this.step} ${line}`);
  }

  async run(): Promise<Outcome> {
    let problem: string | undefined;
    const stray = (error: unknown): void => {
      problem ??= `a promise that nobody waits for failed: ${describeError(error)}`;
    };
    process.on('unhandledRejection', stray);
    try {
      await this.#prepare();
      await this.#work(() => problem !== undefined);
      if (problem === undefined) await this.#finish();
    } catch (error) {
      problem ??= describeError(error);
    } finally {
      process.off('unhandledRejection', stray);
    }
    if (problem !== undefined) this.say(`PROBLEM ${problem}`);
    const traceHash = createHash('sha256').update(this.#trace.join('\n')).digest('hex');
    return {
      seed: this.seed,
      operations: this.#crowd.sent,
      problem,
      traceHash,
      trace: this.#trace,
      figures: this.figures,
    };
  }

  async #prepare(): Promise<void> {
    const parts = this.#programParts();
    this.program = await this.drive(() => Program.start(parts));
    for (let number = 0; number < this.profile.accounts; number += 1) {
      const owner = new Owner(
        number,
        ownerNames[number] ?? 'nobody',
        this.machine,
        new Chance(this.seed, `owner ${number}`),
      );
      this.owners.push(owner);
      const { program } = this;
      await this.drive(async () => {
        await owner.signUp(program, this.profile.quotaBytes);
        for (let client = 0; client < this.profile.clientsPerAccount; client += 1) await owner.act(program, 'create');
      });
      for (const vault of owner.vaults.values()) {
        const locks = new LockBook();
        const history = new History(vault, this.contents);
        const requests = new Requests(history, locks, this.profile.quotaBytes !== undefined);
        this.watched.set(vault, { owner, vault, history, requests, locks, heads: new Map(), viewedAt: 0 });
      }
    }
    this.#crowd.welcome();
  }

  #programParts(): Parameters<typeof Program.start>[0] {
    const { machine, profile, contents } = this;
    const instanceKey = new Secret(new Chance(this.seed, 'instance key').bytes(32));
    return { machine, profile, instanceKey, chance: this.#keys, contents, tampering: this.#tampering };
  }

  async #work(isOver: () => boolean): Promise<void> {
    const { machine } = this;
    machine.isCalm = false;
    for (; this.step < maxSteps && !isOver(); this.step += 1) {
      await settled();
      this.#crowd.check();
      if (machine.wasCutInCommit || (this.program?.mustStop === true && this.#chance.percent(30)))
        await this.restart(machine.wasCutInCommit);
      await this.#events.maybe();
      machine.passTime(this.#chance.pick(20));
      const mayAsk = this.#crowd.sent < this.#operations && this.#crowd.underWay < this.profile.maxUnderWay;
      if (mayAsk && (machine.scheduler.waiting === 0 || this.#chance.percent(15))) this.#crowd.ask();
      else if (!machine.scheduler.openOne()) {
        if (this.#crowd.underWay > 0) broken(`${this.#crowd.underWay} requests wait for something that never comes`);
        if (!mayAsk) return;
      }
    }
    if (!isOver()) broken('the run does not come to its end');
  }

  /** The last restart, on a machine that stays calm; then everything is looked at. */
  async #finish(): Promise<void> {
    await this.restart(this.#chance.percent(50), true);
    leaksAtRest(this.machine, this.canaries);
    this.figures.add('runs');
    this.figures.add(
      'entries',
      [...this.watched.values()].reduce((sum, each) => sum + each.history.head.sequence, 0),
    );
    this.figures.add('gates opened', this.machine.scheduler.opened);
  }

  /** The process ends, by a power cut or alone, and another one recovers. */
  async restart(isPowerCut: boolean, isLast = false): Promise<void> {
    const { machine } = this;
    const byPowerCut = isPowerCut || machine.mustReboot;
    this.say(byPowerCut ? '! power cut' : '! process ends');
    this.figures.add(byPowerCut ? 'fault power cut' : 'fault process ended');
    if (byPowerCut) machine.cutPower();
    else machine.kill();
    machine.wasCutInCommit = false;
    this.program = undefined;
    this.#crowd.abandon();
    for (const owner of this.owners) owner.forgetTicket();
    machine.isCalm = true;
    await this.#recover(isLast);
    machine.isCalm = isLast;
  }

  async #recover(isLast: boolean): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const program = await this.drive(() => Program.start(this.#programParts()), !isLast && attempt < 2);
        await this.drive(() => this.#seeDamage(program));
        this.program = program;
        await this.drive(() => this.#audit(program, isLast));
        return;
      } catch (error) {
        if (error instanceof Interrupted) {
          this.say('! power cut while recovering');
          this.figures.add('fault power cut while recovering');
          this.machine.cutPower();
        } else if (isFault(error) && this.#repair()) {
          this.say(`reported: ${error.message}`);
          this.figures.add(`damage reported by a start: ${error.code}`);
          this.machine.kill();
        } else throw error;
      }
    }
  }

  /** What was hit is reported or does no harm; then it is brought back, as from a copy. */
  async #seeDamage(program: Program): Promise<void> {
    if (this.machine.damage.hits.length === 0) return;
    for (const { owner, vault } of this.watched.values()) {
      if (!this.machine.damage.isHit(vault)) continue;
      try {
        const secrets = owner.unlock(program).vaults.get(vault);
        const epochs = program.instance.view.vault(vault)?.epochs ?? [];
        if (secrets === undefined) continue;
        await program.hosting.open({
          vault,
          account: owner.unlock(program).account.id,
          secret: secrets.secret,
          epochs,
          quotaBytes: undefined,
        });
        this.figures.add('damage that does no harm');
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        this.say(`reported: ${error.message}`);
        this.figures.add(`damage reported by an opening: ${error.code}`);
      }
    }
    this.#repair();
  }

  #repair(): boolean {
    const repaired = this.machine.damage.repair(() => true);
    this.figures.add('damage brought back', repaired);
    return repaired > 0;
  }

  async #audit(program: Program, isLast: boolean): Promise<void> {
    for (const owner of this.owners) await owner.audit(program);
    const parts = { machine: this.machine, program, chance: this.#chance, figures: this.figures };
    for (const watched of this.watched.values()) await auditVault(parts, watched, isLast || this.#chance.percent(20));
  }

  /** Lets one piece of work go on alone, until it is done. */
  async drive<T>(work: () => Promise<T>, mayBeCut = false): Promise<T> {
    const end: { result?: { readonly value: T } | { readonly error: unknown } } = {};
    work().then(
      (value) => {
        end.result = { value };
      },
      (error: unknown) => {
        end.result = { error };
      },
    );
    const cutAfter = mayBeCut && this.#chance.percent(10) ? this.#chance.pick(60) : Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < maxSteps; turn += 1) {
      await settled();
      if (end.result !== undefined) {
        if ('error' in end.result) throw end.result.error;
        return end.result.value;
      }
      if (turn >= cutAfter) throw new Interrupted();
      if (!this.machine.scheduler.openOne()) broken('the program waits for something that never comes');
    }
    return broken('the program does not come to an end');
  }
}

class Interrupted extends Error {
  override name = 'Interrupted';
}

function describeError(error: unknown): string {
  if (error instanceof Violation) return error.message;
  if (error instanceof Error) return `${error.name}: ${error.message}\n${error.stack ?? ''}`;
  return String(error);
}
