// The seeded simulation, from the command line:
//
//   node test/sim/run.ts --seeds 1..10000 --ops 200 [--jobs 2] [--real-limits] [--mutant NAME]
//   node test/sim/run.ts --seed 4711 --ops 200 [--verbose]
import { parseArgs } from 'node:util';
import { describeFailures, report } from './report.ts';
import { type RunOptions, runSeeds, type Summary } from './runner.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    ops: { type: 'string', default: '200' },
    jobs: { type: 'string' },
    mutant: { type: 'string' },
    'real-limits': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const operations = whole(values.ops, 'ops');
const flags = `${values['real-limits'] ? ' --real-limits' : ''}${values.mutant === undefined ? '' : ` --mutant ${values.mutant}`}`;
const options: RunOptions = {
  operations,
  realLimits: values['real-limits'],
  ...(values.mutant === undefined ? {} : { mutant: values.mutant }),
  ...(values.jobs === undefined ? {} : { jobs: whole(values.jobs, 'jobs') }),
};

process.exitCode =
  values.seed === undefined ? await many(values.seeds ?? '1..100') : await one(whole(values.seed, 'seed'));

function whole(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`--${name} wants a whole number`);
  return Number(text);
}

function range(text: string): number[] {
  const [from = '', to = from] = text.split('..');
  const first = whole(from, 'seeds');
  return Array.from({ length: whole(to, 'seeds') - first + 1 }, (_, index) => first + index);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function many(text: string): Promise<number> {
  let count = 0;
  const onResult: RunOptions['onResult'] = ({ seed, problem }) => {
    count += 1;
    if (problem !== undefined) print(`seed ${seed}: ${problem.split('\n')[0]}`);
    if (values.verbose && count % 100 === 0) print(`${count} seeds`);
  };
  const summary = await runSeeds(range(text), { ...options, onResult });
  print(report(summary));
  return verdict(summary, 30);
}

/** The same seed twice must be the same run, to the last step. */
async function one(seed: number): Promise<number> {
  const first = await runSeeds([seed], { ...options, wantsTrace: true });
  const hashes: string[] = [];
  await runSeeds([seed], {
    ...options,
    wantsTrace: true,
    onResult: ({ trace, traceHash }) => {
      hashes.push(traceHash);
      if (values.verbose) print(trace.join('\n'));
    },
  });
  await runSeeds([seed], { ...options, onResult: ({ traceHash }) => hashes.push(traceHash) });
  print(report(first));
  print(`trace ${hashes[0]}`);
  if (new Set(hashes).size !== 1) {
    print('the same seed gave another trace the second time');
    return 1;
  }
  return verdict(first, values.verbose ? 0 : 60);
}

function verdict(summary: Summary, traceLines: number): number {
  if (summary.failures.length === 0) return 0;
  print('');
  print(describeFailures(summary, operations, traceLines, flags));
  print(`${summary.failures.length} of ${summary.seeds} seeds fail`);
  return 1;
}
