import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountIdOf, vaultIdOf } from '#base/ids.ts';
import type { TraceItem } from '#format/trace.ts';
import { affectedAccounts, type Incident, Incidents } from './incidents.ts';

const accountOf = (byte: number): ReturnType<typeof accountIdOf> => accountIdOf(new Uint8Array(16).fill(byte));
const [alice, bob] = [accountOf(1), accountOf(2)];
const vault = vaultIdOf(new Uint8Array(16).fill(9));

test('incidents are noted for every account that they touch, once a minute, and listed by account', async () => {
  const clock = { now: 1_700_000_000_000 };
  const traced: TraceItem[] = [];
  const told: Incident[] = [];
  const seenBy: unknown[] = [];
  const desk = new Incidents({
    clock: { nowMs: () => clock.now },
    vaultOf: (account) => (account === alice ? vault : undefined),
    trace: (where, item) => {
      seenBy.push(where);
      traced.push(item);
    },
    tell: (incident) => told.push(incident),
  });
  const mixed = { kind: 'mixed-halves', accounts: [alice, bob, alice], address: '192.0.2.1' } as const;
  for (let time = 0; time < 100; time += 1) desk.note(mixed);
  assert.deepEqual(seenBy, [vault, undefined]);
  assert.deepEqual(told, [mixed]);
  clock.now += 60_000;
  desk.note({ ...mixed, accounts: [alice] });
  desk.note({ kind: 'moved-row', accounts: [], address: '' });
  assert.equal(told.length, 3);
  const other = { ...(traced[0] ?? assert.fail()), action: 'GET', outcome: '200' };
  assert.deepEqual(
    await affectedAccounts(
      (async function* () {
        yield* [other, ...traced];
      })(),
    ),
    [
      { kind: 'mixed-halves', account: alice, firstMs: clock.now - 60_000, lastMs: clock.now, times: 2 },
      { kind: 'moved-row', account: undefined, firstMs: clock.now, lastMs: clock.now, times: 1 },
      { kind: 'mixed-halves', account: bob, firstMs: clock.now - 60_000, lastMs: clock.now - 60_000, times: 1 },
    ],
  );
});
