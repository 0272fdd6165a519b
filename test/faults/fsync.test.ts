import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAccount, type TestAccount } from '../support/account.ts';
import { type Ending, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { acknowledgedBy, checkAll, type LoadClient, loadClients, smallMix } from './load.ts';
import { LoopDisk } from './loop-disk.ts';
import { needsRoot } from './needs.ts';
import { Shim } from './shim.ts';

/** Which files' fsync fails, and at which of them. */
const failing: readonly (readonly [path: string, at: number])[] = [
  ['journal.db-wal', 5],
  ['journal.db-wal', 17],
  // Of a chunk file, and of the folder that got its name.
  ['/chunks/', 3],
  ['/chunks/', 8],
  ['/trace/', 1],
];
const endsWithinMs = 10_000;

it('after a failed fsync nothing is acknowledged, the program ends, and what was acknowledged is on the disk', {
  skip: needsRoot('gcc', 'python3', 'mkfs.ext4', 'losetup'),
}, async (t) => {
  const shim = new Shim();
  const disk = new LoopDisk(1000);
  const dataFolder = join(disk.folder, 'data');
  const clients = loadClients(4, smallMix);
  let server: TestServer | undefined;
  try {
    const account = await makeAccount(dataFolder);
    for (const [path, at] of failing) {
      const { env, struck } = shim.arm({ kind: 'eio', path, at });
      server = await startServer({ dataFolder, account, env });
      const ending = await loadUntilItEnds(server, clients);
      assert.ok(struck().length > 0, `fsync ${at} of ${path} never came`);
      assert.ok(ending.code !== null && ending.code > 0, `exit code ${ending.code} after fsync ${at} of ${path}`);

      // The call was not made, so what it stood for is not on the disk: without power it is gone.
      disk.cutPower();
      await disk.unmount();
      disk.mount();
      writeFileSync('/proc/sys/vm/drop_caches', '3');
      server = await restartAndCheck(dataFolder, account, clients);
      await server.stop();
    }
    const chains = await checkChains(dataFolder);
    t.diagnostic(
      `${failing.length} failed fsyncs; ${acknowledgedBy(clients)} acknowledged, all there; ${JSON.stringify(chains)}`,
    );
  } finally {
    await server?.kill9();
    disk.remove();
    shim.remove();
  }
});

/** Load until the program ends by itself; once something was refused, nothing that is sent later is acknowledged. */
async function loadUntilItEnds(server: TestServer, clients: readonly LoadClient[]): Promise<Ending> {
  const stop = new AbortController();
  const client = server.client();
  await Promise.race([...clients.map((each) => each.run(client, stop.signal)), server.ended]);
  stop.abort();
  const tooLate = sleep(endsWithinMs, undefined);
  const later: number[] = [];
  const asking = (async () => {
    for (;;) {
      const answer = await client.put('later', randomBytes(200_000)).catch(() => undefined);
      if (answer === undefined) return;
      later.push(answer.status);
    }
  })();
  const ending = await Promise.race([server.ended, tooLate]);
  if (ending === undefined) await server.kill9();
  await asking;
  assert.ok(ending !== undefined, `the program went on after a failed fsync: ${later.slice(0, 20).join(' ')}`);
  assert.deepEqual(
    later.filter((status) => status < 300),
    [],
    'acknowledged after something was refused',
  );
  return ending;
}

async function restartAndCheck(
  dataFolder: string,
  account: TestAccount,
  clients: readonly LoadClient[],
): Promise<TestServer> {
  const server = await startServer({ dataFolder, account });
  try {
    await checkAll(clients, server.client());
    return server;
  } catch (error) {
    await server.kill9();
    throw error;
  }
}
