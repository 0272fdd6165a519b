import { z } from 'zod';
import { unreachable } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import type { Clock, Randomness } from '#base/clock.ts';
import { isFault } from '#base/fault.ts';
import type { Disk } from '#store/disk.ts';
import { ChainedLog, type LineHead } from './chained-log.ts';
import { type ChangeFile, readChange, removeChange, writeChange } from './change-file.ts';
import type { RouterLink } from './openwrt/link.ts';
import { noData, reasonOf, ubusCall } from './openwrt/ubus.ts';
import {
  changedConfig,
  changesBetween,
  type Difference,
  differences,
  parseUciConfig,
  sameConfig,
  type UciChange,
  type UciConfig,
} from './openwrt/uci.ts';
import { routerFolder } from './routers.ts';
import type { Configs, Snapshots } from './snapshots.ts';

export interface Plan {
  readonly what: string;
  readonly changes: readonly UciChange[];
  readonly before: Configs;
  readonly after: Configs;
  readonly differences: readonly Difference[];
}

export type Applied =
  | { readonly kind: 'applied'; readonly deadlineMs: number }
  /** The router stopped answering in the middle. Whatever it did, it takes it back by itself. */
  | { readonly kind: 'unclear'; readonly deadlineMs: number }
  | { readonly kind: 'refused'; readonly why: string };

/** What became of a change. */
export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending'; readonly what: string; readonly deadlineMs: number }
  | { readonly kind: 'kept' | 'taken-back' | 'not-applied'; readonly what: string }
  /** Somebody else changed the same configuration meanwhile; it is left as it is. */
  | { readonly kind: 'changed-by-others'; readonly what: string; readonly configs: readonly string[] };

type Ended = Exclude<Outcome['kind'], 'none' | 'pending'>;

interface HistoryEntry {
  readonly what: Ended;
  readonly change: string;
  readonly text: string;
  /** How it was before. */
  readonly snapshot: number;
  readonly configs: readonly string[];
}
export type HistoryLine = HistoryEntry & LineHead;

const historyEntry: z.ZodType<HistoryEntry> = z.object({
  what: z.enum(['kept', 'taken-back', 'not-applied', 'changed-by-others']),
  change: z.string(),
  text: z.string(),
  snapshot: z.number().int(),
  configs: z.array(z.string()),
});

/** Beyond the router's own timer: it began to count a moment before the hub did. */
const graceMs = 3000;
const sessionBeyondSeconds = 600;
const takeBackSeconds = 60;

export interface ChangeParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly snapshots: Snapshots;
}

/** Changes of one router. The caller holds the lock of the folder. */
export class Changes {
  readonly #parts: ChangeParts;
  readonly #link: RouterLink;
  readonly #router: string;
  readonly #history: ChainedLog<HistoryEntry>;

  constructor(parts: ChangeParts, link: RouterLink) {
    this.#parts = parts;
    this.#link = link;
    this.#router = link.router.name;
    const path = `${routerFolder(this.#router)}/history.jsonl`;
    this.#history = new ChainedLog(parts.disk, path, historyEntry, parts.clock);
  }

  history(): Promise<readonly HistoryLine[]> {
    return this.#history.read();
  }

  async plan(what: string, changes: readonly UciChange[]): Promise<Plan> {
    const names = [...new Set(changes.map(({ config }) => config))];
    const before: Record<string, UciConfig> = {};
    const after: Record<string, UciConfig> = {};
    for (const name of names) {
      const current = await this.#link.config(name);
      before[name] = current;
      after[name] = changes.filter(({ config }) => config === name).reduce(changedConfig, current);
    }
    const different = names.flatMap((name) => differences(name, before[name] ?? [], after[name] ?? []));
    return { what, changes, before, after, differences: different };
  }

