import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Bandwidth, ByteBudget, CourteousPace } from './pace.ts';

it('holds no more bytes at once than the budget, and lets everybody through in turn', async () => {
  const budget = new ByteBudget(100);
  let used = 0;
  let most = 0;
  const order: number[] = [];
  const work = [30, 60, 40, 250, 10, 90].map((bytes, at) =>
    budget.with(bytes, async () => {
      used += bytes;
      most = Math.max(most, bytes > 100 ? used - bytes : used);
      order.push(at);
      await new Promise((resolve) => setImmediate(resolve));
      used -= bytes;
    }),
  );
  await Promise.all(work);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  assert.ok(most <= 100, `${most}`);
});

it('gives the room back when the work fails', async () => {
  const budget = new ByteBudget(10);
  await assert.rejects(budget.with(10, () => Promise.reject(new Error('no'))));
  await budget.with(10, async () => undefined);
});

it('keeps to an average over time, and is not stopped by a clock that is set back', async () => {
  let nowMs = 1_000_000;
  let sleptMs = 0;
  const sleep = async (ms: number): Promise<void> => {
    sleptMs += ms;
    nowMs += ms;
  };
  const bandwidth = new Bandwidth(1000, { nowMs: () => nowMs }, sleep);
  for (let count = 0; count < 100; count += 1) await bandwidth.take(100);
  assert.ok(sleptMs >= 9000 && sleptMs <= 10_100, `${sleptMs}`);
  nowMs -= 500_000;
  sleptMs = 0;
  await bandwidth.take(100);
  assert.ok(sleptMs <= 1100, `${sleptMs}`);
});

it('rests four times as long as it worked while there are requests, not at all without, and counts rests once', async () => {
  let [requests, nowMs] = [0, 0];
  const slept: number[] = [];
  const pace = new CourteousPace(
    () => requests,
    () => nowMs,
    async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
  );
  nowMs += 100;
  await pace.rest();
  assert.deepEqual(slept, []);
  nowMs += 100;
  requests += 1;
  await Promise.all([pace.rest(), pace.rest()]);
  assert.deepEqual([slept, pace.restedMs], [[400], 400]);
  nowMs += 10;
  await pace.rest();
  nowMs += 60_000;
  requests += 1;
  await pace.rest();
  assert.deepEqual(slept, [400, 2000]);
});
