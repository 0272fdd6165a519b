import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAccount } from '../support/account.ts';
import type { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { command } from './commands.ts';
import { hashOf, readFolder } from './load.ts';
import { needsRoot } from './needs.ts';

const skip = needsRoot('mount');
const smallBytes = 20_000;
const largeBytes = 300_000;
const ballastBytes = 6_000_000;
/** More than fit. */
const maxFiles = 400;

/** A data folder on a file system of its own, and on it a ballast outside of the folder. */
async function onTmpfs(options: string, work: (server: TestServer, ballast: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coffre-full-'));
  const unmount = (): void => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', unmount);
  command('mount', '-t', 'tmpfs', '-o', options, 'coffre-test', folder);
  let server: TestServer | undefined;
  try {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(ballastBytes));
    const dataFolder = join(folder, 'data');
    mkdirSync(dataFolder);
    server = await startServer({ dataFolder, account: await makeAccount(dataFolder) });
    await work(server, ballast);
  } finally {
    await server?.kill9();
    process.removeListener('exit', unmount);
    unmount();
  }
}

/** Puts files until the disk takes no more; returns what was acknowledged. */
async function fill(client: DavClient, sizeBytes: number): Promise<ReadonlyMap<string, string>> {
  const acknowledged = new Map<string, string>();
  for (let file = 0; file < maxFiles; file += 1) {
    const body = randomBytes(sizeBytes);
    const { status } = await client.put(`full/${sizeBytes} ${file}`, body);
    if (status === 507) return acknowledged;
    assert.equal(status, 201);
    acknowledged.set(`${sizeBytes} ${file}`, hashOf(body));
  }
  throw new Error('the disk did not fill up');
}

it('works: Loss: full disk: it answers 507, reading goes on, nothing is half written, and writing goes on once there is room', {
  skip,
}, async (t) => {
  await onTmpfs('size=24m', async (first, ballast) => {
    let server = first;
    const client = server.client();
    await client.makeFolder('full');
    const acknowledged = new Map([...(await fill(client, largeBytes)), ...(await fill(client, smallBytes))]);
    assert.deepEqual(sorted(await readFolder(client, 'full')), sorted(acknowledged));

    // Started on the full disk: reading goes on there too.
    await server.kill9();
    server = await restart(first);
    try {
      assert.deepEqual(sorted(await readFolder(server.client(), 'full')), sorted(acknowledged));
      assert.equal((await server.client().put('full/more', randomBytes(largeBytes))).status, 507);
      await checkChains(first.dataFolder);

      rmSync(ballast);
      const body = randomBytes(largeBytes);
      assert.equal((await server.client().put('full/more', body)).status, 201);
      acknowledged.set('more', hashOf(body));
      assert.deepEqual(sorted(await readFolder(server.client(), 'full')), sorted(acknowledged));
      t.diagnostic(`${acknowledged.size} acknowledged, ${JSON.stringify(await checkChains(first.dataFolder))}`);
    } finally {
      await server.stop();
    }
  });
});

it('a disk without room for one more name answers 507 for what needs one, and takes what does not', {
  skip,
}, async () => {
  await onTmpfs('size=200m,nr_inodes=60', async (server) => {
    const client = server.client();
    await client.makeFolder('full');
    const acknowledged = new Map(await fill(client, largeBytes));
    assert.deepEqual(await health(server), { status: 503, reason: 'disk-full' });
    const body = randomBytes(smallBytes);
    assert.equal((await client.put('full/small', body)).status, 201);
    acknowledged.set('small', hashOf(body));
    assert.deepEqual(sorted(await readFolder(client, 'full')), sorted(acknowledged));
    await checkChains(server.dataFolder);
  });
});

it('works: Operation: /health says 503 and why before the disk is full and while it is, and 200 once there is room', {
  skip,
}, async () => {
  await onTmpfs('size=120m', async (server, ballast) => {
    const client = server.client();
    await client.makeFolder('full');
    assert.deepEqual(await health(server), { status: 200, reason: undefined });

    appendFileSync(ballast, Buffer.alloc(60_000_000));
    await seen(server, { status: 503, reason: 'low-space' });
    assert.equal((await client.put('full/still taken', randomBytes(largeBytes))).status, 201);

    appendFileSync(ballast, Buffer.alloc(20_000_000));
    await fill(client, largeBytes);
    assert.deepEqual(await health(server), { status: 503, reason: 'disk-full' });

    rmSync(ballast);
    await seen(server, { status: 200, reason: undefined });
    assert.equal((await client.put('full/more', randomBytes(largeBytes))).status, 201);
  });
});

interface Answered {
  readonly status: number;
  readonly reason: string | undefined;
}

async function health({ url }: TestServer): Promise<Answered> {
  const answer = await fetch(`${url}/health`);
  const { reason } = (await answer.json()) as { readonly reason?: string };
  return { status: answer.status, reason };
}

/** The disk is not measured at every request, and a failure counts for a while. */
async function seen(server: TestServer, wanted: Answered): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (let answer = await health(server); ; answer = await health(server)) {
    if (answer.status === wanted.status && answer.reason === wanted.reason) return;
    assert.ok(performance.now() < deadline, `/health answers ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}

function sorted(files: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}
