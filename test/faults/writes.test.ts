import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { acknowledgedBy, checkAll, hashOf, type LoadClient, loadClients, smallMix } from './load.ts';
import { needs } from './needs.ts';
import { Shim, type ShimFault } from './shim.ts';

const stepsPerClient = 12;

describe('writes that go wrong under the real program', { skip: needs('gcc') }, () => {
  let shim: Shim;
  let first: TestServer;
  before(async () => {
    shim = new Shim();
    first = await startServer();
    await first.stop();
  });
  after(async () => {
    await first.discard();
    shim.remove();
  });

  async function under(fault: ShimFault, work: (server: TestServer) => Promise<void>): Promise<readonly string[]> {
    const armed = shim.arm(fault);
    const server = await restart(first, { env: armed.env });
    try {
      await work(server);
    } finally {
      await server.kill9();
    }
    assert.ok(armed.struck().length > 0, `${JSON.stringify(fault)} never struck`);
    return armed.struck();
  }

  /** A folder of their own for each use, because clients remember what they wrote. */
  let uses = 0;
  function fresh(count: number): readonly LoadClient[] {
    uses += 1;
    return loadClients(count, smallMix, `use ${uses}, `);
  }

  async function steps(clients: readonly LoadClient[], server: TestServer): Promise<void> {
    const client = server.client();
    await Promise.all(
      clients.map(async (each) => {
        for (let step = 0; step < stepsPerClient; step += 1) if (!(await each.step(client))) return;
      }),
    );
  }

  async function checked(clients: readonly LoadClient[]): Promise<void> {
    const server = await restart(first);
    try {
      await checkAll(clients, server.client());
      await checkChains(first.dataFolder);
    } finally {
      await server.stop();
    }
  }

  for (const path of ['/chunks/', 'journal.db-wal']) {
    it(`short writes of ${path} are carried on, and nothing is acknowledged short`, async () => {
      const clients = fresh(3);
      await under({ kind: 'short', path, at: 2, andAfter: true }, (server) => steps(clients, server));
      assert.deepEqual(
        clients.flatMap((each) => each.refusals),
        [],
      );
      await checked(clients);
    });
  }

  it('a torn write, with the program gone in the middle of it, leaves what was acknowledged', async (t) => {
    for (const [path, at] of [
      ['/chunks/', 2],
      ['journal.db-wal', 90],
      ['journal.db-wal', 201],
    ] as const) {
      const clients = fresh(3);
      await under({ kind: 'torn', path, at }, async (server) => {
        await steps(clients, server).catch(() => undefined);
        assert.deepEqual(await server.ended, { code: null, signal: 'SIGKILL' });
      });
      await checked(clients);
      t.diagnostic(`${path} ${at}: ${acknowledgedBy(clients)} acknowledged, all there`);
    }
  });

  it('no room for one write: 507 for that request, and all others go on', async (t) => {
    for (const [path, at] of [
      ['/chunks/', 3],
      ['journal.db-wal', 11],
      ['journal.db-wal', 40],
    ] as const) {
      const clients = fresh(3);
      await under({ kind: 'enospc', path, at }, (server) => steps(clients, server));
      const full = clients.reduce((sum, each) => sum + each.full, 0);
      t.diagnostic(`${path} ${at}: ${full} answered with 507, ${acknowledgedBy(clients)} acknowledged`);
      assert.ok(full > 0, `${path}: no request was refused`);
      assert.deepEqual(
        clients.flatMap((each) => each.refusals),
        [],
      );
      await checked(clients);
    }
  });

  it('a chunk of which the disk lost the write is not acknowledged', async () => {
    const body = randomBytes(200_000);
    await under({ kind: 'lost', path: '/chunks/', at: 1 }, async (server) => {
      assert.equal((await server.client().put('lost', body)).status, 500);
      assert.equal((await server.client().get('lost')).status, 404);
      assert.equal((await server.client().put('lost', body)).status, 201);
    });
    const server = await restart(first);
    assert.equal(hashOf((await server.client().get('lost')).body), hashOf(body));
    await server.stop();
  });

  it('a chunk of which the disk flipped a bit is found when it is read, never served, and healed when it is sent again', async () => {
    const body = randomBytes(200_000);
    await under({ kind: 'flip', path: '/chunks/', at: 1 }, async (server) => {
      assert.equal((await server.client().put('flipped', body)).status, 201);
      assert.equal((await server.client().get('flipped')).status, 500);
    });
    const server = await restart(first);
    try {
      const client = server.client();
      assert.equal((await client.get('flipped')).status, 500);
      await assert.rejects(checkChains(first.dataFolder));
      assert.ok((await client.put('flipped', body)).status < 300);
      assert.equal(hashOf((await client.get('flipped')).body), hashOf(body));
      await checkChains(first.dataFolder);
    } finally {
      await server.stop();
    }
  });
});
