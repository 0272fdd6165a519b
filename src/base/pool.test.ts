import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { eachLimited } from './pool.ts';

async function* numbers(upTo: number, taken: number[]): AsyncGenerator<number> {
  for (let number = 1; number <= upTo; number += 1) {
    taken.push(number);
    yield number;
    await setImmediate();
  }
}

const never: AbortSignal = new AbortController().signal;

it('works on everything, never more at once than it may', async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  await eachLimited(numbers(20, []), 3, never, async (number) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    seen.push(number);
    running -= 1;
  });
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  assert.equal(most, 3);
});

it('takes nothing new after a failure or an abort, and lets what was begun end', async () => {
  const taken: number[] = [];
  const ended: number[] = [];
  const failing = eachLimited(numbers(100, taken), 2, never, async (number) => {
    await setImmediate();
    if (number === 3) throw new Error('three');
    ended.push(number);
  });
  await assert.rejects(failing, /three/);
  assert.ok(taken.length < 10);
  assert.equal(ended.length, taken.length - 1);

  const stop = new AbortController();
  const seen: number[] = [];
  await eachLimited(numbers(100, []), 2, stop.signal, async (number) => {
    seen.push(number);
    if (number === 5) stop.abort();
  });
  assert.ok(seen.length < 10);
});
