import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { parseChunkId } from '#base/ids.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import { chunkPath } from './audit.ts';
import type { Chance } from './chance.ts';
import { Chance as OwnChance } from './chance.ts';
import { Client } from './client.ts';
import { type Command, describe } from './commands.ts';
import { foreignIn } from './leaks.ts';
import type { AppPassword, Owner, OwnerAct } from './owner.ts';
import type { Answer, Program } from './program.ts';
import { brief, type Sent } from './requests.ts';
import type { Simulation } from './simulation.ts';
import { broken, holds } from './violation.ts';

interface Member {
  readonly client: Client;
  readonly owner: Owner;
  readonly appPassword: AppPassword;
}

/** All clients and owners, and what they have under way. */
export class Crowd {
  readonly #sim: Simulation;
  readonly #chance: Chance;
  readonly #members: Member[] = [];
  readonly #underWay = new Set<Sent | string>();
  readonly #again: Sent[] = [];
  readonly #origins = new Map<Sent, { readonly member: Member; readonly kind: VaultKind; readonly vault: VaultId }>();
  #sent = 0;
  #latestMs = 0;
  #problem: unknown;

  constructor(sim: Simulation, chance: Chance) {
    this.#sim = sim;
    this.#chance = chance;
  }

  get sent(): number {
    return this.#sent;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  report(problem: unknown): void {
    this.#problem ??= problem;
  }

