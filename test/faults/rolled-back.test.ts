// A server that was set back to an earlier state while its clients went on.
import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { makeAccount, type TestAccount } from '../support/account.ts';
import { coffre } from '../support/cli.ts';
import { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf, readFolder } from './load.ts';

const rclone = '/usr/bin/rclone';
const skip = existsSync(rclone) ? false : 'rclone is not installed';

/** What a person has on the own machine, and a client that brings it up. */
class Laptop {
  readonly folder: string;

  constructor(scratch: string) {
    this.folder = join(scratch, 'laptop');
    mkdirSync(this.folder);
  }

  write(name: string, sizeBytes: number): void {
    writeFileSync(join(this.folder, name), randomBytes(sizeBytes));
  }

  get hashes(): ReadonlyMap<string, string> {
    return new Map(
      readdirSync(this.folder)
        .sort()
        .map((name) => [name, hashOf(readFileSync(join(this.folder, name)))]),
    );
  }

  async sync(server: TestServer): Promise<{ readonly code: number; readonly said: string }> {
    const secret = await run(['obscure', server.appPassword], {});
    return run(['sync', this.folder, 'coffre:f', '--retries', '1', '--low-level-retries', '1', '--ignore-times'], {
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_COFFRE_TYPE: 'webdav',
      RCLONE_CONFIG_COFFRE_URL: `${server.url}/dav/${server.account?.name}/files`,
      RCLONE_CONFIG_COFFRE_VENDOR: 'owncloud',
      RCLONE_CONFIG_COFFRE_USER: server.account?.name ?? '',
      RCLONE_CONFIG_COFFRE_PASS: secret.said.trim(),
    });
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(rclone, args, { env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: out + err });
    });
  });
}

interface World {
  readonly scratch: string;
  readonly server: TestServer;
  readonly laptop: Laptop;
  /** Came on the second day. */
  readonly bob: TestAccount;
  /** The data folder as it was yesterday, and as it was when the disk failed. */
  readonly yesterday: string;
  readonly today: string;
}

