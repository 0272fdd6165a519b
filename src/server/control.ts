import { z } from 'zod';
import {
  changePassword,
  createAccount,
  createAppPassword,
  defaultAppKinds,
  revokeCredential,
} from '../accounts/account-commands.ts';
import type { CredentialRecord } from '../accounts/instance-view.ts';
import { type Unlocked, unlockWithAppPassword, unlockWithKit, unlockWithPassword } from '../accounts/proofs.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Throttle } from '../accounts/throttle.ts';
import { toHex } from '../base/bytes.ts';
import { type CredentialId, parseCredentialId, type VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { randomBytes, x25519Public } from '../crypto/primitives.ts';
import { findIdentity } from '../format/identity.ts';
import { type VaultKind, vaultKinds } from '../format/instance-operations.ts';
import { readOwnerTrace } from '../rights/trace.ts';
import type { Caller } from '../vault/files/commands.ts';
import { pieces } from '../vault/files/pieces.ts';
import type { FilesPort } from '../vault/files/port.ts';
import { VaultKeys } from '../vault/vault-keys.ts';
import type { Control, ControlAnswer } from './control-calls.ts';
import {
  done,
  found,
  kitFacts,
  nodeOf,
  nothing,
  plain,
  refuse,
  sequenceOf,
  versionOf,
  written,
} from './control-values.ts';
import { type Core, openRequestFor } from './core.ts';
import { realClock } from './real-world.ts';

const name = z.string().min(1).max(64);
const text = z.string().max(4096);
const ticket = z.string().regex(/^[0-9a-f]{64}$/);
const vaultKind = z.enum(vaultKinds);
const path = z.array(z.string().min(1).max(1024)).max(1000);
const at = z.object({ ticket, vault: vaultKind, path });
const when = z.union([z.object({ sequence: z.number().int().min(0) }), z.object({ timeMs: z.number().int().min(0) })]);

const schemas = {
  'account.create': z.object({ name, password: text }),
  'account.list': z.object({}),
  'account.quota': z.object({ name, quotaBytes: z.number().int().min(0).nullable() }),
  'account.recover': z.object({ name, kit: text, password: text }),
  'account.passwd': z.object({ name, password: text, newPassword: text }),
  'account.prove-kit': z.object({ ticket, kit: text }),
  'app-password.create': z.object({ ticket, label: text, vaults: z.array(vaultKind).optional() }),
  'app-password.list': z.object({ ticket }),
  'app-password.revoke': z.object({ ticket, credential: text }),
  'operator-kit.create': z.object({}),
  'operator-kit.prove': z.object({ kit: text }),
  'operator-kit.status': z.object({}),
  unlock: z.object({ name, password: text.optional(), kit: text.optional(), appPassword: text.optional() }),
  stat: at,
  ls: at.extend({ when: when.optional() }),
  mkdir: at,
  remove: at,
  move: z.object({ ticket, vault: vaultKind, from: path, to: path }),
  put: at.extend({ mtimeMs: z.number().int().min(0).optional(), ifAbsent: z.boolean().optional() }),
  get: at.extend({
    version: z
      .string()
      .regex(/^[0-9a-f]{1,16}$/)
      .optional(),
  }),
  log: z.object({ ticket, vault: vaultKind, limit: z.number().int().min(1).max(10_000) }),
  access: z.object({ ticket, vault: vaultKind, limit: z.number().int().min(1).max(100_000) }),
  versions: at,
  'versions.restore': at.extend({ version: z.string().regex(/^[0-9a-f]{1,16}$/) }),
  trash: z.object({ ticket, vault: vaultKind }),
  'trash.restore': z.object({
    ticket,
    vault: vaultKind,
    node: z.string().regex(/^[0-9a-f]{1,16}$/),
    to: path.optional(),
  }),
  'trash.empty': z.object({
    ticket,
    vault: vaultKind,
    nodes: z.array(z.string().regex(/^[0-9a-f]{1,16}$/)).max(10_000),
  }),
  rewind: at.extend({ when }),
  usage: z.object({ ticket, vault: vaultKind }),
} as const;

type ControlCommand = keyof typeof schemas;
type Args<Command extends ControlCommand> = z.infer<(typeof schemas)[Command]>;
type Handlers = {
  readonly [Command in ControlCommand]: (
    args: Args<Command>,
    content: AsyncIterable<Uint8Array> | undefined,
  ) => Promise<ControlAnswer>;
};

/** The folder is the operator's: its socket says so, so guesses from here share one place. */
const localAddress = 'local';
const ticketIdleMs: number = 15 * 60_000;

export interface ControlParts {
  readonly core: Core;
  readonly throttle: Throttle;
  /** Of a running server: their vaults are proven again after an epoch changed. */
  readonly sessions: Sessions | undefined;
}

export function makeControl(parts: ControlParts): Control {
  const handlers = new ControlHandlers(parts).handlers;
  return {
    run: async ({ command, args, content }) => {
      if (!Object.hasOwn(schemas, command)) return refuse('bad-arguments');
      const known = command as ControlCommand;
      const parsed = schemas[known].safeParse(args);
      if (!parsed.success) return refuse('bad-arguments');
      // The schema of this command was the one that parsed them.
      return (
        handlers[known] as (args: unknown, content: AsyncIterable<Uint8Array> | undefined) => Promise<ControlAnswer>
      )(parsed.data, content);
    },
  };
}

interface Ticket {
  readonly unlocked: Unlocked;
  usedMs: number;
}

class ControlHandlers {
  readonly #parts: ControlParts;
  readonly #tickets = new Map<string, Ticket>();
  /** Changes of accounts and keys run one after the other: each decides on what the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  readonly handlers: Handlers = {
    'account.create': (args) => this.#inTurn(() => this.#createAccount(args)),
    'account.list': async () =>
      done(
        this.#parts.core.instance.view
          .accounts()
          .map((each) => ({ name: each.name, createdMs: each.createdMs, quotaBytes: each.quotaBytes ?? null })),
      ),
    'account.quota': (args) => this.#inTurn(() => this.#setQuota(args)),
    'account.recover': (args) => this.#inTurn(() => this.#recover(args)),
    'account.passwd': (args) => this.#inTurn(() => this.#passwd(args)),
    'account.prove-kit': (args) => this.#owned(args.ticket, (owner) => this.#proveKit(owner, args.kit)),
    'app-password.create': (args) =>
      this.#owned(args.ticket, (owner) => this.#inTurn(() => this.#createAppPassword(owner, args))),
    'app-password.list': (args) => this.#owned(args.ticket, (owner) => this.#listAppPasswords(owner)),
    'app-password.revoke': (args) =>
      this.#owned(args.ticket, (owner) => this.#inTurn(() => this.#revoke(owner, args.credential))),
    'operator-kit.create': async () => this.#createOperatorKit(),
    'operator-kit.prove': (args) => this.#proveOperatorKit(args.kit),
    'operator-kit.status': async () => done({ proven: this.#parts.core.instance.operatorKitProven }),
    unlock: (args) => this.#unlock(args),
    stat: (args) => this.#inVault(args, async (files) => found(await files.stat(args.path))),
    ls: (args) => this.#inVault(args, (files) => this.#list(files, args)),
    mkdir: (args) => this.#inVault(args, async (files, caller) => written(await files.makeFolder(caller, args.path))),
    remove: (args) => this.#inVault(args, async (files, caller) => written(await files.trash(caller, args.path))),
    move: (args) =>
      this.#inVault(args, async (files, caller) =>
        written(await files.move(caller, { from: args.from, to: args.to, overwrite: false })),
      ),
    put: (args, content) => this.#inVault(args, (files, caller) => this.#put(files, caller, args, content)),
    get: (args) => this.#inVault(args, (files) => this.#get(files, args)),
    log: (args) => this.#inVault(args, (files) => this.#log(files, args.ticket, args.limit)),
    access: (args) => this.#owned(args.ticket, (owner) => this.#access(owner, args.vault, args.limit)),
    versions: (args) =>
      this.#inVault(args, async (files) => {
        const versions = await files.versions(args.path);
        return versions === undefined
          ? refuse('no-such-path')
          : done(versions.map((each) => ({ ...each, version: each.version.toString(16), sha256: toHex(each.sha256) })));
      }),
    'versions.restore': (args) =>
      this.#inVault(args, async (files, caller) =>
        written(await files.pickVersion(caller, args.path, versionOf(args.version))),
      ),
    trash: (args) =>
      this.#inVault(args, async (files) =>
        done((await files.trashed()).map((each) => ({ ...each, id: each.id.toString(16) }))),
      ),
    'trash.restore': (args) =>
      this.#inVault(args, async (files, caller) => written(await files.restore(caller, nodeOf(args.node), args.to))),
    'trash.empty': (args) =>
      this.#inVault(args, async (files, caller) => written(await files.end(caller, args.nodes.map(nodeOf)))),
    rewind: (args) =>
      this.#inVault(args, async (files, caller) =>
        written(await files.rewind(caller, args.path, await sequenceOf(files, args.when))),
      ),
    usage: (args) => this.#inVault(args, async (files) => done(await files.usage())),
  };

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #createAccount(args: Args<'account.create'>): Promise<ControlAnswer> {
    const result = await createAccount(this.#parts.core.instance, args.name, args.password);
    if (result.kind === 'refused') return refuse(result.why);
    return done({ name: result.account.name, tag: result.account.tag, kit: kitFacts(result.kit) });
  }

  async #setQuota(args: Args<'account.quota'>): Promise<ControlAnswer> {
    const { instance } = this.#parts.core;
    const account = instance.view.accountNamed(args.name);
    if (account === undefined) return refuse('no-such-account');
    await instance.change(undefined, () => [{ o: 'quota', account: account.id, quotaBytes: args.quotaBytes }]);
    this.#parts.sessions?.forget(account.id);
    for (const vault of instance.view.vaultsOf(account.id)) await this.#parts.core.closeVault(vault.id);
    return done({});
  }

  async #recover(args: Args<'account.recover'>): Promise<ControlAnswer> {
    const identity = findIdentity(args.kit);
    if (identity === undefined) return refuse('not-a-kit');
    const { throttle, core } = this.#parts;
    const owner = unlockWithKit(core.instance, args.name, new Secret(identity));
    if (owner === undefined) {
      throttle.wrong(localAddress, args.name);
      return refuse('wrong-kit');
    }
    return this.#setPassword(owner, args.password);
  }

  async #passwd(args: Args<'account.passwd'>): Promise<ControlAnswer> {
    const owner = await this.#checkPassword(args.name, args.password);
    return 'kind' in owner ? owner : this.#setPassword(owner, args.newPassword);
  }

  async #setPassword(owner: Unlocked, password: string): Promise<ControlAnswer> {
    await this.#closeVaults([...owner.vaults.keys()]);
    const result = await changePassword(this.#parts.core.instance, owner, password);
    await this.#afterNewEpochs(owner);
    return result === 'changed' ? done({}) : refuse(result);
  }

  async #checkPassword(
    name: string,
    password: string,
  ): Promise<Unlocked | Extract<ControlAnswer, { kind: 'refused' }>> {
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

  async #closeVaults(vaults: readonly VaultId[]): Promise<void> {
    for (const vault of vaults) await this.#parts.core.closeVault(vault);
  }

  /** Views opened with the key of the epoch before are closed, and everybody proves again. */
  async #afterNewEpochs(owner: Unlocked): Promise<void> {
    this.#parts.sessions?.forget(owner.account.id);
    for (const [key, each] of this.#tickets)
      if (each.unlocked.account.id === owner.account.id) this.#tickets.delete(key);
    await this.#closeVaults([...owner.vaults.keys()]);
  }

  async #proveKit(owner: Unlocked, kit: string): Promise<ControlAnswer> {
    const identity = findIdentity(kit);
    if (identity === undefined) return refuse('not-a-kit');
    const { instance } = this.#parts.core;
    const credential = instance.view.credentialWithKey(owner.account.id, x25519Public(identity));
    if (credential?.kind !== 'kit') return refuse('wrong-kit');
    await instance.change(owner.credential.id, () => [{ o: 'proven', credential: credential.id }]);
    return done({});
  }

  async #createAppPassword(owner: Unlocked, args: Args<'app-password.create'>): Promise<ControlAnswer> {
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
    await this.#closeVaults([...credential.wraps.keys()]);
    await revokeCredential(instance, owner, credential);
    await this.#afterNewEpochs(owner);
    return done({ credential: credential.id, label: credential.label ?? '' });
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

  /** A ticket stands for a proof during one run of the command line, so that a thousand files are one Argon2. */
  async #unlock(args: Args<'unlock'>): Promise<ControlAnswer> {
    const unlocked = await this.#prove(args);
    if ('kind' in unlocked) return unlocked;
    const now = realClock.nowMs();
    for (const [key, each] of this.#tickets) if (now - each.usedMs > ticketIdleMs) this.#tickets.delete(key);
    const key = toHex(randomBytes(32));
    this.#tickets.set(key, { unlocked, usedMs: now });
    return done({ ticket: key });
  }

  async #prove(args: Args<'unlock'>): Promise<Unlocked | Extract<ControlAnswer, { kind: 'refused' }>> {
    const { instance } = this.#parts.core;
    if (args.password !== undefined) return this.#checkPassword(args.name, args.password);
    if (args.appPassword !== undefined)
      return unlockWithAppPassword(instance, args.name, args.appPassword) ?? { kind: 'refused', why: 'wrong-proof' };
    const identity = args.kit === undefined ? undefined : findIdentity(args.kit);
    if (identity === undefined) return { kind: 'refused', why: 'not-a-kit' };
    return unlockWithKit(instance, args.name, new Secret(identity)) ?? { kind: 'refused', why: 'wrong-kit' };
  }

  async #owned(key: string, run: (owner: Unlocked) => Promise<ControlAnswer>): Promise<ControlAnswer> {
    const known = this.#tickets.get(key);
    if (known === undefined) return refuse('wrong-proof');
    known.usedMs = realClock.nowMs();
    return run(known.unlocked);
  }

  #inVault(
    args: { readonly ticket: string; readonly vault: VaultKind },
    run: (files: FilesPort, caller: Caller) => Promise<ControlAnswer>,
  ): Promise<ControlAnswer> {
    return this.#owned(args.ticket, async (owner) => {
      const files = this.#parts.core.files(owner, args.vault);
      return files === undefined ? refuse('no-such-vault') : run(files, { by: owner.credential.id, conditions: {} });
    });
  }

  async #list(files: FilesPort, args: Args<'ls'>): Promise<ControlAnswer> {
    if (args.when !== undefined) {
      const listed = await files.listAt(args.path, await sequenceOf(files, args.when));
      return listed === undefined
        ? refuse('no-such-path')
        : done(
            listed.map((each) => ({
              name: each.name,
              isFolder: each.isFolder,
              version: each.version?.toString(16) ?? null,
            })),
          );
    }
    const listing = await files.list(args.path);
    if (listing === undefined) return refuse('no-such-path');
    return done((listing.self.isFolder ? listing.children : [listing.self]).map(plain));
  }

  async #put(
    files: FilesPort,
    caller: Caller,
    args: Args<'put'>,
    content: AsyncIterable<Uint8Array> | undefined,
  ): Promise<ControlAnswer> {
    const meta = { mtimeMs: args.mtimeMs, type: undefined };
    const conditions = args.ifAbsent === true ? { ifNoneMatch: '*' as const } : {};
    const writer: Caller = { ...caller, conditions };
    const upload = files.upload(caller.by, []);
    try {
      for await (const piece of pieces(content ?? nothing())) {
        if ((await upload.add(piece)) === 'over-quota') {
          await upload.abort();
          return refuse('over-quota');
        }
      }
    } catch (error) {
      await upload.abort();
      throw error;
    }
    return written(await upload.write(writer, args.path, meta));
  }

  async #get(files: FilesPort, args: Args<'get'>): Promise<ControlAnswer> {
    const plan = await files.plan(args.path, 0, args.version === undefined ? undefined : versionOf(args.version));
    if (plan.kind === 'refused') return refuse(plan.why);
    const sizeBytes = plan.pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    async function* content(): AsyncGenerator<Uint8Array> {
      if (plan.kind === 'plan') for (const piece of plan.pieces) yield await files.readPiece(piece);
    }
    return {
      kind: 'content',
      value: { ...plain(plan.info), sha256: toHex(plan.sha256) },
      sizeBytes,
      content: content(),
    };
  }

  async #log(files: FilesPort, ticket: string, limit: number): Promise<ControlAnswer> {
    const { view } = this.#parts.core.instance;
    const owner = this.#tickets.get(ticket)?.unlocked;
    if (owner === undefined) return refuse('wrong-proof');
    const entries = await files.activity(limit);
    return done(
      entries.map((each) => ({
        ...each,
        by: labelOf(each.by === undefined ? undefined : view.credential(each.by), owner),
      })),
    );
  }

  /** Who touched what when, as far as it was sealed to this owner; newest first. */
  async #access(owner: Unlocked, kind: VaultKind, limit: number): Promise<ControlAnswer> {
    const { core } = this.#parts;
    const request = openRequestFor(core.instance, owner, kind);
    if (request === undefined) return refuse('no-such-vault');
    const keys = VaultKeys.unlock(request.vault, request.secret, request.epochs);
    const items = await readOwnerTrace(core.disk, request.vault, (epoch) => keys.epoch(epoch).inboxPrivate);
    const { view } = core.instance;
    return done(
      items
        .slice(-limit)
        .toReversed()
        .map((each) => ({
          timeMs: each.timeMs,
          by: labelOf(each.credential === undefined ? undefined : view.credential(each.credential), owner),
          action: each.action,
          path: each.path,
          outcome: each.outcome,
          address: each.address,
        })),
    );
  }
}

/** What the owner calls a credential; those of other people have no name here. */
function labelOf(credential: CredentialRecord | undefined, owner: Unlocked): string | null {
  return credential?.account === owner.account.id ? (credential.label ?? credential.kind) : null;
}