  /** One at a time: the caller has settled what was before. */
  async apply(plan: Plan, timeoutSeconds: number): Promise<Applied> {
    const snapshot = await this.#parts.snapshots.take(this.#link, `before: ${plan.what}`);
    const session = await this.#link.ownSession(timeoutSeconds + sessionBeyondSeconds);
    const startedAtMs = this.#parts.clock.nowMs();
    const change: ChangeFile = {
      version: 1,
      id: toHex(this.#parts.randomness.bytes(8)),
      what: plan.what,
      state: 'applying',
      session,
      startedAtMs,
      deadlineMs: startedAtMs + timeoutSeconds * 1000 + graceMs,
      snapshot: snapshot.n,
      before: plan.before,
      after: plan.after,
    };
    await this.#write(change);
    // Killed from here on: nothing is in force before `apply`, and what was staged goes with its session.
    const why = await this.#stage(session, plan.changes, plan.after);
    if (why !== undefined) {
      await this.#endSession(session);
      await this.#end(change, 'not-applied');
      return { kind: 'refused', why };
    }
    return await this.#applyStaged(change, timeoutSeconds);
  }

  async #applyStaged(change: ChangeFile, timeoutSeconds: number): Promise<Applied> {
    const { session } = change;
    try {
      const answer = await this.#uci(session, 'apply', { rollback: true, timeout: timeoutSeconds });
      // Killed here: the router counts already; the file says `applying`, and the router is asked what is in force.
      if (answer.kind !== 'ok') {
        await this.#endSession(session);
        await this.#end(change, 'not-applied');
        return { kind: 'refused', why: reasonOf(answer) };
      }
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      return { kind: 'unclear', deadlineMs: change.deadlineMs };
    }
    const deadlineMs = this.#parts.clock.nowMs() + timeoutSeconds * 1000 + graceMs;
    await this.#write({ ...change, state: 'applied', deadlineMs });
    return { kind: 'applied', deadlineMs };
  }