/** Two days of work; then the server is stopped. */
async function twoDays(work: (world: World) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-rolled-back-'));
  const server = await startServer();
  try {
    const laptop = new Laptop(scratch);
    laptop.write('letter.txt', 3000);
    laptop.write('photo.jpg', 120_000);
    assert.equal((await laptop.sync(server)).code, 0);
    await server.stop();
    const yesterday = join(scratch, 'yesterday');
    cpSync(server.dataFolder, yesterday, { recursive: true });

    const second = await restart(server);
    laptop.write('letter.txt', 4000);
    laptop.write('film.mp4', 5_000_000);
    assert.equal((await laptop.sync(second)).code, 0);
    const bob = await makeAccount(second.dataFolder, 'bob');
    const client = new DavClient(second.url, bob.name, bob.appPassword);
    assert.equal((await client.put('of today.txt', Buffer.from('today'))).status, 201);
    client.close();
    await second.stop();
    const today = join(scratch, 'today');
    cpSync(server.dataFolder, today, { recursive: true });
    await work({ scratch, server, laptop, bob, yesterday, today });
  } finally {
    await server.discard();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The journal of yesterday and its chunks; what stands beside the database is as it was today. */
function restoreDatabase({ server, yesterday }: World): void {
  for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm', 'chunks'])
    rmSync(join(server.dataFolder, name), { recursive: true, force: true });
  for (const name of ['journal.db', 'chunks'])
    cpSync(join(yesterday, name), join(server.dataFolder, name), { recursive: true });
}

function restoreAll({ server, yesterday }: World): void {
  rmSync(server.dataFolder, { recursive: true });
  cpSync(yesterday, server.dataFolder, { recursive: true });
}

async function started(world: World, work: (server: TestServer, client: DavClient) => Promise<void>): Promise<void> {
  const server = await restart(world.server);
  const client = server.client();
  try {
    await work(server, client);
  } finally {
    client.close();
    await server.stop();
  }
}

it('works: Loss: server reset or restored: it is read-only, no client deletes anything, and what a copy holds comes back while it runs', {
  skip,
}, async () => {
  await twoDays(async (world) => {
    const { laptop, today } = world;
    const before = laptop.hashes;
    restoreDatabase(world);
    await started(world, async (server, client) => {
      assert.match(server.errors(), /read-only: entry \d+ was acknowledged, and the journal ends at entry \d+/);
      const put = await client.put('f/new.txt', Buffer.from('new'));
      assert.equal(put.status, 503);
      assert.match(put.body.toString(), /Nothing was deleted/);
      assert.equal((await client.get('f/photo.jpg')).status, 200);
      assert.notEqual((await laptop.sync(server)).code, 0);
      assert.deepEqual(laptop.hashes, before);

      const pulled = await coffre(['copy', 'pull', '--from', today, '--data', server.dataFolder]);
      assert.equal(pulled.code, 0, pulled.err);
      assert.match(pulled.out, /came back/);
      assert.deepEqual(await readFolder(client, 'f'), before);
      // An account that the journal did not know any more.
      const bob = new DavClient(server.url, world.bob.name, world.bob.appPassword);
      assert.equal((await bob.get('of today.txt')).body.toString(), 'today');
      assert.equal((await bob.put('more.txt', Buffer.from('more'))).status, 201);
      bob.close();
      assert.equal((await client.put('f/new.txt', Buffer.from('new'))).status, 201);
      assert.equal((await laptop.sync(server)).code, 0);
      assert.deepEqual(laptop.hashes, before);
      await checkChains(server.dataFolder);
    });
  });
});

it('works: Loss: server reset or restored: after a deliberate fork clients upload again under a new fork number, nothing is deleted locally, and what only the copy has comes back as conflict copies', {
  skip,
}, async () => {
  await twoDays(async (world) => {
    const { laptop, today } = world;
    // What nobody but the copy has: the laptop loses its film before it could be uploaded again.
    const film = readFileSync(join(laptop.folder, 'film.mp4'));
    rmSync(join(laptop.folder, 'film.mp4'));
    // And a letter that was written on meanwhile.
    const letterOfCopy = laptop.hashes.get('letter.txt');
    laptop.write('letter.txt', 5000);
    const before = laptop.hashes;
    restoreAll(world);
    const args = ['--from', today, '--data', world.server.dataFolder];
    const forked = await coffre(['copy', 'fork', ...args]);
    assert.equal(forked.code, 0, forked.err);
    assert.match(forked.out, /goes on from entry \d+ as fork 2/);
    assert.match(forked.err, /account that the journal does not know: its kit opens it in the copy/);
    await started(world, async (server, client) => {
      const old = (await client.send('PROPFIND', 'f/letter.txt', { headers: { depth: '0' } })).body.toString();
      assert.equal((await laptop.sync(server)).code, 0);
      assert.deepEqual(laptop.hashes, before);
      assert.deepEqual(await readFolder(client, 'f'), before);
      const etag = (await client.get('f/letter.txt')).headers.etag ?? '';
      assert.ok(!old.includes(etag), 'a new version has another tag');
      // The fork number is in the ids, and so in the tags: no tag of the branch that was left can come again.
      assert.notEqual(etag, await tagOf(today, world, 'f/letter.txt'));

      const password = join(world.scratch, 'password');
      writeFileSync(password, `${server.account?.password ?? ''}\n`);
      const recovered = await coffre(['copy', 'recover', 'alice', '--password-file', password, ...args]);
      assert.equal(recovered.code, 0, recovered.err);
      // The vault knows of no other file there, so it comes back where it was; what only the copy has of the letter, which it
      // knows, beside it.
      const names = ((await client.list('f')) ?? []).map((each) => each.name).sort();
      assert.equal(names.length, 4);
      assert.match(names.join(), /^film\.mp4,letter \(conflict \d{4}-\d\d-\d\d\)\.txt,letter\.txt,photo\.jpg$/);
      assert.equal(hashOf((await client.get('f/film.mp4')).body), hashOf(film));
      assert.equal(hashOf((await client.get(`f/${names[1]}`)).body), letterOfCopy);
      const again = await coffre(['copy', 'recover', 'alice', '--password-file', password, ...args]);
      assert.match(again.out, /0 files came back/);
      await checkChains(server.dataFolder);
    });
  });
});

it('what was acknowledged and nobody holds any more is given up by a decision only, without any copy too', {
  skip,
}, async () => {
  await twoDays(async (world) => {
    restoreDatabase(world);
    await started(world, async (server, client) => {
      const data = ['--data', server.dataFolder];
      assert.match((await coffre(['copy', 'status', ...data])).err, /READ-ONLY: Vault/);
      assert.equal((await client.put('f/new.txt', Buffer.from('new'))).status, 503);
      const forked = await coffre(['copy', 'fork', ...data]);
      assert.equal(forked.code, 0, forked.err);
      assert.equal((await client.put('f/new.txt', Buffer.from('new'))).status, 201);
      assert.doesNotMatch((await coffre(['copy', 'status', ...data])).err, /READ-ONLY/);
      await checkChains(server.dataFolder);
    });
    // And the decision holds across a start.
    await started(world, async (_server, client) => {
      assert.equal((await client.put('f/newer.txt', Buffer.from('newer'))).status, 201);
    });
  });
});

/** The tag that a file had in a data folder. */
async function tagOf(folder: string, world: World, path: string): Promise<string> {
  const copy = join(world.scratch, 'looked at');
  cpSync(folder, copy, { recursive: true });
  cpSync(`${world.server.dataFolder}.key`, `${copy}.key`);
  const server = await restart({ ...world.server, dataFolder: copy });
  try {
    return (await server.client().get(path)).headers.etag ?? '';
  } finally {
    await server.stop();
  }
}
