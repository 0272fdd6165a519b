import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Figures } from './figures.ts';

export interface SeedTask {
  readonly seed: number;
  readonly operations: number;
  readonly mutant: string | undefined;
  readonly wantsTrace: boolean;
}

export interface SeedResult {
  readonly seed: number;
  readonly operations: number;
  readonly problem: string | undefined;
  readonly traceHash: string;
  readonly figures: readonly (readonly [string, number])[];
  readonly trace: readonly string[];
}

export interface RunOptions {
  readonly operations: number;
  readonly jobs?: number;
  readonly mutant?: string;
  readonly wantsTrace?: boolean;
  /** Limits as they are in the program, instead of small ones (rewrites.ts). */
  readonly realLimits?: boolean;
  readonly stopAtFirst?: boolean;
  /** No further seed is begun after this time. */
  readonly maxMs?: number;
  /** Whose `test/sim` is run: another copy of the tree, for bugs that are planted there. */
  readonly tree?: string;
  readonly onResult?: (result: SeedResult) => void;
}

export interface Summary {
  readonly seeds: number;
  readonly operations: number;
  readonly figures: Figures;
  readonly failures: readonly SeedResult[];
  readonly elapsedMs: number;
}

const seedsPerChild = 150;
const seedLimitMs = 180_000;

/** Runs seeds in processes of their own: views live in memory outside of the heap, and a process gives all of it back. */
export async function runSeeds(seeds: readonly number[], options: RunOptions): Promise<Summary> {
  const start = process.hrtime.bigint();
  const elapsedMs = (): number => Number((process.hrtime.bigint() - start) / 1_000_000n);
  const waiting = [...seeds];
  const figures = new Figures();
  const failures: SeedResult[] = [];
  const totals = { seeds: 0, operations: 0 };
  const next = (): number | undefined => {
    const isOver =
      (options.stopAtFirst === true && failures.length > 0) ||
      (options.maxMs !== undefined && elapsedMs() > options.maxMs);
    return isOver ? undefined : waiting.shift();
  };
  const take = (result: SeedResult): void => {
    totals.seeds += 1;
    totals.operations += result.operations;
    figures.addAll(result.figures);
    if (result.problem !== undefined) failures.push(result);
    options.onResult?.(result);
  };
  const jobs = Math.min(options.jobs ?? availableParallelism(), seeds.length);
  await Promise.all(Array.from({ length: jobs }, () => work(options, next, take)));
  failures.sort((a, b) => a.seed - b.seed);
  return { ...totals, figures, failures, elapsedMs: elapsedMs() };
}

async function work(
  options: RunOptions,
  next: () => number | undefined,
  take: (result: SeedResult) => void,
): Promise<void> {
  let seed = next();
  while (seed !== undefined) {
    const child = start(options);
    for (let count = 0; seed !== undefined && count < seedsPerChild; count += 1) {
      const result = await ask(child, {
        seed,
        operations: options.operations,
        mutant: options.mutant,
        wantsTrace: options.wantsTrace === true,
      });
      take(result);
      seed = next();
      if (child.exitCode !== null || child.signalCode !== null || !child.connected) break;
    }
    child.removeAllListeners();
    child.kill('SIGKILL');
  }
}

function start(options: RunOptions): ChildProcess {
  const folder = options.tree === undefined ? import.meta.dirname : join(options.tree, 'test/sim');
  const execArgv = ['--disable-warning=ExperimentalWarning', '--import', join(folder, 'rewrites.ts')];
  const env = { ...process.env, COFFRE_SIM_LIMITS: options.realLimits === true ? 'real' : 'small' };
  return fork(join(folder, 'child.ts'), [], { execArgv, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
}

/** A child that ends, or does not come to an end, is a problem of the seed that it had. */
function ask(child: ChildProcess, task: SeedTask): Promise<SeedResult> {
  return new Promise((resolve) => {
    const errors: string[] = [];
    const done = (result: SeedResult): void => {
      clearTimeout(timer);
      child.off('message', done);
      child.off('exit', ended);
      child.stderr?.off('data', hear);
      resolve(result);
    };
    const fail = (problem: string): void =>
      done({
        seed: task.seed,
        operations: 0,
        problem: `${problem}${errors.join('')}`,
        traceHash: '',
        figures: [],
        trace: [],
      });
    const ended = (): void => fail('the process ended: ');
    const hear = (text: Buffer): void => {
      errors.push(String(text));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`no end after ${seedLimitMs / 1000} s`);
    }, seedLimitMs);
    child.on('message', done);
    child.once('exit', ended);
    child.stderr?.on('data', hear);
    child.send(task);
  });
}
