import { fromHex, toHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Disk } from '#store/disk.ts';
import { ranKey } from '#store/journal/journal.ts';
import { type Acted, type ActParts, actOn, retryHeld } from './reaper-act.ts';
import { needsOf, type ReaperLimits, total } from './reaper-breakers.ts';
import { operatorConfirmed, ownerConfirmed } from './reaper-confirmation.ts';
import { type Due, dueOf, readPlan } from './reaper-plan.ts';
import { scanVault, type VaultScan } from './reaper-scan.ts';
import {
  certificatePath,
  type OpenPlan,
  planPath,
  type ReaperState,
  readState,
  writeState,
  writeText,
} from './reaper-state.ts';

export interface ReaperParts extends ActParts {
  /** Of the data folder; only what lies in `reaper/` is written. */
  readonly disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>;
  readonly clock: Clock;
  readonly limits: ReaperLimits;
}

interface VaultOutlook {
  readonly vault: VaultId;
  /** Dropped, and not due yet. */
  readonly waiting: number;
  /** Due, and kept because the folder has an early format. */
  readonly kept: number;
}

export interface ReaperReport {
  readonly ranMs: number;
  readonly vaults: readonly VaultOutlook[];
  /** What stands planned after this: held by a breaker, or not acted on because nothing but a plan was asked for. */
  readonly plans: readonly OpenPlan[];
  readonly done: readonly {
    readonly plan: number;
    readonly vault: VaultId;
    readonly erased: number;
    readonly kept: number;
  }[];
  readonly held: number;
  /** Vaults that are left alone until somebody has looked at them. */
  readonly problems: readonly string[];
}

/**
 * The one program that erases. It obeys signed drops only, plans before it acts, and everything that it has seen or begun
 * is durable before the next step, so a crash anywhere leaves work to be done again and nothing else.
 */
export class Reaper {
  readonly #parts: ReaperParts;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  /** Notes what is new, plans what is due, and erases nothing. */
  plan(): Promise<ReaperReport> {
    return this.#go(false);
  }

  /** Plans, and acts on every plan that no breaker holds. */
  run(): Promise<ReaperReport> {
    return this.#go(true);
  }

  async #go(acts: boolean): Promise<ReaperReport> {
    const { reader, disk, clock, copies } = this.#parts;
    const state = await readState(disk);
    const ranMs = Number((await reader.meta(ranKey)) ?? 0);
    const run = Number((await reader.meta('run')) ?? 0);
    const problems: string[] = [];
    if (!state.runs.some((each) => each.run >= run)) state.runs.push({ run, ranMs });
    const scans = await this.#scanAll(state, run, ranMs, problems);
    const dues = scans.map((scan) => this.#dueOf(scan, state, ranMs));
    await this.#makePlans(state, scans, dues, ranMs);
    await this.#confirm(state);
    // Before anything is erased: what was seen, what is planned, what is held.
    await writeState(disk, state);
    const done: ReaperReport['done'][number][] = [];
    if (acts) {
      for (const plan of state.plans.filter(mayAct)) {
        const acted = await this.#act(state, plan, run, ranMs, problems);
        if (acted !== undefined)
          done.push({ plan: plan.number, vault: plan.vault, erased: acted.erased.length, kept: acted.kept.length });
      }
      state.held = await retryHeld(copies, scans, state.held, clock.nowMs());
      await writeState(disk, state);
    }
    const vaults = dues.map(({ file, waiting, kept }) => ({ vault: file.vault, waiting, kept }));
    return { ranMs, vaults, plans: state.plans, done, held: state.held.length, problems };
  }

