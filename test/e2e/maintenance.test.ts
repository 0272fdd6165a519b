// Maintenance on the real program: everything is read, nothing is written, by any way, until it is over.
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import type { InstanceInfo } from '#faces/api/contract/sign-in.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { CliWorld, noise } from './cli-world.ts';

const world = new CliWorld();
let server: TestServer | undefined;

after(async () => {
  await server?.discard();
  world.remove();
});

const running = (): TestServer => server ?? assert.fail('the server runs');
const inData = (...args: readonly string[]): readonly string[] => [...args, '--data', running().dataFolder];
const told = async (): Promise<InstanceInfo> =>
  (await (await fetch(`${running().url}/api/instance`)).json()) as InstanceInfo;

it('works: Operation: in maintenance vaults are read and nothing is written, over a restart too, and everybody is told why', async () => {
  server = await startServer();
  const client = server.client();
  assert.equal((await client.put('before', noise(70_000, 1))).status, 201);
  assert.equal((await told()).maintenance, null);
  await world.ok(inData('maintenance', 'on', '--message', 'A new disk; back at 10.'));
  for (let round = 0; round < 2; round += 1) {
    const refused = await running().client().put('after', noise(70_000, 2));
    assert.equal(refused.status, 503);
    assert.match(refused.headers['retry-after'] ?? '', /^\d+$/);
    assert.match(refused.body.toString(), /being looked after.*A new disk; back at 10\./);
    const read = await running().client().get('before');
    assert.equal(read.status, 200);
    assert.equal(read.body.length, 70_000);
    assert.equal((await told()).maintenance?.message, 'A new disk; back at 10.');
    assert.match((await world.ok(inData('maintenance'))).out, /^Maintenance since 20.*nothing is written/);
    const health = await fetch(`${running().url}/health`);
    assert.equal(health.status, 503);
    if (round === 0) {
      await running().stop();
      server = await restart(running());
    }
  }
  await world.ok(inData('maintenance', 'off'));
  assert.equal((await running().client().put('after', noise(70_000, 2))).status, 201);
  assert.equal((await told()).maintenance, null);
});

it('refuses the command line beside a stopped server as well', async () => {
  await running().stop();
  await world.ok(inData('maintenance', 'on'));
  const refused = await world.run(inData('account', 'quota', running().account?.name ?? '', '1GB'));
  assert.equal(refused.code, 1, refused.err);
  assert.match(refused.err, /being looked after/);
  await world.ok(inData('maintenance', 'off'));
  await world.ok(inData('account', 'quota', running().account?.name ?? '', '1GB'));
});
