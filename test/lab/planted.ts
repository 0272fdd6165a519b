// Plants each mistake of test/lab/planted in a copy of the tree, and each of test/sim/mutants.ts through the interfaces, and
// says what finds it: the simulation, and the test that the patch names.
import { strict as assert } from 'node:assert';
import { mutantNames } from '../sim/mutants.ts';
import { runSeeds, type Summary } from '../sim/runner.ts';
import { type Patch, PlantedTree, patchesIn } from './planted-tree.ts';

const operations = 200;

export interface PlantedFigures {
  readonly planted: number;
  readonly caught: number;
  readonly bySimulation: number;
}

interface Options {
  /** Parts of the names of mistakes; none: all of them. */
  readonly only: readonly string[];
  /** How many seeds a mistake may survive. */
  readonly seeds: number;
}

export async function plantMistakes(report: (line: string) => void, options: Options): Promise<PlantedFigures> {
  const found = [...(await throughInterfaces(report, options)), ...(await inSources(report, options))];
  const missed = found.filter((each) => !each.bySimulation && !each.byTest);
  assert.deepEqual(
    missed.map((each) => each.name),
    [],
    'mistakes that nothing finds',
  );
  return {
    planted: found.length,
    caught: found.length - missed.length,
    bySimulation: found.filter((each) => each.bySimulation).length,
  };
}

interface Found {
  readonly name: string;
  readonly bySimulation: boolean;
  readonly byTest: boolean;
}

async function throughInterfaces(report: (line: string) => void, { only, seeds }: Options): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const name of mutantNames.filter((each) => only.length === 0 || only.some((part) => each.includes(part)))) {
    const summary = await simulate(seeds, { mutant: name });
    report(`${verdict(summary)}; ${name}`);
    found.push({ name, bySimulation: summary.failures.length > 0, byTest: false });
  }
  return found;
}

async function inSources(report: (line: string) => void, { only, seeds }: Options): Promise<readonly Found[]> {
  const found: Found[] = [];
  const tree = new PlantedTree();
  try {
    for (const patch of patchesIn('test/lab/planted', only)) {
      tree.plant(patch);
      const summary = await simulate(seeds, { tree: tree.folder });
      const byTest = await isFoundByItsTest(tree, patch);
      const test = patch.field('Test');
      const tested = test === '' ? '' : `, ${test} ${byTest ? 'fails' : 'PASSES'}`;
      report(`${verdict(summary)}${tested}; ${patch.file}: ${patch.field('Mistake')}`);
      found.push({ name: patch.file, bySimulation: summary.failures.length > 0, byTest });
    }
  } finally {
    tree.remove();
  }
  return found;
}

async function isFoundByItsTest(tree: PlantedTree, patch: Patch): Promise<boolean> {
  const test = patch.field('Test');
  return test !== '' && (await tree.fails(test, patch.field('Name')));
}

function simulate(seeds: number, where: { readonly mutant?: string; readonly tree?: string }): Promise<Summary> {
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  return runSeeds(all, { operations, stopAtFirst: true, ...where });
}

function verdict({ failures, seeds }: Summary): string {
  const [first] = failures;
  if (first === undefined) return `survived ${seeds} seeds`;
  return `found after ${seeds} seeds (${first.problem?.split('\n')[0]})`;
}
