// What a kill leaves in the log of the database, with one bit of it flipped.
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { makeAccount } from '../support/account.ts';
import { NotStarted, startServer, type TestServer } from '../support/server.ts';
import { CliWorld } from './cli-world.ts';

describe('the log of a crashed server', () => {
  const world = new CliWorld();
  after(() => world.remove());

  it('works: command line: verify finds the damage in the log of a crashed server for which a start refuses it', async () => {
    const account = await makeAccount(world.path('data'));
    const start = (): Promise<TestServer> => startServer({ dataFolder: world.path('data'), account });
    const server = await start();
    for (let file = 0; file < 5; file += 1)
      assert.equal((await server.client().put(`file ${file}`, Buffer.alloc(1000, file))).status, 201);
    await server.kill9();
    await world.ok(['verify']);

    const log = world.path('data/journal.db-wal');
    const good = readFileSync(log);
    writeFileSync(log, good.with(200, (good[200] ?? 0) ^ 1));
    const refused: unknown = await start().then(
      (started) => started.discard(),
      (reason: unknown) => reason,
    );
    assert.ok(refused instanceof NotStarted, String(refused));
    assert.equal(refused.ending.code, 7);
    const { code, out } = await world.run(['verify', '--json']);
    assert.equal(code, 7);
    const report = JSON.parse(out) as {
      readonly damages: number;
      readonly damage: readonly { readonly kind: string }[];
    };
    assert.ok(report.damage.some(({ kind }) => kind === 'log'));
    assert.ok(report.damages >= 1);

    writeFileSync(log, good);
    await world.ok(['verify']);
    const again = await start();
    assert.equal((await again.client().get('file 4')).status, 200);
    await again.stop();
  });
});
