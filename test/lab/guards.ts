// Takes each guard of test/faults/guards away in a copy of the tree, and runs the test that says it fails without it.
import { strict as assert } from 'node:assert';
import { PlantedTree, patchesIn } from './planted-tree.ts';

export interface GuardFigures {
  readonly guards: number;
  readonly caught: number;
}

/** @param only parts of the names of patches; none: all of them. */
export async function checkGuards(report: (line: string) => void, only: readonly string[] = []): Promise<GuardFigures> {
  const tree = new PlantedTree();
  try {
    const guards = patchesIn('test/faults/guards', only);
    const missed: string[] = [];
    for (const guard of guards) {
      const says = guard.field('Guard');
      const test = guard.field('Test');
      assert.ok(says !== '' && test !== '', `${guard.file} does not say what it is`);
      tree.plant(guard);
      const started = Date.now();
      const caught = await tree.fails(test, guard.field('Name'));
      report(`${caught ? 'caught' : 'MISSED'} ${guard.file}, ${Math.round((Date.now() - started) / 1000)} s: ${says}`);
      if (!caught) missed.push(guard.file);
    }
    assert.deepEqual(missed, [], 'guards that no test misses');
    return { guards: guards.length, caught: guards.length - missed.length };
  } finally {
    tree.remove();
  }
}
