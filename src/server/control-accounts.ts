import { z } from 'zod';
import {
  changePassword,
  createAccount,
  createAppPassword,
  defaultAppKinds,
  revokeCredential,
} from '../accounts/account-commands.ts';
import { offerEscrow } from '../accounts/escrow.ts';
import { proveKit } from '../accounts/kit-commands.ts';
import { kitFacts } from '../accounts/kit-facts.ts';
import {
  type Unlocked,
  unlockWithAppPassword,
  unlockWithEscrow,
  unlockWithKit,
  unlockWithPassword,
} from '../accounts/proofs.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Throttle } from '../accounts/throttle.ts';
import { type CredentialId, parseCredentialId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { randomBytes } from '../crypto/primitives.ts';
import { findIdentity, findRecipient } from '../format/identity.ts';
import type { ControlAnswer } from './control-calls.ts';
import { type ControlCommands, command, ticketSchema, vaultKindSchema } from './control-command.ts';
import type { Tickets } from './control-tickets.ts';
import { done, refuse } from './control-values.ts';
import type { Core } from './core.ts';
import { noteEscrowUse } from './escrow-use.ts';
import type { KeyChanges } from './key-changes.ts';

const name = z.string().min(1).max(64);
const text = z.string().max(4096);
const newAccount = z.object({ name, password: text });
const quota = z.object({ name, quotaBytes: z.number().int().min(0).nullable() });
const recovery = z.union([
  z.object({ name, kit: text, password: text }),
  z.object({ name, escrow: text, password: text }),
]);
const newPassword = z.object({ name, password: text, newPassword: text });
const newAppPassword = z.object({ ticket: ticketSchema, label: text, vaults: z.array(vaultKindSchema).optional() });
const unlock = z.object({ name, password: text.optional(), kit: text.optional(), appPassword: text.optional() });

type NewAccount = z.infer<typeof newAccount>;
type Quota = z.infer<typeof quota>;
type Recovery = z.infer<typeof recovery>;
type NewPassword = z.infer<typeof newPassword>;
type NewAppPassword = z.infer<typeof newAppPassword>;
type UnlockArgs = z.infer<typeof unlock>;
type RefusedAnswer = Extract<ControlAnswer, { kind: 'refused' }>;

/** The folder is the operator's: its socket says so, so guesses from here share one place. */
const localAddress = 'local';

export interface AccountControlParts {
  readonly core: Core;
  readonly throttle: Throttle;
  readonly tickets: Tickets;
  readonly keys: KeyChanges;
  /** Of a running server. */
  readonly sessions: Sessions | undefined;
}

/** Accounts, app passwords, kits. */
export class AccountControl {
  readonly #parts: AccountControlParts;

  constructor(parts: AccountControlParts) {
    this.#parts = parts;
  }

  get commands(): ControlCommands {
    const { instance } = this.#parts.core;
    const ticketOnly = z.object({ ticket: ticketSchema });
    return {
      'account.create': command(newAccount, (args) => this.#parts.keys.inTurn(() => this.#createAccount(args))),
      'account.list': command(z.object({}), async () =>
        done(
          instance.view
            .accounts()
            .map((each) => ({ name: each.name, createdMs: each.createdMs, quotaBytes: each.quotaBytes ?? null })),
        ),
      ),
      'account.quota': command(quota, (args) => this.#parts.keys.inTurn(() => this.#setQuota(args))),
      'account.recover': command(recovery, (args) => this.#parts.keys.inTurn(() => this.#recover(args))),
      'account.passwd': command(newPassword, (args) => this.#parts.keys.inTurn(() => this.#passwd(args))),
      'account.prove-kit': command(z.object({ ticket: ticketSchema, kit: text }), (args) =>
        this.#owned(args.ticket, (owner) => this.#proveKit(owner, args.kit)),
      ),
      'app-password.create': command(newAppPassword, (args) =>
        this.#parts.keys.inTurn(() => this.#owned(args.ticket, (owner) => this.#createAppPassword(owner, args))),
      ),
      'app-password.list': command(ticketOnly, (args) =>
        this.#owned(args.ticket, (owner) => this.#listAppPasswords(owner)),
      ),
      'app-password.revoke': command(z.object({ ticket: ticketSchema, credential: text }), (args) =>
        this.#parts.keys.inTurn(() => this.#owned(args.ticket, (owner) => this.#revoke(owner, args.credential))),
      ),
      'escrow.offer': command(z.object({ recipient: text.nullable() }), (args) => this.#offerEscrow(args.recipient)),
      'operator-kit.create': command(z.object({}), () => this.#parts.keys.inTurn(() => this.#createOperatorKit())),
      'operator-kit.prove': command(z.object({ kit: text }), (args) => this.#proveOperatorKit(args.kit)),
      'operator-kit.status': command(z.object({}), async () => done({ proven: instance.operatorKitProven })),
      unlock: command(unlock, (args) => this.#unlock(args)),
    };
  }

  async #owned(key: string, run: (owner: Unlocked) => Promise<ControlAnswer>): Promise<ControlAnswer> {
    const owner = this.#parts.tickets.owner(key);
    return owner === undefined ? refuse('wrong-proof') : run(owner);
  }

  async #createAccount(args: NewAccount): Promise<ControlAnswer> {
    const result = await createAccount(this.#parts.core.instance, args.name, args.password);
    if (result.kind === 'refused') return refuse(result.why);
    return done({ name: result.account.name, tag: result.account.tag, kit: kitFacts(result.kit) });
  }

  async #setQuota(args: Quota): Promise<ControlAnswer> {
    const { instance } = this.#parts.core;
    const account = instance.view.accountNamed(args.name);
    if (account === undefined) return refuse('no-such-account');
    await instance.change(undefined, () => [{ o: 'quota', account: account.id, quotaBytes: args.quotaBytes }]);
    this.#parts.keys.forget(account.id);
    for (const vault of instance.view.vaultsOf(account.id)) await this.#parts.keys.closeVault(vault.id, 0);
    return done({});
  }

  async #recover(args: Recovery): Promise<ControlAnswer> {
    const identity = findIdentity('kit' in args ? args.kit : args.escrow);
    if (identity === undefined) return refuse('not-a-kit');
    const { throttle, core } = this.#parts;
    const unlock = 'kit' in args ? unlockWithKit : unlockWithEscrow;
    const owner = unlock(core.instance, args.name, new Secret(identity));
    if ('escrow' in args) await noteEscrowUse(core, args.name, owner);
    if (owner === undefined) {
      throttle.wrong(localAddress, args.name);
      return refuse('wrong-kit');
    }
    return this.#setPassword(owner, args.password);
  }

  async #passwd(args: NewPassword): Promise<ControlAnswer> {
    const owner = await this.#checkPassword(args.name, args.password);
    return 'kind' in owner ? owner : this.#setPassword(owner, args.newPassword);
  }

  async #setPassword(owner: Unlocked, password: string): Promise<ControlAnswer> {
    const { instance } = this.#parts.core;
    const change = (): ReturnType<typeof changePassword> => changePassword(instance, owner, password);
    const result = await this.#parts.keys.withNewEpochs(owner, [...owner.vaults.keys()], change);
    return result === 'changed' ? done({}) : refuse(result);
  }

  async #checkPassword(name: string, password: string): Promise<Unlocked | RefusedAnswer> {
    const { throttle, core } = this.#parts;
    const waitMs = throttle.waitMs(localAddress, name);
    if (waitMs > 0) return { kind: 'refused', why: 'too-many-guesses', waitMs };
    const unlocked = await unlockWithPassword(core.instance, name, password);
    if (unlocked === undefined) {
      throttle.wrong(localAddress, name);
      return { kind: 'refused', why: 'wrong-proof' };
    }
    throttle.right(localAddress, name);
    return unlocked;
  }

  async #proveKit(owner: Unlocked, kit: string): Promise<ControlAnswer> {
    const identity = findIdentity(kit);
    if (identity === undefined) return refuse('not-a-kit');
    const proven = await proveKit(this.#parts.core.instance, owner, new Secret(identity));
    return proven === 'proven' ? done({}) : refuse(proven);
  }

  async #createAppPassword(owner: Unlocked, args: NewAppPassword): Promise<ControlAnswer> {
    const result = await createAppPassword(
      this.#parts.core.instance,
      owner,
      args.label,
      args.vaults ?? defaultAppKinds,
    );
    return result.kind === 'refused'
      ? refuse(result.why)
      : done({ credential: result.credential, appPassword: result.text });
  }

  async #listAppPasswords(owner: Unlocked): Promise<ControlAnswer> {
    const { instance } = this.#parts.core;
    const uses = await instance.lastUses();
    const active = this.#parts.sessions?.active() ?? new Set<CredentialId>();
    const apps = instance.view.credentialsOf(owner.account.id).filter((each) => each.kind === 'app');
    return done(
      apps.map((each) => ({
        credential: each.id,
        label: each.label ?? '',
        createdMs: each.createdMs,
        lastUse: uses.get(each.id) ?? null,
        isActive: active.has(each.id),
        vaults: [...each.wraps.keys()].map((id) => instance.view.vault(id)?.kind),
      })),
    );
  }

  async #revoke(owner: Unlocked, given: string): Promise<ControlAnswer> {
    const { instance } = this.#parts.core;
    const apps = instance.view.credentialsOf(owner.account.id).filter((each) => each.kind === 'app');
    const id = parseCredentialId(given);
    const matching = apps.filter((each) => each.id === id || each.label === given);
    const [credential, ...others] = matching;
    if (credential === undefined || others.length > 0) return refuse('no-such-app-password');
    const revoke = (): ReturnType<typeof revokeCredential> => revokeCredential(instance, owner, credential);
    await this.#parts.keys.withNewEpochs(owner, [...credential.wraps.keys()], revoke);
    return done({ credential: credential.id, label: credential.label ?? '' });
  }

  async #offerEscrow(recipient: string | null): Promise<ControlAnswer> {
    const publicKey = recipient === null ? null : findRecipient(recipient);
    if (publicKey === undefined) return refuse('not-a-recipient');
    const result = await offerEscrow(this.#parts.core.instance, publicKey, undefined);
    return result === 'done' ? done({}) : refuse(result);
  }

  async #createOperatorKit(): Promise<ControlAnswer> {
    const kit = new Secret(randomBytes(32));
    await this.#parts.core.instance.addOperatorKit(kit);
    return done({ kit: kitFacts(kit) });
  }

  async #proveOperatorKit(text: string): Promise<ControlAnswer> {
    const identity = findIdentity(text);
    if (identity === undefined) return refuse('not-a-kit');
    return (await this.#parts.core.instance.proveOperatorKit(new Secret(identity))) ? done({}) : refuse('wrong-kit');
  }

  async #unlock(args: UnlockArgs): Promise<ControlAnswer> {
    const unlocked = await this.#prove(args);
    return 'kind' in unlocked ? unlocked : done({ ticket: this.#parts.tickets.issue(unlocked) });
  }

  async #prove(args: UnlockArgs): Promise<Unlocked | RefusedAnswer> {
    const { instance } = this.#parts.core;
    if (args.password !== undefined) return this.#checkPassword(args.name, args.password);
    if (args.appPassword !== undefined)
      return unlockWithAppPassword(instance, args.name, args.appPassword) ?? { kind: 'refused', why: 'wrong-proof' };
    const identity = args.kit === undefined ? undefined : findIdentity(args.kit);
    if (identity === undefined) return { kind: 'refused', why: 'not-a-kit' };
    return unlockWithKit(instance, args.name, new Secret(identity)) ?? { kind: 'refused', why: 'wrong-kit' };
  }
}
