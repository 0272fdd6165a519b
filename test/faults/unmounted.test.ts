import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { DavClient } from '../support/dav-client.ts';
import { restart, startServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf, readFolder } from './load.ts';

const files = 12;
const largeBytes = 100_000;
const lockInfo = Buffer.from(
  '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>',
);

async function fill(client: DavClient): Promise<ReadonlyMap<string, string>> {
  await client.makeFolder('f');
  const held = new Map<string, string>();
  for (let file = 0; file < files; file += 1) {
    const body = randomBytes(largeBytes);
    assert.equal((await client.put(`f/${file}`, body)).status, 201);
    held.set(String(file), hashOf(body));
  }
  return held;
}

/** Nothing is written, and whoever lists sees all there was. */
async function assertReadOnly(client: DavClient): Promise<void> {
  const put = await client.put('f/new', randomBytes(largeBytes));
  assert.equal(put.status, 503);
  assert.match(put.body.toString(), /Nothing is written: .*chunks.*Nothing was deleted/);
  assert.equal((await client.put('f/small', Buffer.from('small'))).status, 503);
  assert.equal((await client.remove('f/1')).status, 503);
  assert.equal((await client.move('f/1', 'f/2')).status, 503);
  assert.equal((await client.send('LOCK', 'f/1', { body: lockInfo })).status, 503);
  assert.equal((await client.list('f'))?.length, files);
}

it('works: Loss: empty or unmounted source taken for a deletion: the server says read-only, deletes nothing, and goes on by itself once the folder is back', async () => {
  const first = await startServer();
  const chunks = join(first.dataFolder, 'chunks');
  const away = `${first.dataFolder}-chunks`;
  try {
    const held = await fill(first.client());
    // The disk goes while the program runs: the first read that misses a piece is an alarm.
    renameSync(chunks, away);
    mkdirSync(chunks);
    assert.equal((await first.client().get('f/1')).status, 500);
    await assertReadOnly(first.client());
    assert.match(first.errors(), /the folder `chunks` is empty/);
    await first.stop();

    // It is not there at the start either, and then it is that of another instance.
    const server = await restart(first);
    try {
      await assertReadOnly(server.client());
      assert.deepEqual(readdirSync(chunks), []);
      const other = await startServer();
      try {
        await fill(other.client());
        cpSync(join(other.dataFolder, 'chunks'), chunks, { recursive: true });
      } finally {
        await other.discard();
      }
      await assertReadOnly(server.client());

      rmSync(chunks, { recursive: true });
      renameSync(away, chunks);
      assert.deepEqual(await readFolder(server.client(), 'f'), held);
      assert.equal((await server.client().put('f/new', randomBytes(largeBytes))).status, 201);
      await checkChains(first.dataFolder);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(away, { recursive: true, force: true });
    await first.discard();
  }
});
