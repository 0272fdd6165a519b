import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { coffre } from '../support/cli.ts';
import type { DavClient } from '../support/dav-client.ts';
import { daysAhead, letRun } from '../support/later.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';

const cycles = 4;
/** Some in the database, some as files. */
const contents: readonly Buffer[] = [300, 2000, 90_000, 200_000, 400_000, 70_000].map((size) => randomBytes(size));

async function stored(client: DavClient, name: string, bytes: Buffer): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { status } = await client.put(name, bytes);
    if (status === 201 || status === 204) return;
    // What was given up meanwhile is refused, and sent again: never acknowledged and lost.
    assert.equal(status, 503);
    await setTimeout(20);
  }
  assert.fail(`${name} was refused all the time`);
}

interface Report {
  readonly done: readonly { readonly erased: number }[];
}

it('works: Loss: collector races writers: what is stored again while it is swept and reaped is never lost', async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-race-'));
  const first = await startServer();
  let server: TestServer = first;
  let erased = 0;
  try {
    await server.stop();
    const { account, dataFolder } = first;
    assert.ok(account !== undefined);
    const password = join(scratch, 'password');
    const kit = join(scratch, 'kit');
    writeFileSync(password, account.password);
    writeFileSync(kit, account.kit);
    const run = async (words: readonly string[]): Promise<string> => {
      const { code, out, err } = await coffre([...words, '--data', dataFolder]);
      assert.ok(code === 0, `${words.join(' ')}: ${code} ${err} ${out}`);
      return out;
    };
    const reap = async (): Promise<void> => {
      const report = JSON.parse(await run(['reaper', 'run', '--json'])) as Report;
      erased += report.done.reduce((sum, each) => sum + each.erased, 0);
    };
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      server = await restart(first, { env: daysAhead(100 * cycle) });
      const client = server.client();
      const wanted = new Map<string, Buffer>();
      await run(['sweep', account.name, '--password-file', password]);
      await reap();
      letRun(dataFolder, 31);
      const writers = contents.map(async (bytes, at) => {
        // Some come before the reaper, some after it, and some meet it.
        await setTimeout(at * 250);
        for (let round = 0; round < 6; round += 1) {
          const name = `cycle ${cycle} content ${at} round ${round}`;
          await stored(client, name, bytes);
          wanted.set(name, bytes);
          await setTimeout(at * 30);
        }
      });
      const collector = (async () => {
        for (let round = 0; round < 3; round += 1) {
          await reap();
          await run(['sweep', account.name, '--password-file', password]);
        }
      })();
      await Promise.all([...writers, collector]);
      for (const [name, bytes] of wanted) {
        const { status, body } = await client.get(name);
        assert.equal(status, 200, name);
        assert.ok(body.equals(bytes), name);
      }
      // By the next cycle nothing of the kept history reaches these contents.
      for (const name of wanted.keys()) await stored(client, name, Buffer.from(`gone ${cycle}`));
      assert.equal((await server.stop()).code, 0);
    }
    await run(['verify', '--kit-file', kit]);
    t.diagnostic(`${erased} erased in ${cycles} cycles`);
    assert.ok(erased >= 4, `${erased} erased`);
  } finally {
    await server.discard();
    await first.discard();
    rmSync(scratch, { recursive: true, force: true });
  }
});
