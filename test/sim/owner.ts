import { assert } from '#base/assert.ts';
import { type CredentialId, parseCredentialId, type VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { findIdentity } from '#format/identity.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import type { ControlAnswer } from '#server/control-calls.ts';
import { type Unlocked, unlockWithAppPassword, unlockWithKit, unlockWithPassword } from '../../src/accounts/proofs.ts';
import type { Chance } from './chance.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { broken, holds } from './violation.ts';

/** What an owner was told of an app password. */
export interface AppPassword {
  readonly text: string;
  readonly credential: CredentialId;
  readonly kinds: readonly VaultKind[];
  /** `doubtful`: it was to be revoked, and no answer came. */
  state: 'valid' | 'doubtful' | 'revoked';
  /** For each vault, after which entry nothing may be readable with the keys that it had. */
  readonly ends: Map<VaultId, { readonly sequence: number; readonly epoch: number }>;
}

export type OwnerAct = 'create' | 'revoke' | 'passwd' | 'recover' | 'list' | 'wrong-guess';

/** A person: the account's password and kit, and what the owner knows of the account. */
export class Owner {
  readonly number: number;
  readonly name: string;
  readonly vaults: Map<VaultKind, VaultId> = new Map();
  readonly appPasswords: AppPassword[] = [];
  readonly #machine: Machine;
  readonly #chance: Chance;
  #kit = '';
  /** More than one while a change of it was not answered. */
  #passwords: readonly string[];
  #ticket: string | undefined;
  #made = 0;
  /** Acts that gave the vaults new keys, or may have, or may still. */
  changes = 0;
  #changesUnderWay = 0;

  constructor(number: number, name: string, machine: Machine, chance: Chance) {
    this.number = number;
    this.name = name;
    this.#machine = machine;
    this.#chance = chance;
    this.#passwords = [`password of ${name} 0`];
  }

  get usable(): readonly AppPassword[] {
    return this.appPasswords.filter((each) => each.state === 'valid');
  }

  /** The process is gone, and with it what it had issued. */
  forgetTicket(): void {
    this.#ticket = undefined;
    this.#changesUnderWay = 0;
  }

  async signUp(program: Program, quotaBytes: number | undefined): Promise<void> {
    const [password] = this.#passwords;
    const made = await program.control.run({ command: 'account.create', args: { name: this.name, password } });
    this.#kit = (doneValue(made) as { readonly kit: { readonly identity: string } }).kit.identity;
    if (quotaBytes !== undefined)
      doneValue(await program.control.run({ command: 'account.quota', args: { name: this.name, quotaBytes } }));
    for (const vault of program.instance.view.vaultsOf(this.unlock(program).account.id))
      this.vaults.set(vault.kind, vault.id);
  }

  unlock(program: Program): Unlocked {
    const identity = findIdentity(this.#kit);
    assert(identity !== undefined, 'a kit has an identity');
    return (
      unlockWithKit(program.instance, this.name, new Secret(identity)) ??
      broken(`the kit of ${this.name} does not open the account`)
    );
  }

  get kitIdentity(): Secret {
    return new Secret(findIdentity(this.#kit) ?? new Uint8Array(0));
  }

  async act(program: Program, act: OwnerAct): Promise<string> {
    switch (act) {
      case 'create':
        return await this.#create(program);
      case 'revoke':
        return await this.#revoke(program);
      case 'passwd':
      case 'recover':
        return await this.#newPassword(program, act);
      case 'list':
        return await this.#list(program);
      case 'wrong-guess':
        return await this.#guess(program);
    }
  }

  /** Proven anew when the program does not know the ticket any more. */
  async #owned(program: Program, command: string, args: Readonly<Record<string, unknown>>): Promise<ControlAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ticket === undefined) {
        const proof = this.#chance.percent(20) ? { password: this.#passwords.at(-1) } : { kit: this.#kit };
        const answer = await program.control.run({ command: 'unlock', args: { name: this.name, ...proof } });
        if (answer.kind === 'refused' && 'password' in proof) continue;
        this.#ticket = (doneValue(answer) as { readonly ticket: string }).ticket;
      }
      const answer = await program.control.run({ command, args: { ...args, ticket: this.#ticket } });
      if (answer.kind !== 'refused' || answer.why !== 'wrong-proof' || attempt === maxProofs) return answer;
      this.#ticket = undefined;
    }
  }

  async #create(program: Program): Promise<string> {
    this.#made += 1;
    const label = `device ${this.#made}`;
    const kinds: VaultKind[] = this.#chance.percent(50) ? ['files'] : ['files', 'documents'];
    const answer = await this.#owned(program, 'app-password.create', { label, vaults: kinds });
    if (answer.kind === 'refused') return answer.why;
    const value = doneValue(answer) as { readonly credential: string; readonly appPassword: string };
    const credential = parseCredentialId(value.credential);
    assert(credential !== undefined, 'a credential id');
    this.appPasswords.push({ text: value.appPassword, credential, kinds, state: 'valid', ends: new Map() });
    return label;
  }

  async #revoke(program: Program): Promise<string> {
    if (this.usable.length === 0) return 'none to revoke';
    const chosen = this.#chance.oneOf(this.usable);
    chosen.state = 'doubtful';
    const epochs = new Map(
      [...this.vaults.values()].map((id) => [id, program.instance.view.vault(id)?.epochs.length ?? 0]),
    );
    this.changes += 1;
    this.#changesUnderWay += 1;
    const answer = await this.#owned(program, 'app-password.revoke', { credential: chosen.credential });
    this.#changesUnderWay -= 1;
    if (answer.kind === 'refused') return answer.why;
    this.#revoked(program, chosen, epochs);
    return `revoked ${chosen.credential.slice(0, 6)}`;
  }

  #revoked(program: Program, chosen: AppPassword, epochs: ReadonlyMap<VaultId, number>): void {
    chosen.state = 'revoked';
    for (const kind of chosen.kinds) {
      const vault = this.vaults.get(kind);
      if (vault === undefined) continue;
      const epoch = epochs.get(vault) ?? 0;
      const now = program.instance.view.vault(vault)?.epochs.length ?? 0;
      holds(now > epoch, () => `a credential was revoked, and vault ${vault} has no new epoch`);
      chosen.ends.set(vault, { sequence: this.#machine.headOf(vault), epoch });
    }
  }

  async #newPassword(program: Program, act: 'passwd' | 'recover'): Promise<string> {
    this.#made += 1;
    const fresh = `password of ${this.name} ${this.#made}`;
    const old = this.#passwords.at(-1);
    const args =
      act === 'passwd'
        ? { name: this.name, password: old, newPassword: fresh }
        : { name: this.name, kit: this.#kit, password: fresh };
    this.#passwords = [...this.#passwords, fresh];
    this.changes += 1;
    this.#changesUnderWay += 1;
    const answer = await program.control.run({ command: `account.${act}`, args });
    this.#changesUnderWay -= 1;
    if (answer.kind === 'refused') {
      this.#passwords = this.#passwords.filter((each) => each !== fresh);
      return answer.why;
    }
    if (act === 'recover' && this.#passwords.length > 2) return 'new password beside others';
    this.#passwords = this.#passwords.filter((each) => each === fresh || (each !== old && this.#changesUnderWay > 0));
    return 'new password';
  }

  async #list(program: Program): Promise<string> {
    const answer = await this.#owned(program, 'app-password.list', {});
    if (answer.kind === 'refused') return answer.why;
    const listed = new Set(
      (doneValue(answer) as readonly { readonly credential: string }[]).map((each) => each.credential),
    );
    for (const each of this.appPasswords) {
      if (each.state === 'revoked') holds(!listed.has(each.credential), () => 'a revoked app password is listed');
    }
    return `${listed.size} app passwords`;
  }

  async #guess(program: Program): Promise<string> {
    const guess = await program.control.run({
      command: 'unlock',
      args: { name: this.name, password: 'password of nobody' },
    });
    holds(guess.kind === 'refused', () => 'a wrong password opened an account');
    return guess.kind;
  }

  /** After a start, while nothing else goes on: what was acknowledged opens, what was revoked does not. */
  async audit(program: Program): Promise<void> {
    const { view } = program.instance;
    const unlocked = this.unlock(program);
    for (const vault of this.vaults.values()) {
      const secrets = unlocked.vaults.get(vault) ?? broken(`the kit of ${this.name} does not hold vault ${vault}`);
      holds(
        secrets.epoch === view.vault(vault)?.epochs.length,
        () => `the kit of ${this.name} does not open the newest epoch of ${vault}`,
      );
    }
    for (const each of this.appPasswords) {
      if (each.state === 'doubtful' || this.#chance.percent(50)) this.#auditOne(program, each, unlocked);
    }
    const opening: string[] = [];
    for (const each of this.#passwords)
      if ((await unlockWithPassword(program.instance, this.name, each)) !== undefined) opening.push(each);
    holds(
      opening.length === 1,
      () => `${opening.length} passwords of ${this.name} open the account, of ${this.#passwords.length}`,
    );
    this.#passwords = opening;
  }

  #auditOne(program: Program, each: AppPassword, kit: Unlocked): void {
    const opened = unlockWithAppPassword(program.instance, this.name, each.text);
    if (opened === undefined) {
      holds(each.state !== 'valid', () => `an app password of ${this.name} does not open anything any more`);
      if (each.state === 'doubtful') each.state = 'revoked';
      return;
    }
    holds(each.state !== 'revoked', () => `a revoked app password of ${this.name} still opens the account`);
    each.state = 'valid';
    for (const kind of each.kinds) {
      const vault = this.vaults.get(kind);
      if (vault === undefined) continue;
      const secrets = opened.vaults.get(vault);
      const newest = kit.vaults.get(vault);
      const same =
        secrets?.epoch === newest?.epoch &&
        Buffer.compare(secrets?.secret.expose() ?? noBytes, newest?.secret.expose() ?? noBytes) === 0;
      holds(same, () => `an app password of ${this.name} does not hold the newest key of its ${kind}`);
    }
  }
}

const noBytes = new Uint8Array(0);
const maxProofs = 5;

function doneValue(answer: ControlAnswer): unknown {
  if (answer.kind === 'done') return answer.value;
  return broken(
    `a control command that must work was answered with ${answer.kind === 'refused' ? answer.why : answer.kind}`,
  );
}