  /** What an answer revealed is thrown here, in the main loop. */
  check(): void {
    this.#latestMs = Math.max(this.#latestMs, this.#sim.machine.clock.nowMs());
    if (this.#problem instanceof Error) throw this.#problem;
    if (this.#problem !== undefined) throw new Error(String(this.#problem));
  }

  /** A device for each new app password. */
  welcome(): void {
    for (const owner of this.#sim.owners) {
      for (const appPassword of owner.appPasswords) {
        if (this.#members.some((member) => member.appPassword === appPassword)) continue;
        const vaults = new Map(
          appPassword.kinds.map((kind): [VaultKind, VaultId] => [kind, present(owner.vaults.get(kind), 'vault')]),
        );
        const canary = present(this.#sim.canaries[owner.number], 'canary');
        const { text, credential } = appPassword;
        const parts = { account: owner.number, name: owner.name, appPassword: text, credential, vaults, canary };
        const chance = new OwnChance(this.#sim.seed, `client ${credential}`);
        this.#members.push({ client: new Client(parts, this.#sim.profile, chance), owner, appPassword });
      }
    }
  }

  /** Whatever was under way will never be answered; some clients ask again when the server is back. */
  abandon(): void {
    for (const sent of this.#underWay) {
      if (typeof sent === 'string') continue;
      if (this.#chance.percent(50)) this.#again.push(sent);
      if (sent.command.do === 'lock') this.#book(sent).locks.noteUnknown();
    }
    this.#sim.figures.add('requests cut off', this.#underWay.size);
    this.#underWay.clear();
  }

  #origin(sent: Sent): { readonly member: Member; readonly kind: VaultKind; readonly vault: VaultId } {
    return present(this.#origins.get(sent), 'origin of a request');
  }

  #book(sent: Sent): NonNullable<ReturnType<Simulation['watched']['get']>> {
    return present(this.#sim.watched.get(this.#origin(sent).vault), 'watched vault');
  }

  ask(): void {
    const program = present(this.#sim.program, 'program');
    if (this.#chance.percent(this.#sim.profile.ownersPercent)) {
      this.#actAsOwner(program);
      return;
    }
    const again = this.#again.shift();
    if (again !== undefined) {
      const { member, kind } = this.#origin(again);
      this.#sim.figures.add('requests cut off and asked again');
      this.#send(member, kind, again.command, program);
      return;
    }
    const usable = this.#members.filter((member) => member.appPassword.state !== 'revoked' || this.#chance.percent(3));
    if (usable.length === 0) {
      this.#actAsOwner(program, 'create');
      return;
    }
    const member = this.#chance.oneOf(usable);
    const kind = member.client.anyKind();
    const command = member.client.next(kind, this.#sim.machine.clock.nowMs());
    this.#send(member, kind, command, program);
    // The network delivers it twice.
    if (this.#chance.percent(this.#sim.profile.repeatPercent / 3)) this.#send(member, kind, command, program);
  }

  #send(member: Member, kind: VaultKind, command: Command, program: Program): void {
    const { machine, step, figures } = this.#sim;
    const { parts } = member.client;
    const vault = present(parts.vaults.get(kind), 'vault');
    this.#sent += 1;
    const sent: Sent = {
      number: this.#sent,
      command,
      by: parts.credential,
      sentAt: machine.oldestShown(vault),
      sentStep: step,
      sentMs: machine.clock.nowMs(),
      doneAt: undefined,
      doneStep: undefined,
      latestMs: Number.POSITIVE_INFINITY,
      reply: undefined,
      entry: undefined,
    };
    const book = present(this.#sim.watched.get(vault), 'watched vault');
    this.#origins.set(sent, { member, kind, vault });
    if (endsLocks.has(command.do))
      book.locks.doubt(command.do === 'unlock' ? [command.token] : (command.conditions.tokens ?? []), step);
    book.requests.add(sent);
    this.#underWay.add(sent);
    figures.add(`sent ${command.do}`);
    this.#sim.say(`#${sent.number} ${parts.name} ${kind} ${parts.credential.slice(0, 4)} ${describe(command)}`);
    const address = `device ${parts.credential}`;
    const wasRevoked = member.appPassword.state === 'revoked';
    program.serve({ name: parts.name, appPassword: parts.appPassword, address, kind, command }).then(
      (answer) => this.#answered(member, kind, sent, answer, program, wasRevoked),
      (error: unknown) => this.#failed(sent, error, program),
    );
  }

  #failed(sent: Sent, error: unknown, program: Program): void {
    if (program !== this.#sim.program || this.#sim.machine.wasCutInCommit) return;
    this.#problem ??=
      error instanceof Error
        ? new Error(`#${sent.number} ${describe(sent.command)} failed with ${error.name}: ${error.message}`, {
            cause: error,
          })
        : error;
    if (error instanceof Error && this.#problem instanceof Error) this.#problem.stack = error.stack ?? '';
  }

  #answered(member: Member, kind: VaultKind, sent: Sent, answer: Answer, program: Program, wasRevoked: boolean): void {
    // The machine is off, or the process gone: nobody hears it.
    if (program !== this.#sim.program || this.#sim.machine.wasCutInCommit) return;
    try {
      this.#underWay.delete(sent);
      this.#judge(member, sent, answer, wasRevoked);
      // The answer is lost on its way, and the client asks again.
      if (this.#chance.percent(this.#sim.profile.repeatPercent)) {
        this.#sim.figures.add('answers lost and asked again');
        this.#send(member, kind, sent.command, program);
      } else if (answer.kind === 'reply')
        member.client.knowledge(kind).learn(sent.command, answer.reply, sent.doneAt ?? 0);
    } catch (error) {
      this.#problem ??= error;
    }
  }

  #judge(member: Member, sent: Sent, answer: Answer, wasRevoked: boolean): void {
    const { figures, machine, step } = this.#sim;
    const name = sent.command.do;
    const book = this.#book(sent);
    const line =
      answer.kind === 'reply'
        ? brief(answer.reply)
        : answer.kind === 'fault'
          ? `fault ${answer.fault.code}: ${answer.fault.message}`
          : answer.kind;
    this.#sim.say(`#${sent.number} -> ${line}`);
    if (answer.kind !== 'reply') {
      figures.add(`ended ${name} ${answer.kind === 'fault' ? answer.fault.code : answer.kind}`);
      if (answer.kind === 'fault') this.#excuse(member, sent, answer.fault);
      else holds(member.appPassword.state !== 'valid', () => `a valid app password was answered with ${answer.kind}`);
      // Nothing was promised: it may have happened, now or in the journal that the next start finds.
      if (name === 'lock') book.locks.noteUnknown();
      return;
    }
    holds(!wasRevoked, () => 'a revoked app password was let in');
    sent.doneAt = machine.headOf(book.vault);
    sent.doneStep = step;
    sent.latestMs = this.#latestMs;
    sent.reply = answer.reply;
    const { value } = answer.reply;
    const isRefused = typeof value === 'object' && 'kind' in value && value.kind === 'refused';
    figures.add(`ended ${name} ${isRefused && 'why' in value ? value.why : 'ok'}`);
    const foreign = foreignIn(
      value,
      this.#sim.canaries.filter((_, account) => account !== member.owner.number),
    );
    holds(foreign === undefined, () => `an answer to ${member.owner.name} holds the mark ${foreign} of somebody else`);
    this.#noteLock(sent, answer.reply, book);
    const head = machine.memory.vaults.get(book.vault)?.head;
    if (head !== undefined && head.sequence > 0 && !machine.damage.isHit(book.vault))
      book.heads.set(head.sequence, toHex(head.hash));
  }

  #noteLock(
    sent: Sent,
    reply: NonNullable<Sent['reply']>,
    book: NonNullable<ReturnType<Simulation['watched']['get']>>,
  ): void {
    if (reply.of === 'lock' && reply.value.kind === 'locked') book.locks.told(reply.value.lock, this.#sim.step);
    if (reply.of === 'unlock' && reply.value === 'unlocked' && sent.command.do === 'unlock')
      book.locks.gone(sent.command.token, this.#sim.step);
  }

  /** A fault is an honest answer only when something struck that explains it. */
  #excuse(member: Member, sent: Sent, fault: Fault): void {
    const { machine, profile } = this.#sim;
    const struck = machine.struckInBoot;
    const excused = (): boolean => {
      switch (fault.code) {
        case 'disk-full':
          return struck.has('disk-full') || profile.capacityBytes !== undefined;
        case 'io':
          return struck.has('io');
        case 'sync-failed':
          return struck.has('io') || struck.has('sync-lost') || struck.has('sync-kept');
        case 'damaged':
        case 'missing':
        case 'newer-format':
          return this.#wasHit(sent, fault);
        case 'unavailable':
          return this.#mayBeUnavailable(member.owner, fault);
        default:
          return false;
      }
    };
    if (!excused())
      broken(
        `#${sent.number} ${describe(sent.command)} of ${member.owner.name} was answered with ${fault.code}, and nothing had struck: ${fault.message}`,
      );
  }

  /** Asked to come again: only for the reasons that there were in this run. */
  #mayBeUnavailable(owner: Owner, fault: Fault): boolean {
    if (/piece was given up/.test(fault.message)) return this.#sim.figures.get('leases condemned') > 0;
    if (/keys of this (vault|account) were changed/.test(fault.message)) return owner.changes > 0;
    const closes = owner.changes > 0 || this.#sim.profile.memoryBudgetBytes < Number.MAX_SAFE_INTEGER;
    const wasClosed = ['minute passes', 'idle vaults closed', 'vault closed'].some(
      (event) => this.#sim.figures.get(`fault ${event}`) > 0,
    );
    return /vault was closed meanwhile/.test(fault.message) && (closes || wasClosed);
  }

  #wasHit(sent: Sent, fault: Fault): boolean {
    const { damage } = this.#sim.machine;
    const text = /\b[0-9a-f]{64}\b/.exec(fault.message)?.[0];
    const chunk: ChunkId | undefined = text === undefined ? undefined : parseChunkId(text);
    // A disk that gave nothing twice in a row has it damaged, as far as who asks can tell.
    const isUnreadable = fault.code === 'damaged' && this.#sim.machine.struckInBoot.has('io');
    if (chunk !== undefined)
      return damage.everHit.has(chunk) || this.#sim.machine.mayBeLost(chunkPath(chunk)) || isUnreadable;
    return damage.everHit.has(this.#origin(sent).vault);
  }

  #actAsOwner(program: Program, wanted?: OwnerAct): void {
    const owner = this.#chance.oneOf(this.#sim.owners);
    const act =
      wanted ??
      this.#chance.weighted<OwnerAct>([
        [4, 'create'],
        [4, 'revoke'],
        [1, 'passwd'],
        [1, 'recover'],
        [1, 'list'],
        [1, 'wrong-guess'],
      ]);
    this.#sent += 1;
    const key = `${this.#sent} ${owner.name} ${act}`;
    this.#underWay.add(key);
    this.#sim.figures.add(`sent owner ${act}`);
    this.#sim.say(`#${key}`);
    owner.act(program, act).then(
      (line) => {
        if (program !== this.#sim.program || this.#sim.machine.wasCutInCommit) return;
        this.#underWay.delete(key);
        this.#sim.figures.add(`ended owner ${act} ${line.replace(/[0-9a-f]{6}|\d+/g, '…')}`);
        this.#sim.say(`#${this.#sent} -> ${line}`);
        this.welcome();
      },
      (error: unknown) => {
        if (program !== this.#sim.program || this.#sim.machine.wasCutInCommit) return;
        this.#underWay.delete(key);
        if (!(error instanceof Fault)) this.#problem ??= error;
        else this.#sim.figures.add(`ended owner ${act} ${error.code}`);
        this.#sim.say(`#${key} -> ${String(error)}`);
      },
    );
  }
}

/** With the token of a lock, these may end it. */
const endsLocks: ReadonlySet<string> = new Set([
  'unlock',
  'refresh',
  'trash',
  'move',
  'copy',
  'rewind',
  'restore',
  'end',
]);