  /** Finds out what became of a change that was left, and finishes it. */
  async settle(): Promise<Outcome> {
    const change = await readChange(this.#parts.disk, this.#router);
    if (change === undefined) return { kind: 'none' };
    switch (change.state) {
      case 'applying':
        return await this.#settleApplying(change);
      case 'applied':
        if (this.#parts.clock.nowMs() < change.deadlineMs) return pending(change);
        return await this.#takeBack(change);
      case 'confirming':
        return await this.#confirmed(change);
      case 'taking-back':
        return await this.#takeBack(change);
      default:
        return unreachable(change.state);
    }
  }

  async confirm(): Promise<Outcome> {
    const settled = await this.settle();
    if (settled.kind !== 'pending') return settled;
    const change = await readChange(this.#parts.disk, this.#router);
    if (change === undefined) return { kind: 'none' };
    const confirming = { ...change, state: 'confirming' as const };
    // Before the call: a hub that was killed in it asks again, instead of taking back what its owner wanted.
    await this.#write(confirming);
    return await this.#confirmed(confirming);
  }

  async undo(): Promise<Outcome> {
    const settled = await this.settle();
    if (settled.kind !== 'pending') return settled;
    const change = await readChange(this.#parts.disk, this.#router);
    if (change === undefined) return { kind: 'none' };
    const answer = await this.#uci(change.session, 'rollback', {});
    // rpcd gives the session back what it had staged: it goes with it.
    if (answer.kind === 'ok') await this.#endSession(change.session);
    return await this.#takeBack(change);
  }

  async #settleApplying(change: ChangeFile): Promise<Outcome> {
    const first = await this.#where(change);
    if (first.kind === 'before') {
      // A request that is still on its way finds no session any more.
      await this.#endSession(change.session);
      if ((await this.#where(change)).kind === 'before') return await this.#end(change, 'not-applied');
    }
    // Only a part of it: the power went in the middle. Nobody waits for that.
    if (first.kind === 'mixed' || this.#parts.clock.nowMs() >= change.deadlineMs) return await this.#takeBack(change);
    await this.#write({ ...change, state: 'applied' });
    return pending(change);
  }

  async #confirmed(change: ChangeFile): Promise<Outcome> {
    const answer = await this.#uci(change.session, 'confirm', {});
    if (answer.kind === 'ok') return await this.#end(change, 'kept');
    const where = await this.#where(change);
    // Nothing waits on the router, and the change is in force: an earlier call was heard, or the router was restarted,
    // which takes its timer away.
    const isSettled = (answer.kind === 'status' && answer.status === noData) || (await this.#wasRestarted(change));
    if (where.kind === 'after' && isSettled) return await this.#end(change, 'kept');
    if (where.kind !== 'after') return await this.#takeBack(change);
    await this.#write({ ...change, state: 'applied' });
    return pending(change);
  }

  /**
   * Puts back what the router did not: after a restart it has no timer any more. Harmless when everything is as before.
   */
  async #takeBack(change: ChangeFile): Promise<Outcome> {
    const where = await this.#where(change);
    if (where.kind === 'before') return await this.#end(change, 'taken-back');
    if (where.after.length === 0) {
      await this.#end(change, 'changed-by-others');
      return { kind: 'changed-by-others', what: change.what, configs: where.others };
    }
    const session = await this.#link.ownSession(takeBackSeconds + sessionBeyondSeconds);
    await this.#write({ ...change, state: 'taking-back', session });
    const changes: UciChange[] = [];
    const wanted: Record<string, UciConfig> = {};
    for (const name of where.after) {
      const before = change.before[name] ?? [];
      wanted[name] = before;
      changes.push(...changesBetween(name, await this.#link.config(name), before));
    }
    const why = await this.#stage(session, changes, wanted);
    const answer =
      why === undefined ? await this.#uci(session, 'apply', { rollback: true, timeout: takeBackSeconds }) : undefined;
    if (answer?.kind !== 'ok') {
      // The router's own timer still runs: it does it, or the next look does.
      await this.#endSession(session);
      return pending(change);
    }
    await this.#uci(session, 'confirm', {});
    await this.#endSession(session);
    const isBack = (await this.#where(change)).after.length === 0;
    return isBack ? await this.#end(change, 'taken-back') : pending(change);
  }

  /** Undefined when all of it is staged as planned. */
  async #stage(session: string, changes: readonly UciChange[], wanted: Configs): Promise<string | undefined> {
    for (const { op, ...args } of changes) {
      const answer = await this.#uci(session, op, args);
      if (answer.kind !== 'ok') return reasonOf(answer);
    }
    for (const [config, expected] of Object.entries(wanted)) {
      const answer = await this.#uci(session, 'get', { config });
      const staged = answer.kind === 'ok' ? parseUciConfig(answer.data) : undefined;
      if (staged === undefined || !sameConfig(staged, expected))
        return `the router understood something else for ${config} than what was planned`;
    }
    return undefined;
  }

  /** Which state the configurations of a change are in, asked of the router. */
  async #where({ before, after }: ChangeFile): Promise<{
    readonly kind: 'before' | 'after' | 'mixed';
    readonly after: readonly string[];
    readonly others: readonly string[];
  }> {
    const isAfter: string[] = [];
    const others: string[] = [];
    let isBefore = 0;
    const names = Object.keys(before);
    for (const name of names) {
      const current = await this.#link.config(name);
      if (sameConfig(current, before[name] ?? [])) isBefore += 1;
      else if (sameConfig(current, after[name] ?? [])) isAfter.push(name);
      else others.push(name);
    }
    const kind = isBefore === names.length ? 'before' : isAfter.length === names.length ? 'after' : 'mixed';
    return { kind, after: isAfter, others };
  }

  async #wasRestarted({ startedAtMs }: ChangeFile): Promise<boolean> {
    const info = z.object({ uptime: z.number() }).safeParse(await this.#link.data('system', 'info'));
    return info.success && info.data.uptime * 1000 < this.#parts.clock.nowMs() - startedAtMs;
  }

  #uci(session: string, method: string, args: Readonly<Record<string, unknown>>): ReturnType<typeof ubusCall> {
    return ubusCall(this.#link.pinned, session, 'uci', method, args);
  }

  async #endSession(session: string): Promise<void> {
    await ubusCall(this.#link.pinned, session, 'session', 'destroy', {});
  }

  async #write(change: ChangeFile): Promise<void> {
    await writeChange(this.#parts.disk, this.#router, change);
  }

  async #end(change: ChangeFile, what: Ended): Promise<Outcome> {
    const { id, snapshot } = change;
    const lines = await this.#history.read();
    // Killed between the two: it is in the history already.
    if (lines.at(-1)?.change !== id) {
      const configs = Object.keys(change.before);
      await this.#history.append({ what, change: id, text: change.what, snapshot, configs });
    }
    await removeChange(this.#parts.disk, this.#router);
    return what === 'changed-by-others'
      ? { kind: what, what: change.what, configs: [] }
      : { kind: what, what: change.what };
  }
}

function pending({ what, deadlineMs }: ChangeFile): Outcome {
  return { kind: 'pending', what, deadlineMs };
}
