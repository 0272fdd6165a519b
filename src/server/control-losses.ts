import { z } from 'zod';
import type { Unlocked } from '../accounts/proofs.ts';
import type { CredentialId } from '../base/ids.ts';
import type { BringBack } from '../vault/files/bring-back.ts';
import { type Deletion, readDeletions, wishesOf } from '../vault/files/deletions.ts';
import { fileKind } from '../vault/files/kinds.ts';
import { type LostFile, readLostSince } from '../vault/files/lost-since.ts';
import { type FilesPort, noConditions } from '../vault/files/port.ts';
import { seenPath } from '../vault/files/seen.ts';
import type { Path } from '../vault/files/types.ts';
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
import { done, labelOf, refuse, sequenceOf } from './control-values.ts';
import { type Core, openRequestFor } from './core.ts';

const inVault = z.object({ ticket: ticketSchema, vault: vaultKindSchema });
const oneDeletion = inVault.extend({ id: z.number().int().min(1) });
const since = inVault.extend({ timeMs: z.number().int().min(0) });
const bringBack = since.extend({ changed: z.boolean() });

type InVault = z.infer<typeof inVault>;
type OneDeletion = z.infer<typeof oneDeletion>;

/** What an answer lists; the totals count what is beyond. */
const maxListed = 100_000;

interface Opened {
  readonly owner: Unlocked;
  readonly files: FilesPort;
  readonly keys: VaultKeys;
}

/** What an owner lost, or what a client took away, and how it comes back. */
export class LossControl {
  readonly #core: Core;
  readonly #tickets: Tickets;

  constructor(parts: { readonly core: Core; readonly tickets: Tickets }) {
    this.#core = parts.core;
    this.#tickets = parts.tickets;
  }

  get commands(): ControlCommands {
    return {
      deletions: this.#on(inVault, async (opened) => {
        const { deletions } = await readDeletions(this.#core.journal, opened.keys);
        return done(deletions.map((each) => this.#deletion(each, opened.owner)));
      }),
      'deletions.undo': this.#on(oneDeletion, (opened, args) => this.#undo(opened, args)),
      'deletions.accept': this.#on(oneDeletion, (opened, args) => this.#accept(opened, args)),
      'losses.since': this.#on(since, async (opened, args) => {
        const { lost } = await this.#lostSince(opened, args.timeMs);
        return done({
          count: lost.length,
          files: lost.slice(0, maxListed).map((each) => this.#lost(each, opened.owner)),
        });
      }),
      'losses.bring-back': this.#on(bringBack, (opened, args) => this.#bringBack(opened, args)),
    };
  }

  #on<Args extends InVault>(
    schema: z.ZodType<Args>,
    run: (opened: Opened, args: Args) => Promise<ControlAnswer>,
  ): ControlCommand {
    return command(schema, async (args) => {
      const owner = this.#tickets.owner(args.ticket);
      if (owner === undefined) return refuse('wrong-proof');
      const request = openRequestFor(this.#core.instance, owner, args.vault);
      const files = this.#core.files(owner, args.vault);
      if (request === undefined || files === undefined) return refuse('no-such-vault');
      return run({ owner, files, keys: VaultKeys.unlock(request.vault, request.secret, request.epochs) }, args);
    });
  }

  async #undo(opened: Opened, { id }: OneDeletion): Promise<ControlAnswer> {
    const before = await this.#find(opened, id);
    if (before === undefined) return refuse('no-such-deletion');
    const { deletion } = before;
    const problem = await this.#write(opened, {
      wishes: wishesOf(deletion),
      accept: { deletion: deletion.id, upTo: deletion.last },
    });
    if (problem !== undefined) return problem;
    const { tree } = await readDeletions(this.#core.journal, opened.keys);
    const back = deletion.files.filter(({ node, version }) => {
      return tree.nodes.get(node)?.version === version && seenPath(tree, node) !== undefined;
    });
    return done({ files: deletion.files.length, back: back.length });
  }

  async #accept(opened: Opened, { id }: OneDeletion): Promise<ControlAnswer> {
    const found = await this.#find(opened, id);
    if (found === undefined) return refuse('no-such-deletion');
    const { deletion } = found;
    const accept = { deletion: deletion.id, upTo: deletion.last };
    const problem = deletion.isAccepted ? undefined : await this.#write(opened, { wishes: [], accept });
    return problem ?? done({ files: deletion.files.length });
  }

  async #find(opened: Opened, id: number): Promise<{ readonly deletion: Deletion } | undefined> {
    const { deletions } = await readDeletions(this.#core.journal, opened.keys);
    const deletion = deletions.find((each) => each.id === id);
    return deletion === undefined ? undefined : { deletion };
  }

  async #write({ owner, files }: Opened, what: BringBack): Promise<ControlAnswer | undefined> {
    const result = await files.bringBack({ by: owner.credential.id, conditions: noConditions }, what);
    return result.kind === 'refused' ? refuse(result.why) : undefined;
  }

  async #lostSince(opened: Opened, timeMs: number): ReturnType<typeof readLostSince> {
    return readLostSince(this.#core.journal, opened.keys, await sequenceOf(opened.files, { timeMs }));
  }

  async #bringBack(opened: Opened, args: z.infer<typeof bringBack>): Promise<ControlAnswer> {
    const before = await this.#lostSince(opened, args.timeMs);
    const wishes = before.wishes(args.changed);
    if (wishes.length > 0) {
      const problem = await this.#write(opened, { wishes, accept: undefined });
      if (problem !== undefined) return problem;
    }
    // The second reader looks again: what it still misses is what did not come back.
    const after = wishes.length === 0 ? before : await this.#lostSince(opened, args.timeMs);
    return done({
      back: before.lost.length - after.lost.length,
      count: after.lost.length,
      files: after.lost.slice(0, maxListed).map((each) => this.#lost(each, opened.owner)),
    });
  }

  #lost({ node, path, sizeBytes, type, how, did }: LostFile, owner: Unlocked): Readonly<Record<string, unknown>> {
    return {
      node: node.toString(16),
      path,
      kind: fileKind(path.at(-1) ?? '', type),
      sizeBytes,
      how,
      did: did === undefined ? null : { ...did, ...this.#who(did.by, owner) },
    };
  }

  #deletion(deletion: Deletion, owner: Unlocked): Readonly<Record<string, unknown>> {
    const { id, fromMs, toMs, by, files, filesBefore, isAccepted } = deletion;
    return {
      id,
      fromMs,
      toMs,
      ...this.#who(by, owner),
      files: files.length,
      overwritten: files.filter((each) => each.how === 'overwritten').length,
      sizeBytes: files.reduce((sum, each) => sum + each.sizeBytes, 0),
      filesBefore,
      mostIn: mostIn(files.map((each) => each.path)),
      isAccepted,
    };
  }

  #who(
    by: CredentialId | undefined,
    owner: Unlocked,
  ): { readonly by: string | null; readonly credential: string | null } {
    const record = by === undefined ? undefined : this.#core.instance.view.credential(by);
    return { by: labelOf(record, owner), credential: by ?? null };
  }
}

/** The deepest folder that holds more than half of them. */
function mostIn(paths: readonly Path[]): Path {
  let folder: Path = [];
  for (let inside = paths; ; ) {
    const byName = Map.groupBy(
      inside.filter((path) => path.length > folder.length + 1),
      (path) => path[folder.length] ?? '',
    );
    const [largest] = [...byName].toSorted(([, a], [, b]) => b.length - a.length);
    if (largest === undefined || largest[1].length * 2 <= paths.length) return folder;
    folder = [...folder, largest[0]];
    inside = largest[1];
  }
}
