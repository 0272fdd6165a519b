// A running server sweeps by itself in an owner's session, once a week, unless something or somebody says no.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { SweepNote } from '#server/sweep-notes.ts';
import { makeAccount, type TestAccount } from '../support/account.ts';
import { daysAhead } from '../support/later.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { CliWorld } from './cli-world.ts';

const world = new CliWorld();
let account: TestAccount;
let own: readonly string[] = [];
before(async () => {
  account = await makeAccount(world.path('data'));
  own = ['--password-file', world.write('password', `${account.password}\n`)];
});
after(() => world.remove());

async function days(
  count: number,
  work: (server: TestServer) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const options = { env: { ...daysAhead(count), ...env }, dataFolder: world.path('data'), account };
  const server = await startServer(options);
  try {
    await work(server);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
}

const note = (): Promise<SweepNote> => world.json<SweepNote>(['sweep', 'alice', '--status', ...own]);
/** A session with the password; the command before it ends when the vault has been opened. */
const session = (): Promise<unknown> => world.ok(['ls', 'alice:/', ...own]);

async function untilOutcome(kind: string): Promise<SweepNote> {
  for (let tries = 0; tries < 60; tries += 1) {
    const noted = await note();
    if (noted.outcome?.kind === kind) return noted;
    await setTimeout(1000);
  }
  return assert.fail(`never ${kind}: ${JSON.stringify(await note())}`);
}

it('works: Letting go: what the history does not keep is swept by itself in a session of the owner, never in one of a device; not while a copy is behind, and not against a no', async () => {
  const put = async (server: TestServer): Promise<void> => {
    const client = server.client();
    assert.ok([201, 204].includes((await client.put('x.jpg', randomBytes(300_000))).status));
    client.close();
  };
  await days(0, async (server) => {
    await put(server);
    await put(server);
    // The time begins with the first session.
    await session();
    for (let tries = 0; (await note()).lastMs === null; tries += 1) {
      assert.ok(tries < 100, 'the first session begins the time');
      await setTimeout(100);
    }
  });

  // A device alone: it has no key to sign with.
  await days(100, async (server) => {
    await put(server);
    await setTimeout(7000);
  });
  mkdirSync(world.path('copy'));
  await world.ok(['copy', 'add', world.path('copy'), '--label', 'disk']);
  renameSync(world.path('copy'), world.path('away'));
  await days(100, async () => {
    await session();
    await untilOutcome('copies-behind');
    assert.match((await world.ok(['sweep', 'alice', '--status', ...own])).out, /WAITS: a copy is behind/);
  });
  await world.ok(['sweep', 'alice', '--automatic', 'off', ...own]);
  renameSync(world.path('away'), world.path('copy'));
  await days(101, async () => {
    await session();
    await setTimeout(7000);
    const { automatic, outcome } = await note();
    assert.deepEqual([automatic, outcome?.kind], [false, 'copies-behind']);
  });
  await world.ok(['sweep', 'alice', '--automatic', 'on', ...own]);
  // The operator's word for the whole instance.
  await days(
    102,
    async () => {
      await session();
      await setTimeout(7000);
      assert.equal((await note()).outcome?.kind, 'copies-behind');
    },
    { COFFRE_SWEEP_DAYS: '0' },
  );
  await days(103, async () => {
    await session();
    const { outcome } = await untilOutcome('swept');
    assert.ok(outcome?.kind === 'swept' && outcome.chunks === 1, JSON.stringify(outcome));
    assert.match((await world.ok(['log', 'alice', ...own])).out, /drop/);
    const said = (await world.ok(['sweep', 'alice', '--status', ...own])).out;
    assert.match(said, /Let go then: 1 piece/);
  });
});

it('leaves more than a tenth of a vault to its owner’s word', async () => {
  await days(103, async (server) => {
    const client = server.client();
    for (let round = 0; round < 2; round += 1)
      await Promise.all(Array.from({ length: 120 }, (_, at) => client.put(`many ${at}`, randomBytes(20_000))));
    client.close();
    // Kept for as long as it is not accepted, so that alone would be nothing to let go.
    const [deletion] = await world.json<readonly { readonly id: number }[]>(['deletions', 'alice', ...own]);
    await world.ok(['deletions', 'accept', 'alice', String(deletion?.id), ...own]);
  });
  await days(300, async () => {
    await session();
    const { outcome } = await untilOutcome('more-than-usual');
    assert.ok(outcome?.kind === 'more-than-usual' && outcome.chunks > 100);
    assert.match((await world.ok(['sweep', 'alice', '--status', ...own])).out, /WAITS for you/);
    assert.match((await world.ok(['sweep', 'alice', ...own])).out, /may go/);
    assert.equal((await note()).outcome?.kind, 'swept');
  });
});
