// Many seeds of the simulation, with the figures that the log is kept for.
import { strict as assert } from 'node:assert';
import { describeFailures, report as reportOf } from '../sim/report.ts';
import { runSeeds } from '../sim/runner.ts';

const operations = 200;

export async function simulate(report: (line: string) => void, seeds: number): Promise<unknown> {
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  const summary = await runSeeds(all, {
    operations,
    onResult: ({ seed, problem }) => {
      if (problem !== undefined) report(`seed ${seed}: ${problem.split('\n')[0]}`);
    },
  });
  for (const line of reportOf(summary).split('\n')) report(line);
  assert.equal(summary.failures.length, 0, describeFailures(summary, operations, 60));
  return { seeds: summary.seeds, operations: summary.operations };
}
