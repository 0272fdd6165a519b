// The long runs. Each writes a dated log that is committed:
//
//   npm run test:lab                                all of them
//   node test/lab/run.ts power-cut --cuts 200       power cuts under load
//   node test/lab/run.ts guards                     each guard of docs/guards.md taken away (--only NAME)
//   node test/lab/run.ts planted --seeds 150        mistakes planted, to be found (--only NAME)
//   node test/lab/run.ts simulation --seeds 10000   that many seeds of the simulation
//   node test/lab/run.ts rclone                     rclone with files up to 300 MiB
//   node test/lab/run.ts every-call                 killed before each call of a request
//   node test/lab/run.ts ceph                      copies in the object storage of a Ceph cluster (its packages: ceph-cluster.ts)
//   node test/lab/run.ts bit-flips --places 10000   flipped bits all over data folders
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bitFlips } from '../faults/bit-flips.ts';
import { killAtEveryCall, killings } from '../faults/every-call.ts';
import { powerCuts } from '../faults/power-cuts.ts';
import { Shim } from '../faults/shim.ts';
import { cephRun } from './ceph.ts';
import { checkGuards } from './guards.ts';
import { plantMistakes } from './planted.ts';
import { simulate } from './simulation.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cuts: { type: 'string', default: '200' },
    places: { type: 'string', default: '10000' },
    seeds: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
  },
});

type Report = (line: string) => void;

const runs: ReadonlyMap<string, (report: Report) => Promise<unknown>> = new Map([
  ['power-cut', (report: Report) => powerCuts(Number(values.cuts), report)],
  ['every-call', killedEverywhere],
  ['ceph', cephRun],
  ['guards', (report: Report) => checkGuards(report, values.only)],
  ['planted', (report: Report) => plantMistakes(report, { only: values.only, seeds: Number(values.seeds ?? 150) })],
  ['simulation', (report: Report) => simulate(report, Number(values.seeds ?? 10_000))],
  ['rclone', rclone],
  ['bit-flips', (report: Report) => bitFlips({ small: Number(values.places), large: Number(values.places) }, report)],
]);

async function killedEverywhere(report: Report): Promise<unknown> {
  const shim = new Shim();
  try {
    const all = [];
    for (const killing of killings()) {
      const figures = await killAtEveryCall(shim, killing, 1);
      report(JSON.stringify(figures));
      all.push(figures);
    }
    return { kills: all.reduce((sum, each) => sum + each.kills, 0) };
  } finally {
    shim.remove();
  }
}

/** The test of rclone with its large files. */
function rclone(report: Report): Promise<unknown> {
  const test = join(import.meta.dirname, '..', 'compat', 'rclone.test.ts');
  const args = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec', test];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, COFFRE_LAB: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface(child.stdout).on('line', report);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve({ largestMiB: 300 }) : reject(new Error(`it ended with ${code}`)),
    );
  });
}

async function logged(name: string, run: (report: Report) => Promise<unknown>): Promise<boolean> {
  const started = new Date();
  const folder = join(import.meta.dirname, 'logs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${started.toISOString().slice(0, 10)}-${name}.log`);
  const report: Report = (line) => {
    appendFileSync(file, `${line}\n`);
    process.stdout.write(`${line}\n`);
  };
  writeFileSync(file, '');
  report(
    `${name}, ${started.toISOString()}, Node ${process.version}, Linux ${release()} ${arch()}, ${availableParallelism()} cores`,
  );
  try {
    const figures = await run(report);
    report(`passed in ${Math.round((Date.now() - started.getTime()) / 1000)} s: ${JSON.stringify(figures)}`);
    return true;
  } catch (error) {
    report(`FAILED: ${error instanceof Error ? error.stack : String(error)}`);
    return false;
  }
}

const names = positionals.length === 0 ? [...runs.keys()] : positionals;
for (const name of names) {
  const run = runs.get(name);
  if (run === undefined) {
    process.stderr.write(`there is no run called ${name}; there are: ${[...runs.keys()].join(', ')}\n`);
    process.exitCode = 2;
  } else if (!(await logged(name, run))) process.exitCode = 1;
}
