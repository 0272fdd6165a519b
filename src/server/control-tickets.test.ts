import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Unlocked } from '#accounts/proofs.ts';
import { accountIdOf } from '#base/ids.ts';
import { Tickets } from './control-tickets.ts';

// Of a proof only the account is looked at.
const unlocked = { account: { id: accountIdOf(new Uint8Array(16)) } } as unknown as Unlocked;

test('a ticket that nobody uses is dropped, whether or not another one is made', () => {
  const clock = { now: 1_700_000_000_000 };
  const tickets = new Tickets({ nowMs: () => clock.now });
  const [used, idle] = [tickets.issue(unlocked), tickets.issue(unlocked)];
  clock.now += 14 * 60_000;
  assert.equal(tickets.owner(used), unlocked);
  clock.now += 2 * 60_000;
  tickets.forgetIdle();
  assert.equal(tickets.held, 1);
  assert.equal(tickets.owner(idle), undefined);
  assert.equal(tickets.owner(used), unlocked);
  tickets.forget(unlocked.account.id);
  assert.equal(tickets.held, 0);
});
