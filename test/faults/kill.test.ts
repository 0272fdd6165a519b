import { strict as assert } from 'node:assert';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { acknowledgedBy, checkAll, loadClients, randomBelow } from './load.ts';

const rounds = 6;

it('killed in the middle of uploads, again and again: what was acknowledged is there, byte for byte, and nothing half', async (t) => {
  const first = await startServer();
  const clients = loadClients(10);
  let server: TestServer = first;
  let done = 0;
  let undone = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const stop = new AbortController();
      const client = server.client();
      const running = Promise.all(clients.map((each) => each.run(client, stop.signal)));
      await sleep(300 + randomBelow(1200));
      assert.deepEqual(await server.kill9(), { code: null, signal: 'SIGKILL' });
      stop.abort();
      await running;
      server = await restart(server);
      const cuts = await checkAll(clients, server.client());
      done += cuts.done;
      undone += cuts.undone;
    }
    const chains = await checkChains(first.dataFolder);
    t.diagnostic(
      `${rounds} kills, ${acknowledgedBy(clients)} acknowledged; of those cut ${done} done, ${undone} not; ` +
        `${chains.entries} entries, ${chains.chunks} chunks verified`,
    );
    assert.ok(undone > 0, 'no kill came in the middle of a request');
    assert.deepEqual(
      clients.flatMap((each) => each.refusals),
      [],
    );
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  } finally {
    await server.discard();
    await first.discard();
  }
});
