import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Fault, isFault } from '#base/fault.ts';
import { Caller, largeBuffers, type Methods, Moved, serveCalls } from './rpc.ts';

interface Linked {
  readonly caller: Caller;
  /** Messages that went over, in either direction. */
  readonly posts: () => number;
}

function linked(t: TestContext, methods: Methods): Linked {
  const { port1, port2 } = new MessageChannel();
  let posts = 0;
  for (const port of [port1, port2]) {
    const post = port.postMessage.bind(port);
    port.postMessage = ((message: unknown, transfer: readonly ArrayBuffer[] = []) => {
      posts += 1;
      post(message, [...transfer]);
    }) as typeof post;
  }
  serveCalls(port2, methods);
  const caller = new Caller(port1);
  t.after(() => caller.close());
  return { caller, posts: () => posts };
}

const methods: Methods = {
  twice: (value: number) => value * 2,
  later: async (value: number) => value + 1,
  refuse: () => {
    throw new Fault('disk-full', 'no room');
  },
  break: async () => {
    throw new TypeError('a mistake');
  },
  unclonable: () => () => undefined,
  length: (bytes: Uint8Array) => bytes.length,
  make: (length: number) => {
    const bytes = new Uint8Array(length).fill(7);
    return new Moved(bytes, [bytes.buffer]);
  },
};

it('answers each call with its own answer, whatever the order', async (t) => {
  const { caller } = linked(t, methods);
  const answers = await Promise.all([caller.call('later', [1]), caller.call('twice', [21]), caller.call('later', [5])]);
  assert.deepEqual(answers, [2, 42, 6]);
});

it('sends what one turn of the loop asks for in one message, and so the answers', async (t) => {
  const { caller, posts } = linked(t, methods);
  await Promise.all(Array.from({ length: 20 }, (_, i) => caller.call('later', [i])));
  assert.equal(posts(), 2);
});

it('brings faults over as faults and mistakes as mistakes', async (t) => {
  const { caller } = linked(t, methods);
  await assert.rejects(caller.call('refuse', []), (error) => isFault(error, 'disk-full'));
  await assert.rejects(caller.call('break', []), /in another thread: TypeError: a mistake/);
});

it('what cannot be cloned fails alone', async (t) => {
  const { caller } = linked(t, methods);
  const [asked, answered, fine] = await Promise.allSettled([
    caller.call('twice', [() => undefined]),
    caller.call('unclonable', []),
    caller.call('twice', [4]),
  ]);
  assert.equal(asked.status, 'rejected');
  assert.equal(answered.status, 'rejected');
  assert.deepEqual(fine, { status: 'fulfilled', value: 8 });
});

it('large bytes move in both directions', async (t) => {
  const { caller } = linked(t, methods);
  const bytes = new Uint8Array(100_000);
  assert.equal(await caller.call('length', [bytes], largeBuffers([bytes])), 100_000);
  assert.equal(bytes.length, 0);
  const made = (await caller.call('make', [50_000])) as Uint8Array;
  assert.deepEqual([made.length, made[49_999]], [50_000, 7]);
});

it('moves neither small bytes nor parts of something larger', () => {
  const whole = new Uint8Array(100_000);
  assert.deepEqual(largeBuffers([new Uint8Array(100), whole.subarray(0, 20_000), 'text', undefined]), []);
  assert.deepEqual(largeBuffers([whole.subarray(14)]), [whole.buffer]);
});

it('after the end everything fails, what waits and what comes', async (t) => {
  const { caller } = linked(t, { never: () => new Promise(() => undefined) });
  const waiting = caller.call('never', []);
  caller.end(new Fault('unavailable', 'stopping'));
  await assert.rejects(waiting, (error) => isFault(error, 'unavailable'));
  await assert.rejects(caller.call('never', []), (error) => isFault(error, 'unavailable'));
});
