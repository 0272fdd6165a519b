import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Secret } from '#base/secret.ts';
import { randomBytes } from '#crypto/primitives.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { changePassword, createAccount } from './account-commands.ts';
import { Instance } from './instance.ts';
import { type Unlocked, unlockWithPassword } from './proofs.ts';
import { WebSessions } from './web-sessions.ts';

const hour = 3600_000;
const about = { label: 'laptop', address: '192.0.2.1', isKept: false };

async function world(): Promise<{
  readonly sessions: WebSessions;
  readonly again: () => Promise<WebSessions>;
  readonly instance: Instance;
  readonly clock: { now: number };
  readonly proof: (password?: string) => Promise<Unlocked>;
}> {
  const clock = { now: 1_700_000_000_000 };
  const parts = {
    journal: new JournalMemory().start(),
    clock: { nowMs: () => clock.now },
    random: { bytes: randomBytes },
    passwordCost: { memoryKiB: 64, passes: 1 },
  };
  const instance = await Instance.open(parts, new Secret(randomBytes(32)));
  await createAccount(instance, 'alice', 'correct horse');
  const proof = async (password = 'correct horse'): Promise<Unlocked> =>
    (await unlockWithPassword(instance, 'alice', password)) ?? assert.fail();
  const again = (): Promise<WebSessions> => WebSessions.open(instance);
  return { sessions: await again(), again, instance, clock, proof };
}

it('is taken up with both halves only, after a restart too', async () => {
  const { sessions, again, proof } = await world();
  const { halves, session } = await sessions.begin(await proof(), about);
  const other = await sessions.begin(await proof(), about);
  for (const each of [sessions, await again()]) {
    assert.equal(each.resume(halves)?.unlocked.vaults.size, session.unlocked.vaults.size);
    assert.equal(each.resume({ ...halves, key: other.halves.key }), undefined);
    assert.equal(each.resume({ ...halves, cookie: other.halves.cookie }), undefined);
    assert.equal(each.resume({ cookie: new Uint8Array(32), key: new Uint8Array(32) }), undefined);
    assert.equal(each.resume({ cookie: halves.cookie, key: new Uint8Array(0) }), undefined);
  }
});

it('ends when nobody uses it, later on a device that its owner keeps', async () => {
  const { sessions, clock, proof } = await world();
  const short = await sessions.begin(await proof(), about);
  const kept = await sessions.begin(await proof(), { ...about, isKept: true });
  clock.now += 11 * hour;
  assert.ok(sessions.resume(short.halves));
  clock.now += 11 * hour;
  assert.ok(sessions.resume(short.halves), 'used meanwhile');
  clock.now += 13 * hour;
  assert.equal(sessions.resume(short.halves), undefined);
  assert.ok(sessions.resume(kept.halves));
  clock.now += 31 * 24 * hour;
  assert.equal(sessions.resume(kept.halves), undefined);
  await sessions.tidy();
  assert.deepEqual(sessions.list(short.session.unlocked.account.id), []);
});

it('a new password ends the sessions of the old one', async () => {
  const { sessions, instance, proof } = await world();
  const { halves, session } = await sessions.begin(await proof(), about);
  await changePassword(instance, session.unlocked, 'another one');
  sessions.forget(session.unlocked.account.id);
  assert.equal(sessions.resume(halves), undefined);
  assert.ok(sessions.resume((await sessions.begin(await proof('another one'), about)).halves));
});

it('is fresh for some minutes after a proof, and again after the next one', async () => {
  const { sessions, again, clock, proof } = await world();
  const { halves } = await sessions.begin(await proof(), about);
  const now = (): boolean => sessions.isFresh(sessions.resume(halves) ?? assert.fail());
  assert.ok(now());
  clock.now += 11 * 60_000;
  assert.ok(!now());
  sessions.proven(sessions.resume(halves) ?? assert.fail());
  assert.ok(now());
  const restarted = await again();
  assert.ok(!restarted.isFresh(restarted.resume(halves) ?? assert.fail()), 'a restart forgets that');
});

it('is ended by its owner, and by nobody else', async () => {
  const { sessions, instance, proof } = await world();
  await createAccount(instance, 'bob', 'battery staple');
  const bob = (await unlockWithPassword(instance, 'bob', 'battery staple')) ?? assert.fail();
  const { halves, session } = await sessions.begin(await proof(), about);
  assert.equal(await sessions.end(bob.account.id, session.id), false);
  assert.ok(sessions.resume(halves));
  assert.equal(await sessions.end(session.unlocked.account.id, session.id), true);
  assert.equal(sessions.resume(halves), undefined);
});
