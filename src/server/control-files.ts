import { z } from 'zod';
import type { Unlocked } from '../accounts/proofs.ts';
import { toHex } from '../base/bytes.ts';
import type { VaultKind } from '../format/instance-operations.ts';
import { readOwnerTrace } from '../rights/trace.ts';
import type { Caller } from '../vault/files/commands.ts';
import { pieces } from '../vault/files/pieces.ts';
import type { FilesPort } from '../vault/files/port.ts';
import { VaultKeys } from '../vault/vault-keys.ts';
import type { ControlAnswer } from './control-calls.ts';
import {
  type ControlCommand,
  type ControlCommands,
  command,
  ticketSchema,
  vaultKindSchema,
} from './control-command.ts';
import type { Tickets } from './control-tickets.ts';
import {
  done,
  found,
  labelOf,
  nodeOf,
  nothing,
  plain,
  refuse,
  sequenceOf,
  versionOf,
  written,
} from './control-values.ts';
import { type Core, openRequestFor } from './core.ts';

const inVault = z.object({ ticket: ticketSchema, vault: vaultKindSchema });
const path = z.array(z.string().min(1).max(1024)).max(1000);
const at = inVault.extend({ path });
const when = z.union([z.object({ sequence: z.number().int().min(0) }), z.object({ timeMs: z.number().int().min(0) })]);
const hexId = z.string().regex(/^[0-9a-f]{1,16}$/);
const ls = at.extend({ when: when.optional() });
const put = at.extend({ mtimeMs: z.number().int().min(0).optional(), ifAbsent: z.boolean().optional() });
const get = at.extend({ version: hexId.optional() });

type InVault = z.infer<typeof inVault>;
type ListArgs = z.infer<typeof ls>;
type PutArgs = z.infer<typeof put>;
type GetArgs = z.infer<typeof get>;

/** What an owner does with the files of a vault. */
export class FileControl {
  readonly #parts: { readonly core: Core; readonly tickets: Tickets };

  constructor(parts: { readonly core: Core; readonly tickets: Tickets }) {
    this.#parts = parts;
  }

  get commands(): ControlCommands {
    return { ...this.#looking, ...this.#changing };
  }

  get #looking(): ControlCommands {
    return {
      stat: this.#on(at, async (files, args) => found(await files.stat(args.path))),
      behind: this.#on(inVault, async (files) => done({ why: (await this.#parts.core.gate.behind(files.id)) ?? null })),
      ls: this.#on(ls, (files, args) => this.#list(files, args)),
      get: this.#on(get, (files, args) => this.#get(files, args)),
      log: this.#on(inVault.extend({ limit: z.number().int().min(1).max(10_000) }), (files, args) =>
        this.#log(files, args.ticket, args.limit),
      ),
      access: this.#on(inVault.extend({ limit: z.number().int().min(1).max(100_000) }), async (_files, args) => {
        const owner = this.#parts.tickets.owner(args.ticket);
        return owner === undefined ? refuse('wrong-proof') : this.#access(owner, args.vault, args.limit);
      }),
      versions: this.#on(at, async (files, args) => {
        const versions = await files.versions(args.path);
        return versions === undefined
          ? refuse('no-such-path')
          : done(versions.map((each) => ({ ...each, version: each.version.toString(16), sha256: toHex(each.sha256) })));
      }),
      trash: this.#on(inVault, async (files) =>
        done((await files.trashed()).map((each) => ({ ...each, id: each.id.toString(16) }))),
      ),
      usage: this.#on(inVault, async (files) => done(await files.usage())),
    };
  }

  get #changing(): ControlCommands {
    return {
      mkdir: this.#on(at, async (files, args, caller) => written(await files.makeFolder(caller, args.path))),
      remove: this.#on(at, async (files, args, caller) => written(await files.trash(caller, args.path))),
      move: this.#on(inVault.extend({ from: path, to: path }), async (files, args, caller) =>
        written(await files.move(caller, { from: args.from, to: args.to, overwrite: false })),
      ),
      put: this.#on(put, (files, args, caller, content) => this.#put(files, caller, args, content)),
      'versions.restore': this.#on(at.extend({ version: hexId }), async (files, args, caller) =>
        written(await files.pickVersion(caller, args.path, versionOf(args.version))),
      ),
      'trash.restore': this.#on(inVault.extend({ node: hexId, to: path.optional() }), async (files, args, caller) =>
        written(await files.restore(caller, nodeOf(args.node), args.to)),
      ),
      'trash.empty': this.#on(inVault.extend({ nodes: z.array(hexId).max(10_000) }), async (files, args, caller) =>
        written(await files.end(caller, args.nodes.map(nodeOf))),
      ),
      rewind: this.#on(at.extend({ when }), async (files, args, caller) =>
        written(await files.rewind(caller, args.path, await sequenceOf(files, args.when))),
      ),
    };
  }

  /** A command on one vault, with the vault opened by the proof behind the ticket. */
  #on<Args extends InVault>(
    schema: z.ZodType<Args>,
    run: (
      files: FilesPort,
      args: Args,
      caller: Caller,
      content: AsyncIterable<Uint8Array> | undefined,
    ) => Promise<ControlAnswer>,
  ): ControlCommand {
    return command(schema, async (args, content) => {
      const owner = this.#parts.tickets.owner(args.ticket);
      if (owner === undefined) return refuse('wrong-proof');
      const files = this.#parts.core.files(owner, args.vault);
      return files === undefined
        ? refuse('no-such-vault')
        : run(files, args, { by: owner.credential.id, conditions: {} }, content);
    });
  }

  async #list(files: FilesPort, args: ListArgs): Promise<ControlAnswer> {
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
    args: PutArgs,
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

  async #get(files: FilesPort, args: GetArgs): Promise<ControlAnswer> {
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
    const owner = this.#parts.tickets.owner(ticket);
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
