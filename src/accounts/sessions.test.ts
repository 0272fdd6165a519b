import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '#base/secret.ts';
import { randomBytes } from '#crypto/primitives.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { createAccount, createAppPassword } from './account-commands.ts';
import { Instance } from './instance.ts';
import { unlockWithPassword } from './proofs.ts';
import { Sessions } from './sessions.ts';
import { Throttle } from './throttle.ts';

const minute = 60_000;

async function world(): Promise<{
  readonly sessions: Sessions;
  readonly instance: Instance;
  readonly clock: { now: number };
  readonly app: string;
}> {
  const clock = { now: 1_700_000_000_000 };
  const parts = {
    journal: new JournalMemory().start(),
    clock: { nowMs: () => clock.now },
    random: { bytes: randomBytes },
  };
  const instance = await Instance.open(
    { ...parts, passwordCost: { memoryKiB: 64, passes: 1 } },
    new Secret(randomBytes(32)),
  );
  await createAccount(instance, 'alice', 'correct horse');
  const owner = (await unlockWithPassword(instance, 'alice', 'correct horse')) ?? assert.fail();
  const made = await createAppPassword(instance, owner, 'laptop', ['files']);
  const app = made.kind === 'created' ? made.text : assert.fail();
  return { sessions: new Sessions(instance, new Throttle(parts.clock)), instance, clock, app };
}

test('a proof is remembered for 30 minutes after its last use, under the whole proof only', async () => {
  const { sessions, clock, app } = await world();
  const first = sessions.withAppPassword('alice', app, '192.0.2.1');
  assert.ok(typeof first === 'object' && 'unlocked' in first);
  clock.now += 29 * minute;
  assert.equal(sessions.withAppPassword('alice', app, '192.0.2.1'), first);
  clock.now += 31 * minute;
  assert.notEqual(sessions.withAppPassword('alice', app, '192.0.2.1'), first);
  assert.equal(sessions.withAppPassword('bob', app, '192.0.2.1'), 'unauthenticated');
  assert.equal(sessions.withAppPassword('alice', 'correct horse', '192.0.2.1'), 'unauthenticated');
});

test('works: Keys: the keys behind a proof are forgotten half an hour after its last use, also when nobody comes again', async () => {
  const { sessions, clock, app } = await world();
  sessions.withAppPassword('alice', app, '192.0.2.1');
  clock.now += 30 * minute;
  sessions.forgetIdle();
  assert.equal(sessions.active().size, 1);
  clock.now += 1;
  sessions.forgetIdle();
  assert.equal(sessions.active().size, 0);
});

test('works: Accounts: guesses are slowed down, and neither lock the owner out nor hold up a right app password', async () => {
  const { sessions, clock, app } = await world();
  const wrong = (): unknown =>
    sessions.withAppPassword('alice', 'aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa', '192.0.2.66');
  for (let i = 0; i < 5; i += 1) assert.equal(wrong(), 'unauthenticated');
  for (let i = 0; i < 20; i += 1) {
    const answer = wrong();
    assert.ok(
      typeof answer === 'object' && answer !== null && 'waitMs' in answer && (answer.waitMs as number) <= minute,
    );
  }
  assert.ok(
    typeof sessions.withAppPassword('alice', app, '192.0.2.66') === 'object',
    'the right one, from the same place',
  );
  assert.ok(typeof sessions.withAppPassword('alice', app, '192.0.2.1') === 'object', 'the right one, from elsewhere');
  clock.now += 20 * minute;
  assert.equal(wrong(), 'unauthenticated');
});

test('forgetting an account makes everybody of it prove again', async () => {
  const { sessions, instance, app } = await world();
  const first = sessions.withAppPassword('alice', app, '192.0.2.1');
  assert.equal(sessions.active().size, 1);
  sessions.forget(instance.view.accountNamed('alice')?.id ?? assert.fail());
  assert.equal(sessions.active().size, 0);
  assert.notEqual(sessions.withAppPassword('alice', app, '192.0.2.1'), first);
});

test('the last use of a credential is kept, with time and address', async () => {
  const { sessions, instance, clock, app } = await world();
  const session = sessions.withAppPassword('alice', app, '192.0.2.1');
  await new Promise((resolve) => setImmediate(resolve));
  const id = typeof session === 'object' && 'unlocked' in session ? session.unlocked.credential.id : assert.fail();
  assert.deepEqual((await instance.lastUses()).get(id), { timeMs: clock.now, address: '192.0.2.1' });
});