  async #scanAll(state: ReaperState, run: number, ranMs: number, problems: string[]): Promise<VaultScan[]> {
    const { reader, journal } = this.#parts;
    const scans: VaultScan[] = [];
    for (const vault of await reader.vaults()) {
      if ((await reader.publicHeaders(vault)).length === 0 && (await reader.head(vault)).sequence === 0) continue;
      try {
        const scan = await scanVault(reader, journal, vault, run);
        problems.push(...scan.problems);
        const doubt = await this.#doubtOf(state, scan);
        if (doubt !== undefined) {
          problems.push(doubt);
          continue;
        }
        note(state, scan, ranMs);
        scans.push(scan);
      } catch (error) {
        if (!isFault(error, 'damaged') && !isFault(error, 'missing') && !isFault(error, 'newer-format')) throw error;
        problems.push(error.message);
      }
    }
    return scans;
  }

  /** A journal that became shorter, another one, or a vault with another signing key is no reason to erase. */
  async #doubtOf(state: ReaperState, scan: VaultScan): Promise<string | undefined> {
    const seen = state.vaults[scan.vault];
    // Of an empty vault there is nothing to be behind of.
    if (seen === undefined || (seen.head.sequence === 0 && seen.sign === scan.sign)) return undefined;
    if (seen.sign !== scan.sign)
      return `Vault ${scan.vault} has another signing key than it had. Nothing of it was erased.`;
    if (scan.head.fork > seen.head.fork) return undefined;
    const [stored] = await this.#parts.reader.entries(scan.vault, seen.head.sequence, 1);
    const isBehind = scan.head.sequence < seen.head.sequence || scan.head.fork < seen.head.fork;
    const isNext =
      seen.head.sequence === scan.head.sequence
        ? toHex(scan.head.hash) === seen.head.hash
        : stored !== undefined && toHex(decodeHeader(stored.header).header.previousHash) === seen.head.hash;
    return isBehind || !isNext
      ? `Vault ${scan.vault} is behind what it was, or another one. Nothing of it was erased.`
      : undefined;
  }

  #dueOf(scan: VaultScan, state: ReaperState, ranMs: number): Due {
    const { limits, journal } = this.#parts;
    return dueOf(scan, state, ranMs, limits.windowMs, journal.erasesData);
  }

  /** One plan for a vault at a time: the one that is held stays as it is, so that it can be confirmed. */
  async #makePlans(
    state: ReaperState,
    scans: readonly VaultScan[],
    dues: readonly Due[],
    ranMs: number,
  ): Promise<void> {
    const instance = total(scans.map((scan) => scan.stored));
    for (const [index, scan] of scans.entries()) {
      const due = dues[index];
      const isOpen = state.plans.some((each) => each.vault === scan.vault);
      if (due === undefined || isOpen || (due.count === 0 && due.file.leases.length === 0)) continue;
      const { vault } = scan;
      const number = state.next;
      state.next += 1;
      const bytes = await writeText(this.#parts.disk, planPath(vault, number), { ...due.file, plan: number });
      const soon = state.plans
        .filter((each) => mayAct(each) && !each.acting)
        .map((each) => ({ ...each, ranMs, plan: each.number }));
      const amount = { vault, count: due.count, bytes: due.bytes };
      const stored = { vault: scan.stored, instance };
      const beyond = needsOf(amount, [...state.erasures, ...soon], stored, ranMs, this.#parts.limits);
      // Once open the breaker of the instance is open for everybody.
      const operator = beyond.operator || state.plans.some((each) => each.needs.operator && !each.confirmed.operator);
      state.plans.push({
        number,
        ...amount,
        sha256: toHex(sha256(bytes)),
        needs: { owner: beyond.owner, operator },
        confirmed: { owner: false, operator: false },
        acting: false,
      });
    }
  }

  async #confirm(state: ReaperState): Promise<void> {
    const { reader } = this.#parts;
    for (const plan of state.plans) {
      const sign = state.vaults[plan.vault]?.sign;
      if (plan.acting || sign === undefined) continue;
      plan.confirmed = {
        owner: await ownerConfirmed(reader, plan.vault, plan.sha256, fromHex(sign)),
        operator: await operatorConfirmed(reader, plan.vault, plan.sha256),
      };
    }
  }

  async #act(
    state: ReaperState,
    plan: OpenPlan,
    run: number,
    ranMs: number,
    problems: string[],
  ): Promise<Acted | undefined> {
    const { disk, clock } = this.#parts;
    try {
      const file = await readPlan(disk, plan);
      if (!plan.acting) {
        plan.acting = true;
        const { number, vault, count, bytes, confirmed } = plan;
        state.erasures.push({ plan: number, ranMs, vault, count, bytes, confirmed });
        // Crash behind this: it counts already, and is gone on with.
        await writeState(disk, state);
      }
      const acted = await actOn(this.#parts, file, run);
      await writeText(disk, certificatePath(plan.number), {
        version: 1,
        plan: plan.number,
        planSha256: plan.sha256,
        vault: plan.vault,
        confirmed: plan.confirmed,
        timeMs: clock.nowMs(),
        ranMs,
        limits: this.#parts.limits,
        drops: file.drops.map(({ fork, sequence, hash }) => ({ fork, sequence, hash })),
        ...acted,
      });
      const { number, vault } = plan;
      // Again after a crash: what is listed already is not listed twice.
      state.held = state.held.filter((each) => each.plan !== number);
      for (const { copy, held } of acted.copies) {
        state.held.push(...held.map((each) => ({ ...each, copy, vault, plan: number })));
      }
      state.plans = state.plans.filter((each) => each.number !== plan.number);
      // Crash before this: the same is done again, finds nothing to do, and writes the same certificate.
      await writeState(disk, state);
      return acted;
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'sync-failed' || error.code === 'disk-full') throw error;
      problems.push(error.message);
      return undefined;
    }
  }
}

function mayAct({ acting, needs, confirmed }: OpenPlan): boolean {
  return acting || ((!needs.owner || confirmed.owner) && (!needs.operator || confirmed.operator));
}

/** The window of a drop begins when it was first seen, by the time that the instance ran. */
function note(state: ReaperState, scan: VaultScan, ranMs: number): void {
  const before = state.vaults[scan.vault]?.drops ?? {};
  const drops = Object.fromEntries(scan.drops.map(({ hash }) => [hash, before[hash] ?? ranMs]));
  const { fork, sequence, hash } = scan.head;
  state.vaults[scan.vault] = { sign: scan.sign, head: { fork, sequence, hash: toHex(hash) }, drops };
}
