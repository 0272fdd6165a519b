import { z } from 'zod';
import type { Unlocked } from '../accounts/proofs.ts';
import { Fault } from '../base/fault.ts';
import { parseVaultId, type VaultId } from '../base/ids.ts';
import { compareWithCopy } from '../copies/compare.ts';
import { nextFork } from '../copies/fork.ts';
import { type PullReport, pullVault } from '../copies/pull.ts';
import type { Source } from '../copies/source.ts';
import { bringBackNow } from './conflict-copies.ts';
import type { ControlAnswer } from './control-calls.ts';
import { type ControlCommands, command, ticketSchema, vaultKindSchema } from './control-command.ts';
import type { Tickets } from './control-tickets.ts';
import { done, refuse } from './control-values.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';

const from = z.array(z.string().min(1).max(4096)).max(16);
const vaultId = z.string().regex(/^[0-9a-f]{32}$/);
const some = z.object({ from, vault: vaultId.optional() });
const recovery = z.object({ ticket: ticketSchema, vault: vaultKindSchema, from });

type Some = z.infer<typeof some>;
type Recovery = z.infer<typeof recovery>;

/** null ends it. */
const maintenance = z.object({ message: z.string().max(500).nullable() });

const noSource: Pick<Source, 'title' | 'vaults' | 'heads' | 'entries'> = {
  title: 'no copy',
  vaults: async () => [],
  heads: async () => [],
  entries: async () => [],
};

export interface GateControlParts {
  readonly core: Core;
  readonly tickets: Tickets;
  /** What the names stand for, as one, without names the copies of the instance; the caller closes it. */
  readonly openSources: (core: Core, names: readonly string[]) => Promise<Source>;
}

/** What brings a read-only vault on. The operator's, but for what needs the owner's key. */
export class GateControl {
  readonly #parts: GateControlParts;

  constructor(parts: GateControlParts) {
    this.#parts = parts;
  }

  get commands(): ControlCommands {
    return {
      'maintenance.set': command(maintenance, async ({ message }) => {
        const { gate } = this.#parts.core;
        await gate.maintain(message === null ? undefined : { message, sinceMs: realClock.nowMs() });
        return done({ maintenance: (await gate.status()).maintenance ?? null });
      }),
      'gate.status': command(z.object({}), async () => done(await this.#parts.core.gate.status())),
      'copy.pull': command(some, (args) => this.#with(args.from, (source) => this.#pull(source, args))),
      'copy.fork': command(some, (args) =>
        // Without any copy there is nothing to compare with, and still a decision to make.
        args.from.length === 0 && this.#parts.core.instance.view.copies().length === 0
          ? this.#fork(noSource, args)
          : this.#with(args.from, (source) => this.#fork(source, args)),
      ),
      'copy.recover': command(recovery, async (args) => {
        const owner = this.#parts.tickets.owner(args.ticket);
        return owner === undefined
          ? refuse('wrong-proof')
          : this.#with(args.from, (source) => this.#recover(source, owner, args));
      }),
    };
  }

  async #with(names: readonly string[], run: (source: Source) => Promise<ControlAnswer>): Promise<ControlAnswer> {
    const source = await this.#parts.openSources(this.#parts.core, names);
    try {
      const instance = await source.instance();
      if (instance !== undefined && instance !== this.#parts.core.instance.vault) {
        throw new Fault('bad-config', `${source.title} is of another instance. Nothing was changed.`);
      }
      return await run(source);
    } finally {
      await source.close();
    }
  }

  /** The instance vault first: it says what there is. */
  async #vaults(source: Pick<Source, 'vaults'>, wanted: string | undefined): Promise<readonly VaultId[]> {
    const { instance } = this.#parts.core;
    const named = wanted === undefined ? undefined : parseVaultId(wanted);
    if (named !== undefined) return [named];
    const all = await source.vaults();
    return [...all.filter((each) => each === instance.vault), ...all.filter((each) => each !== instance.vault)];
  }

  async #pull(source: Source, args: Some): Promise<ControlAnswer> {
    const { core } = this.#parts;
    const pulled: PullReport[] = [];
    const forked: VaultId[] = [];
    for (const vault of await this.#vaults(source, args.vault)) {
      const stands = await compareWithCopy(core.journal, source, vault);
      if (stands.kind === 'forked') forked.push(vault);
      if (stands.kind !== 'behind') continue;
      const parts = { journal: core.journal, recovery: core.gate.recovery, chunks: core.chunks, source };
      const report = await pullVault(parts, vault);
      if (report !== undefined && report.entries > 0) pulled.push(report);
      await this.#lookAgain(vault);
    }
    return done({ pulled, forked, readOnly: await core.gate.status() });
  }

  async #fork(source: Pick<Source, 'title' | 'vaults' | 'heads' | 'entries'>, args: Some): Promise<ControlAnswer> {
    const { core } = this.#parts;
    const { vaults: readOnly } = await core.gate.status();
    const forked: { vault: VaultId; fork: number; sequence: number; left: number }[] = [];
    const unknown: VaultId[] = [];
    const candidates = new Set([
      ...(await this.#vaults(source, args.vault)),
      ...readOnly.map((each) => each.vault).filter((each) => args.vault === undefined || each === args.vault),
    ]);
    for (const vault of candidates) {
      const stands = await compareWithCopy(core.journal, source, vault);
      if (stands.kind === 'on' && !readOnly.some((each) => each.vault === vault)) continue;
      const head = await core.journal.head(vault);
      if (head.sequence === 0 && (await core.journal.publicHeaders(vault)).length === 0) {
        // Made on the branch that is left: there is nothing here to go on from.
        unknown.push(vault);
        await core.gate.recovery.startFork(vault, head, head.fork + 1);
        continue;
      }
      const fork = await nextFork(core.journal, [source], vault);
      const result = await core.gate.recovery.startFork(vault, head, fork);
      if (result === 'conflict')
        throw new Fault('unavailable', `Vault ${vault} was written meanwhile. Nothing was decided for it; try again.`);
      await this.#lookAgain(vault);
      const now = await core.journal.head(vault);
      forked.push({
        vault,
        fork: now.fork,
        sequence: now.sequence,
        left: stands.kind === 'on' ? 0 : stands.copy.sequence,
      });
    }
    return done({ forked, unknown });
  }

  /** Views that are open were folded before. */
  async #lookAgain(vault: VaultId): Promise<void> {
    const { core } = this.#parts;
    if (vault === core.instance.vault) await core.instance.catchUp();
    else await core.closeVault(vault, core.instance.view.vault(vault)?.epochs.length ?? 0);
  }

  async #recover(source: Source, owner: Unlocked, args: Recovery): Promise<ControlAnswer> {
    const { core } = this.#parts;
    const report = await bringBackNow(core, owner, args.vault, source);
    return report === undefined ? refuse('no-such-vault') : done(report);
  }
}
