// A process that simulates the seeds it is given; it was started with rewrites.ts in front (runner.ts).

import { mutantNamed } from './mutants.ts';
import type { SeedResult, SeedTask } from './runner.ts';
import { Simulation } from './simulation.ts';

async function simulate({ seed, operations, mutant, wantsTrace }: SeedTask): Promise<void> {
  const tampering = mutant === undefined ? {} : mutantNamed(mutant);
  const outcome = await new Simulation(seed, operations, tampering).run();
  const result: SeedResult = {
    seed,
    operations: outcome.operations,
    problem: outcome.problem,
    traceHash: outcome.traceHash,
    figures: outcome.figures.entries(),
    trace: wantsTrace || outcome.problem !== undefined ? outcome.trace : [],
  };
  process.send?.(result);
}

process.on('message', (task: SeedTask) => void simulate(task));
