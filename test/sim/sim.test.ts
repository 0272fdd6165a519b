import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailures, report } from './report.ts';
import { runSeeds } from './runner.ts';

const operations = 200;
/** A few hundred where the machine is quick; what is slow runs fewer, never none. */
const seeds = Array.from({ length: 300 }, (_, index) => index + 1);
const maxMs = 50_000;

test('works: Simulation: random commands of several people over failing disks lose nothing that was acknowledged', async (context) => {
  const summary = await runSeeds(seeds, { operations, maxMs });
  context.diagnostic(report(summary));
  assert.ok(summary.seeds >= 10, 'at least ten seeds ran');
  assert.equal(summary.failures.length, 0, describeFailures(summary, operations, 60, ''));
});
