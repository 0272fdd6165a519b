import { strict as assert } from 'node:assert';
import { it } from 'node:test';
import { needsRoot } from './needs.ts';
import { powerCuts } from './power-cuts.ts';

const cuts = 8;

it('what was acknowledged survives power cuts', { skip: needsRoot('python3', 'mkfs.ext4', 'losetup') }, async (t) => {
  const figures = await powerCuts(cuts);
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.undone > 0, 'no cut came in the middle of a request');
});
