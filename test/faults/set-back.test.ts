// A whole data folder put back to an earlier state, heads file and all: only the copy knows better.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type CliResult, coffre } from '../support/cli.ts';
import type { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf, readFolder } from './load.ts';

interface World {
  readonly first: TestServer;
  readonly copy: string;
  readonly before: ReadonlyMap<string, string>;
  cli(...args: readonly string[]): Promise<CliResult>;
  /** A start on the folder as it is. */
  run(work: (client: DavClient, server: TestServer) => Promise<void>): Promise<void>;
}

/** Yesterday's folder is back, and the copy holds today. */
async function setBack(work: (world: World) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-set-back-'));
  const copy = join(scratch, 'copy');
  mkdirSync(copy);
  const first = await startServer();
  const cli = (...args: readonly string[]): Promise<CliResult> => coffre([...args, '--data', first.dataFolder]);
  const run: World['run'] = async (used) => {
    const server = await restart(first);
    const client = server.client();
    try {
      await used(client, server);
    } finally {
      client.close();
      await server.stop();
    }
  };
  try {
    const client = first.client();
    await client.makeFolder('f');
    await client.put('f/letter.txt', randomBytes(2000));
    await client.put('f/photo.jpg', randomBytes(100_000));
    const added = await cli('copy', 'add', copy);
    assert.equal(added.code, 0, added.err);
    await first.stop();
    const yesterday = join(scratch, 'yesterday');
    cpSync(first.dataFolder, yesterday, { recursive: true });
    let before: ReadonlyMap<string, string> = new Map();
    await run(async (today) => {
      assert.equal((await today.put('f/letter.txt', randomBytes(3000))).status, 204);
      assert.equal((await today.put('f/film.mp4', randomBytes(4_500_000))).status, 201);
      before = await readFolder(today, 'f');
      await untilWhole(cli);
    });
    rmSync(first.dataFolder, { recursive: true });
    cpSync(yesterday, first.dataFolder, { recursive: true });
    await work({ first, copy, before, cli, run });
  } finally {
    await first.discard();
    rmSync(scratch, { recursive: true, force: true });
  }
}

it('works: Loss: a data folder that was put back as a whole is found out by its copy before the first write, and comes back', async () => {
  await setBack(async ({ before, cli, run, first }) => {
    await run(async (client) => {
      const put = await client.put('f/letter.txt', Buffer.from('of yesterday'));
      assert.equal(put.status, 503);
      assert.match(
        put.body.toString(),
        /read-only: the copy .* holds it up to entry \d+, the journal ends at entry \d+/,
      );
      assert.equal((await client.remove('f/photo.jpg')).status, 503);
      assert.equal((await client.get('f/photo.jpg')).status, 200);
      const pulled = await cli('copy', 'pull');
      assert.equal(pulled.code, 0, pulled.err);
      assert.deepEqual(await readFolder(client, 'f'), before);
      assert.equal((await client.put('f/more.txt', Buffer.from('more'))).status, 201);
      await checkChains(first.dataFolder);
    });
  });
});

it('works: Loss: a copy repeats the damage: it takes nothing from a primary that is empty, corrupt or set back, and goes on beside the branch that was left', async () => {
  await setBack(async ({ before, cli, copy, run, first }) => {
    const objects = snapshotOf(copy);
    await run(async (client) => {
      assert.equal((await client.put('f/new.txt', Buffer.from('new'))).status, 503);
      await setTimeout(lookedMs);
      assertKept(copy, objects);

      const forked = await cli('copy', 'fork');
      assert.equal(forked.code, 0, forked.err);
      assert.equal((await client.put('f/new.txt', Buffer.from('new'))).status, 201);
      await untilWhole(cli);
      assertKept(copy, objects);
      assert.ok(
        readdirSync(copy, { recursive: true }).some((name) => /segments\/\d{10}-\d{10}-002-/.test(String(name))),
      );

      const kit = join(first.dataFolder, '..', 'kit.txt');
      writeFileSync(kit, `${first.account?.kit ?? ''}\n`);
      const recovered = await cli('copy', 'recover', 'alice', '--kit-file', kit);
      assert.equal(recovered.code, 0, recovered.err);
      const now = new Set((await readFolder(client, 'f')).values());
      assert.deepEqual(
        [...before.values()].filter((hash) => !now.has(hash)),
        [],
      );
      // Damaged in the primary: what the copy holds stays what it is.
      const chunks = join(first.dataFolder, 'chunks');
      for (const name of readdirSync(chunks, { recursive: true, encoding: 'utf8' }))
        if (name.length > 40) writeFileSync(join(chunks, name), 'rubbish');
      await setTimeout(lookedMs);
      rmSync(chunks, { recursive: true });
      mkdirSync(chunks);
      await setTimeout(lookedMs);
      assertKept(copy, objects);
    });
  });
});

/** The copy is looked at again within this. */
const lookedMs = 2500;

async function untilWhole(cli: World['cli']): Promise<void> {
  let said = '';
  for (let tries = 0; tries < 60; tries += 1) {
    said = (await cli('copy', 'status', '--json')).out;
    if (/"state": ?"whole"/.test(said)) return;
    await setTimeout(500);
  }
  assert.fail(`the copy did not become whole: ${said}`);
}

function snapshotOf(copy: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(copy, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, hashOf(readFileSync(path))]),
  );
}

function assertKept(copy: string, objects: ReadonlyMap<string, string>): void {
  const now = snapshotOf(copy);
  for (const [path, hash] of objects) assert.equal(now.get(path), hash, path);
}
