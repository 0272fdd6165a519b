import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { it, mock } from 'node:test';
import { Leaving } from './leaving.ts';

class FakeConnection extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

interface Stand {
  readonly leaving: Leaving;
  readonly clock: { now: number };
  connect(): { readonly connection: FakeConnection; readonly departure: ReturnType<Leaving['departure']> };
}

function stand(maxBytes: number): Stand {
  const clock = { now: 1000 };
  const leaving = new Leaving(maxBytes, { nowMs: () => clock.now });
  const connect: Stand['connect'] = () => {
    const connection = new FakeConnection();
    return { connection, departure: leaving.departure(connection) };
  };
  return { leaving, clock, connect };
}

/** Whether it was let in by now. */
async function isIn(entering: Promise<void>): Promise<boolean> {
  const inNow = entering.then(() => true);
  return Promise.race([inNow, new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

it('lets in what fits, and the rest in order once somebody has sent theirs', async () => {
  const { connect } = stand(10);
  const [first, second, third] = [connect().departure, connect().departure, connect().departure];
  await first.enter(6);
  assert.equal(first.tryEnter(6), false);
  const entering = [second.enter(6), third.enter(3)];
  assert.deepEqual(await Promise.all(entering.map(isIn)), [false, false]);
  assert.equal(first.tryEnter(1), false, 'nobody overtakes those who wait');
  first.left(6);
  await Promise.all(entering);
  assert.equal(second.heldBytes + third.heldBytes, 9);
});

it('gives back what an answer holds when its connection is done', async () => {
  const { connect } = stand(10);
  const gone = connect();
  await gone.departure.enter(10);
  const waiting = connect();
  const entering = waiting.departure.enter(10);
  const late = connect();
  const entersLate = late.departure.enter(4);
  waiting.connection.destroy();
  gone.connection.emit('close');
  await Promise.all([entering, entersLate]);
  assert.deepEqual(
    [gone, waiting, late].map(({ departure }) => departure.heldBytes),
    [0, 0, 4],
  );
  gone.departure.left(10);
  assert.equal(late.departure.tryEnter(7), false, 'nothing is given back twice');
});

it('cuts off clients that have taken nothing for ten seconds, once somebody waits', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const { clock, connect } = stand(10);
    const [moving, stalled] = [connect(), connect()];
    await stalled.departure.enter(5);
    await moving.departure.enter(5);
    clock.now += 60_000;
    mock.timers.tick(1000);
    assert.equal(stalled.connection.destroyed, false, 'nobody waits');
    moving.departure.left(1);
    await moving.departure.enter(1);
    const waiting = connect();
    const entering = waiting.departure.enter(5);
    mock.timers.tick(1000);
    assert.deepEqual([moving.connection.destroyed, stalled.connection.destroyed], [false, true]);
    await entering;

    const next = connect();
    const entersNext = next.departure.enter(5);
    clock.now += 9999;
    mock.timers.tick(10_000);
    assert.equal(await isIn(entersNext), false, 'the others took something less than ten seconds ago');
    assert.deepEqual([moving.connection.destroyed, waiting.connection.destroyed], [false, false]);
  } finally {
    mock.timers.reset();
  }
});
