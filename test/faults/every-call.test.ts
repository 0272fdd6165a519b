import { strict as assert } from 'node:assert';
import { it } from 'node:test';
import { killAtEveryCall, killings } from './every-call.ts';
import { needs } from './needs.ts';
import { Shim } from './shim.ts';

/** Every call in the lab; here some of them. */
const step = 11;

it('killed before a system call of a request: old or new content, never half, and what was acknowledged is there', {
  skip: needs('gcc'),
}, async (t) => {
  const shim = new Shim();
  try {
    for (const killing of killings()) {
      const figures = await killAtEveryCall(shim, killing, step);
      t.diagnostic(JSON.stringify(figures));
      assert.ok(figures.kills > 0, `${figures.name}: no kill`);
    }
  } finally {
    shim.remove();
  }
});
