import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Secret } from '#base/secret.ts';
import { randomBytes } from '#crypto/primitives.ts';
import type { Journal } from '#store/journal/journal.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { sessionRow } from '#vault/ephemeral.ts';
import { changePassword, createAccount } from './account-commands.ts';
import { Instance } from './instance.ts';
import { type Unlocked, unlockWithPassword } from './proofs.ts';
import { type SessionIncident, WebSessions } from './web-sessions.ts';

const hour = 3600_000;
const from = '192.0.2.1';
const about = { label: 'laptop', address: from, isKept: false };

async function world(): Promise<{
  readonly sessions: WebSessions;
  readonly again: () => Promise<WebSessions>;
  readonly instance: Instance;
  readonly clock: { now: number };
  readonly proof: (password?: string) => Promise<Unlocked>;
  readonly alarms: readonly SessionIncident[];
  readonly journal: Journal;
}> {
  const alarms: SessionIncident[] = [];
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
  const again = (): Promise<WebSessions> => WebSessions.open(instance, (incident) => alarms.push(incident));
  return { sessions: await again(), again, instance, clock, proof, alarms, journal: parts.journal };
}

it('is taken up with both halves only, after a restart too', async () => {
  const { sessions, again, proof } = await world();
  const { halves, session } = await sessions.begin(await proof(), about);
  const other = await sessions.begin(await proof(), about);
  for (const each of [sessions, await again()]) {
    assert.equal(each.resume(halves, from)?.unlocked.vaults.size, session.unlocked.vaults.size);
    assert.equal(each.resume({ ...halves, key: other.halves.key }, from), undefined);
    assert.equal(each.resume({ ...halves, cookie: other.halves.cookie }, from), undefined);
    assert.equal(each.resume({ cookie: new Uint8Array(32), key: new Uint8Array(32) }, from), undefined);
    assert.equal(each.resume({ cookie: halves.cookie, key: new Uint8Array(0) }, from), undefined);
  }
});

it('ends when nobody uses it, later on a device that its owner keeps', async () => {
  const { sessions, clock, proof } = await world();
  const short = await sessions.begin(await proof(), about);
  const kept = await sessions.begin(await proof(), { ...about, isKept: true });
  clock.now += 11 * hour;
  assert.ok(sessions.resume(short.halves, from));
  clock.now += 11 * hour;
  assert.ok(sessions.resume(short.halves, from), 'used meanwhile');
  clock.now += 13 * hour;
  assert.equal(sessions.resume(short.halves, from), undefined);
  assert.ok(sessions.resume(kept.halves, from));
  clock.now += 31 * 24 * hour;
  assert.equal(sessions.resume(kept.halves, from), undefined);
  await sessions.tidy();
  assert.deepEqual(sessions.list(short.session.unlocked.account.id), []);
});

it('keeps no key for longer than minutes after the last request', async () => {
  const { sessions, clock, proof } = await world();
  const { halves } = await sessions.begin(await proof(), about);
  assert.ok(sessions.resume(halves, from));
  assert.equal(sessions.opened, 1);
  clock.now += 16 * 60_000;
  await sessions.tidy();
  assert.equal(sessions.opened, 0);
  assert.ok(sessions.resume(halves, from), 'both halves open it again');
});

it('a new password ends the sessions of the old one', async () => {
  const { sessions, instance, proof } = await world();
  const { halves, session } = await sessions.begin(await proof(), about);
  await changePassword(instance, session.unlocked, 'another one');
  sessions.forget(session.unlocked.account.id);
  assert.equal(sessions.resume(halves, from), undefined);
  assert.ok(sessions.resume((await sessions.begin(await proof('another one'), about)).halves, from));
});

it('is fresh for some minutes after a proof, and again after the next one', async () => {
  const { sessions, again, clock, proof } = await world();
  const { halves } = await sessions.begin(await proof(), about);
  const now = (): boolean => sessions.isFresh(sessions.resume(halves, from) ?? assert.fail());
  assert.ok(now());
  clock.now += 11 * 60_000;
  assert.ok(!now());
  sessions.proven(sessions.resume(halves, from) ?? assert.fail());
  assert.ok(now());
  const restarted = await again();
  assert.ok(!restarted.isFresh(restarted.resume(halves, from) ?? assert.fail()), 'a restart forgets that');
});

it('is ended by its owner, and by nobody else', async () => {
  const { sessions, instance, proof } = await world();
  await createAccount(instance, 'bob', 'battery staple');
  const bob = (await unlockWithPassword(instance, 'bob', 'battery staple')) ?? assert.fail();
  const { halves, session } = await sessions.begin(await proof(), about);
  assert.equal(await sessions.end(bob.account.id, session.id), false);
  assert.ok(sessions.resume(halves, from));
  assert.equal(await sessions.end(session.unlocked.account.id, session.id), true);
  assert.equal(sessions.resume(halves, from), undefined);
});

async function twoPeople(): Promise<
  Awaited<ReturnType<typeof world>> & {
    readonly alice: Awaited<ReturnType<WebSessions['begin']>>;
    readonly bob: Awaited<ReturnType<WebSessions['begin']>>;
  }
> {
  const all = await world();
  await createAccount(all.instance, 'bob', 'battery staple');
  const unlocked = (await unlockWithPassword(all.instance, 'bob', 'battery staple')) ?? assert.fail();
  const alice = await all.sessions.begin(await all.proof(), about);
  return { ...all, alice, bob: await all.sessions.begin(unlocked, about) };
}

it('a cookie with another person’s key is an incident of both, and opens nothing', async () => {
  const { sessions, again, alice, bob, alarms, proof } = await twoPeople();
  const both = [alice, bob].map(({ session }) => session.unlocked.account.id);
  for (const each of [sessions, await again()]) {
    const before = alarms.length;
    assert.equal(each.resume({ cookie: alice.halves.cookie, key: bob.halves.key }, from), undefined);
    assert.deepEqual(alarms.slice(before), [{ kind: 'mixed-halves', accounts: both, address: from }]);
  }
  const second = await sessions.begin(await proof(), about);
  const before = alarms.length;
  assert.equal(sessions.resume({ cookie: alice.halves.cookie, key: second.halves.key }, from), undefined);
  assert.equal(alarms.length, before, 'two sessions of one person are no incident');
  assert.equal(sessions.resume({ cookie: alice.halves.cookie, key: new Uint8Array(32) }, from), undefined);
  assert.deepEqual(alarms.at(-1)?.accounts, both.slice(0, 1), 'of an unknown key the cookie alone says whose');
});

it('rows of two people that change their places open nothing, and are an incident of both', async () => {
  const { again, alice, bob, alarms, instance, journal } = await twoPeople();
  const [one, other] = await journal.ephemeral(instance.vault, sessionRow);
  assert.ok(one !== undefined && other !== undefined);
  const put = (id: Uint8Array, sealed: Uint8Array): Promise<void> =>
    journal.putEphemeral({ vault: instance.vault, kind: sessionRow, id, expiresMs: Number.MAX_SAFE_INTEGER, sealed });
  await put(one.id, other.sealed);
  await put(other.id, one.sealed);
  const sessions = await again();
  for (const { halves } of [alice, bob]) assert.equal(sessions.resume(halves, from), undefined);
  const both = [alice, bob].map(({ session }) => session.unlocked.account.id);
  assert.deepEqual(
    alarms.map(({ kind, accounts }) => ({ kind, accounts: accounts.toSorted() })),
    [{ kind: 'moved-row', accounts: both.toSorted() }],
  );
  await sessions.tidy();
  await again();
  assert.equal(alarms.length, 1, 'what was noted is taken away');
});
