import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Throttle } from './throttle.ts';

test('a few guesses are free, then each wrong one doubles the wait, up to a minute', () => {
  let now = 0;
  const throttle = new Throttle({ nowMs: () => now });
  const waits: number[] = [];
  for (let i = 0; i < 14; i += 1) {
    throttle.wrong('a', 'alice');
    waits.push(throttle.waitMs('a', 'alice'));
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  assert.equal(throttle.waitMs('b', 'alice'), 0, 'another place is not held up');
  assert.equal(throttle.waitMs('a', 'bob'), 0, 'another account is not held up');
  now += 60_000;
  assert.equal(throttle.waitMs('a', 'alice'), 0);
  throttle.right('a', 'alice');
  throttle.wrong('a', 'alice');
  assert.equal(throttle.waitMs('a', 'alice'), 0);
});

test('memory stays bounded however many names are guessed', () => {
  const throttle = new Throttle({ nowMs: () => 0 });
  for (let i = 0; i < 5; i += 1) throttle.wrong('a', 'first');
  for (let i = 0; i < 10_000; i += 1) throttle.wrong('a', `name${i}`);
  assert.equal(throttle.waitMs('a', 'first'), 0, 'the one quiet for longest was forgotten');
});
