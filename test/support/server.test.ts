import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { it } from 'node:test';
import { NotStarted, restart, startServer } from './server.ts';

it('starts the program, puts, gets and lists, stops it, and starts it again on the same folder', async () => {
  const server = await startServer();
  try {
    const client = server.client();
    assert.equal((await client.makeFolder('a b')).status, 201);
    assert.equal((await client.put('a b/ü.txt', Buffer.from('hello'))).status, 201);
    assert.deepEqual(await client.list('a b'), [{ name: 'ü.txt', isFolder: false, sizeBytes: 5 }]);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });

    const again = await restart(server);
    assert.equal((await again.client().get('a b/ü.txt')).body.toString(), 'hello');
    await assert.rejects(startServer({ dataFolder: server.dataFolder }), NotStarted);
    assert.deepEqual(await again.kill9(), { code: null, signal: 'SIGKILL' });
  } finally {
    await server.discard();
  }
  assert.equal(existsSync(server.dataFolder), false);
});

it('finds the program below a wrapper', async () => {
  const server = await startServer({ wrap: ['sh', '-c', '"$@"; exit $?', 'sh'] });
  try {
    assert.equal((await server.client().put('x', Buffer.from('y'))).status, 201);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  } finally {
    await server.discard();
  }
});
