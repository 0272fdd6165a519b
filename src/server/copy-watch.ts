import type { Logger } from 'pino';
import type { CopyId } from '../base/ids.ts';
import type { CopyProgress } from '../copies/copy-follower.ts';
import type { Proof, ProofSettings } from '../copies/proof-status.ts';
import { refusedLine } from './copy-status.ts';
import type { Core } from './core.ts';
import type { Metrics } from './metrics.ts';
import { proofOf } from './proof-of.ts';

type WatchedCore = Pick<Core, 'copies' | 'journal' | 'instance' | 'disk'>;

/** Tells the operator how the copies are: what changed goes to the log, by id, and the figures to the metrics. */
export class CopyWatch {
  readonly #core: WatchedCore;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #proof: ProofSettings;
  readonly #said: Map<CopyId, string> = new Map();
  readonly #saidOfProof: Map<string, string> = new Map();

  constructor(core: WatchedCore, metrics: Metrics, log: Logger, proof: ProofSettings) {
    this.#core = core;
    this.#metrics = metrics;
    this.#log = log;
    this.#proof = proof;
  }

  async look(): Promise<void> {
    const { copyLag, copyFailures, copyLastWhole, copyHeldVaults, copies } = this.#metrics;
    copies.set(this.#core.instance.view.copies().length);
    for (const gauge of [copyLag, copyFailures, copyLastWhole, copyHeldVaults]) gauge.reset();
    for (const progress of await this.#core.copies.progress()) {
      const { copy, failures, lastWholeMs, held } = progress;
      copyLag.set({ copy }, await this.#lag(progress));
      copyFailures.set({ copy }, failures);
      copyHeldVaults.set({ copy }, held.length);
      if (lastWholeMs !== undefined) copyLastWhole.set({ copy }, lastWholeMs / 1000);
      this.#say(progress);
    }
    const { primary, copies: proofs } = await proofOf(this.#core, this.#proof);
    for (const gauge of Object.values(this.#metrics.proof)) gauge.reset();
    for (const [copy, proof] of [['primary', primary] as const, ...proofs]) this.#measureProof(copy, proof);
  }

  #measureProof(copy: string, { provenMs, round, drilled, damaged, overdue }: Proof): void {
    const { proven, verifyDone, restore, damagedObjects, isOverdue } = this.#metrics.proof;
    if (provenMs !== null) proven.set({ copy }, provenMs / 1000);
    if (round !== null) verifyDone.set({ copy }, round.done);
    if (drilled !== null) restore.set({ copy }, drilled.restoreMs / 1000);
    damagedObjects.set({ copy }, damaged);
    isOverdue.set({ copy }, overdue.length);
    const text = `${overdue.join()} ${damaged > 0}`;
    if (text === (this.#saidOfProof.get(copy) ?? ' false')) return;
    this.#saidOfProof.set(copy, text);
    if (overdue.length > 0 || damaged > 0)
      this.#log.warn({ copy, overdue, damaged }, 'a proof is overdue, or damage is open; copy status says more');
  }

  async #lag({ heads }: CopyProgress): Promise<number> {
    const { journal } = this.#core;
    const known = new Map(heads);
    let entries = 0;
    for (const vault of await journal.vaults())
      entries += Math.max(0, (await journal.head(vault)).sequence - (known.get(vault)?.sequence ?? 0));
    return entries;
  }

  #say({ copy, failing, held }: CopyProgress): void {
    const [refused] = held.flatMap(([vault, outcome]) => (outcome.kind === 'refused' ? [{ vault, outcome }] : []));
    const text = failing?.code ?? refused?.vault ?? (held.length > 0 ? 'damaged' : '');
    if (text === (this.#said.get(copy) ?? '')) return;
    this.#said.set(copy, text);
    // The message of a fault may name the place, which is for the command line.
    if (failing !== undefined)
      this.#log.warn({ copy, code: failing.code }, 'a copy cannot be written; it is tried again');
    else if (refused !== undefined)
      this.#log.error(
        { incident: 'copy-refused', copy, vault: refused.vault },
        refusedLine(refused.outcome.copy, refused.outcome.journal),
      );
    else if (held.length > 0) this.#log.error({ copy }, 'vaults are damaged and are not copied; verify says more');
    else this.#log.warn({ copy }, 'a copy is followed again');
  }
}
