// Rows of the table of losses (docs/losses.md) that no other test plays on the real program.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { cutAfter } from '../e2e/wire.ts';
import { coffre } from '../support/cli.ts';
import { startServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf, readFolder } from './load.ts';

const cutEveryBytes = 4096;

it('works: Loss: truncated or partial upload accepted: cut at every 4 KiB, or with another length or sum than declared, a file stays as it was', async () => {
  const server = await startServer();
  const client = server.client();
  try {
    const before = randomBytes(5000);
    const body = randomBytes(200_000);
    await client.makeFolder('f');
    for (const name of ['old', 'summed']) assert.equal((await client.put(`f/${name}`, before)).status, 201);
    const basic = Buffer.from(`alice:${server.appPassword}`).toString('base64');
    const request = (name: string): Buffer =>
      Buffer.from(
        `PUT /dav/alice/files/f/${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ${basic}\r\n` +
          `Content-Length: ${body.length}\r\n\r\n`,
      );
    const cuts = Array.from({ length: Math.floor(body.length / cutEveryBytes) + 1 }, (_, at) => at * cutEveryBytes);
    for (const at of cuts)
      await Promise.all(
        ['old', `new-${at}`].map((name) => cutAfter(server.url, Buffer.concat([request(name), body.subarray(0, at)]))),
      );
    const wrong = { 'oc-checksum': `SHA256:${hashOf(before)}` };
    assert.ok((await client.put('f/summed', body, wrong)).status >= 400);
    assert.deepEqual(
      await readFolder(client, 'f'),
      new Map([
        ['old', hashOf(before)],
        ['summed', hashOf(before)],
      ]),
    );
    // And whole, it is taken.
    assert.equal((await client.put('f/old', body, { 'oc-checksum': `SHA256:${hashOf(body)}` })).status, 204);
    assert.equal(hashOf((await client.get('f/old')).body), hashOf(body));
    await server.stop();
    await checkChains(server.dataFolder);
  } finally {
    client.close();
    await server.discard();
  }
});

interface Damaged {
  readonly files: readonly { readonly path: readonly string[]; readonly fate: string; readonly kind: string }[];
}
interface Removed {
  readonly files: readonly { readonly path: readonly string[] }[];
}

const fileCount = 60;

it('works: Loss: purge script, faulty component: the report names exactly what it hit, in the store and by operations, and all of it comes back', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-losses-'));
  const server = await startServer();
  const client = server.client();
  const own = ['--data', server.dataFolder, '--password-file', join(scratch, 'password')];
  const run = async (words: readonly string[], codes: readonly number[] = [0]): Promise<string> => {
    const { code, out, err } = await coffre(words);
    assert.ok(codes.includes(code), `${words.join(' ')}: ${code} ${err}`);
    return out;
  };
  try {
    writeFileSync(join(scratch, 'password'), `${server.account?.password ?? ''}\n`);
    mkdirSync(join(scratch, 'copy'));
    await client.makeFolder('f');
    for (let at = 0; at < fileCount; at += 1)
      assert.equal((await client.put(`f/photo ${at}.jpg`, randomBytes(80_000 + at))).status, 201);
    const before = await readFolder(client, 'f');
    await run(['copy', 'add', join(scratch, 'copy'), '--data', server.dataFolder]);
    const since = new Date().toISOString();

    // In the store: every tenth chunk file is removed or becomes something else.
    const chunks = readdirSync(join(server.dataFolder, 'chunks'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    assert.equal(chunks.length, fileCount);
    for (const [at, path] of chunks.filter((_, index) => index % 10 === 0).entries()) {
      if (at % 2 === 0) rmSync(path);
      else writeFileSync(path, readFileSync(path).fill(0, 1000, 2000));
    }
    const hit = fileCount / 10;
    // By operations that are valid: it removes files, and what they were with them.
    const removed = [...before.keys()].filter((_, index) => index % 7 === 3).sort();
    for (const name of removed) assert.equal((await client.remove(`f/${name}`)).status, 204);
    await run(['trash', 'empty', 'alice', ...own]);

    await run(['verify', '--data', server.dataFolder], [7]);
    await run(['verify', '--repair', '--from', join(scratch, 'copy'), '--data', server.dataFolder], [0, 7]);
    const report = JSON.parse(await run(['loss-report', 'alice', '--json', ...own])) as Damaged;
    assert.equal(report.files.length, hit);
    assert.ok(
      report.files.every((each) => each.fate !== 'gone' && each.kind === 'photo'),
      JSON.stringify(report),
    );
    const taken = JSON.parse(
      await run(['loss-report', 'alice', '--since', since, '--json', ...own], [0, 7]),
    ) as Removed;
    assert.deepEqual(taken.files.map(({ path }) => path.at(-1)).sort(), removed);
    await run(['loss-report', 'alice', '--since', since, '--bring-back', ...own]);
    assert.deepEqual(sorted(await readFolder(client, 'f')), sorted(before));
    assert.match(await run(['loss-report', '--data', server.dataFolder]), /brought back 6 chunks .*gone 0 chunks/);
  } finally {
    client.close();
    await server.discard();
    rmSync(scratch, { recursive: true, force: true });
  }
});

function sorted(files: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}
