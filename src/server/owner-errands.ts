import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Unlocked } from '../accounts/proofs.ts';
import { isFault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import type { FilesPort } from '../vault/files/port.ts';
import { isSweepDue, type Sweepable, sweepWhenDue } from './automatic-sweep.ts';
import { areBranchesDue, bringBackWhenDue } from './conflict-copies.ts';
import type { Core, VaultChoice } from './core.ts';

export interface ErrandParts {
  readonly core: Core;
  readonly log: Logger;
  /** Undefined when the instance sweeps only when told to. */
  readonly sweepEveryMs: number | undefined;
  readonly onStop: (why: string) => void;
}

/** Clients that have just come back bring up what they have: that is waited for, but not for ever, because it keeps keys. */
const quietMs = 5000;
const quietWithinMs: number = 2 * 60_000;

/**
 * What can only be done while an owner's vault is open, and needs nobody to think of it: after a fork, what the branch that was
 * left had comes back; once a week, what the history does not keep any more is let go. One at a time, and nobody waits for it.
 */
export class OwnerErrands {
  readonly #parts: ErrandParts;
  readonly #underWay: Set<string> = new Set();
  /** Vaults and forks for which copies were asked in this run, whether all answered or not. */
  readonly #asked: Set<string> = new Set();
  readonly #stopping = new AbortController();
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: ErrandParts) {
    this.#parts = parts;
  }

  /** A session opened a vault. */
  opened(owner: Unlocked, choice: VaultChoice, files: FilesPort): void {
    const { core, log, onStop } = this.#parts;
    const signSeed = owner.vaults.get(files.id)?.signSeed;
    const key = `${files.id} ${signSeed !== undefined}`;
    if (core.readOnly !== undefined || this.#stopping.signal.aborted || this.#underWay.has(key)) return;
    this.#underWay.add(key);
    const sweepable = signSeed === undefined ? undefined : { files, by: owner.credential.id, signSeed };
    this.#run(owner, choice, files.id, sweepable)
      .catch((error: unknown) => {
        if (isFault(error, 'sync-failed')) onStop(error.message);
        // Read-only, revoked meanwhile, a full disk: the next session tries again.
        else if (isFault(error)) log.info({ vault: files.id, code: error.code }, 'an errand of a session was put off');
        else if (!this.#stopping.signal.aborted) log.error({ err: error }, 'an errand of a session failed');
      })
      .finally(() => this.#underWay.delete(key));
  }

  /**
   * Whether what a branch that was left had is about to come back: what is listed before that lacks what clients have seen. Only
   * until the copies were asked: one that does not answer is not waited for.
   */
  async bringsBack(owner: Unlocked, choice: VaultChoice, files: FilesPort): Promise<boolean> {
    const { core } = this.#parts;
    if (core.readOnly !== undefined || this.#asked.has(await this.#forkOf(files.id))) return false;
    if (!(await areBranchesDue(core, files.id))) return false;
    // The fork may have been decided since the session opened the vault.
    this.opened(owner, choice, files);
    return true;
  }

  async #forkOf(vault: VaultId): Promise<string> {
    return `${vault} ${(await this.#parts.core.journal.head(vault)).fork}`;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(owner: Unlocked, choice: VaultChoice, vault: VaultId, sweepable: Sweepable | undefined): Promise<void> {
    const { core, sweepEveryMs } = this.#parts;
    const branches = await areBranchesDue(core, vault);
    const sweep = sweepable !== undefined && (await isSweepDue(core, sweepable, sweepEveryMs)) ? sweepable : undefined;
    if (!branches && sweep === undefined) return;
    await this.#untilQuiet(vault);
    await this.#inTurn(async () => {
      if (branches) await this.#bringBack(owner, choice, vault);
      if (sweep !== undefined && (await isSweepDue(core, sweep, sweepEveryMs))) await this.#sweep(vault, sweep);
    });
  }

  async #bringBack(owner: Unlocked, choice: VaultChoice, vault: VaultId): Promise<void> {
    if (!(await areBranchesDue(this.#parts.core, vault))) return;
    const fork = await this.#forkOf(vault);
    const report = await bringBackWhenDue(this.#parts.core, owner, choice, vault).finally(() => this.#asked.add(fork));
    if (report === undefined || report.branches === 0) return;
    const { branches, recovered, lost, unread } = report;
    this.#parts.log.warn(
      { vault, branches, recovered: recovered.length, lost: lost.length, unread },
      'what a branch that was left had came back as conflict copies',
    );
  }

  async #sweep(vault: VaultId, sweep: Sweepable): Promise<void> {
    const outcome = await sweepWhenDue(this.#parts.core, sweep);
    const { log } = this.#parts;
    if (outcome.kind === 'swept') log.info({ vault, chunks: outcome.chunks }, 'a vault was swept');
    else log.warn({ vault, outcome: outcome.kind }, 'a sweep waits; `coffre sweep ACCOUNT --status` says why');
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(async () => {
      if (!this.#stopping.signal.aborted) await work();
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #untilQuiet(vault: VaultId): Promise<void> {
    const { journal } = this.#parts.core;
    let { sequence } = await journal.head(vault);
    for (let waitedMs = 0; waitedMs < quietWithinMs; waitedMs += quietMs) {
      await setTimeout(quietMs, undefined, { signal: this.#stopping.signal, ref: false });
      const now = (await journal.head(vault)).sequence;
      if (now === sequence) return;
      sequence = now;
    }
  }
}
