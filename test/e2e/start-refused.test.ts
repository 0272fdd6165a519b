// A server that cannot start says why and ends: whoever runs it as a service must see that it is not there.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { makeAccount } from '../support/account.ts';
import { NotStarted, startServer } from '../support/server.ts';

const endsWithinMs = 20_000;

describe('a server that cannot start', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-start-'));
  const dataFolder = join(scratch, 'data');
  before(() => makeAccount(dataFolder));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('ends when its port is taken, and leaves the folder free', async () => {
    const taken = createServer().unref();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const port = String((taken.address() as AddressInfo).port);
    // The harness asks for a free port at the end of the command line: everything but that.
    const wrap = ['sh', '-c', `exec "$1" "$2" "$3" "$4" "$5" --port ${port}`, 'sh'];
    const refused = await refusal({ dataFolder, wrap });
    assert.match(refused.message, /Cannot listen on .*EADDRINUSE\. Choose another with --port/);
    assert.equal(refused.ending.code, 2);
    await new Promise((resolve) => {
      taken.close(resolve);
    });
    const server = await startServer({ dataFolder });
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  });

  it('ends when what it keeps about its accounts is damaged', async () => {
    const journal = new DatabaseSync(join(dataFolder, 'journal.db'));
    journal.exec('DROP TRIGGER entry_unchanged; UPDATE entry SET body = randomblob(length(body)) WHERE sequence = 2');
    journal.close();
    const refused = await refusal({ dataFolder });
    assert.match(refused.message, /coffre: Damaged/);
    assert.equal(refused.ending.code, 7);
  });
});

async function refusal(options: Parameters<typeof startServer>[0]): Promise<NotStarted> {
  const started = startServer({ ...options, startWithinMs: endsWithinMs });
  const error: unknown = await started.then(
    (server) => server.discard(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof NotStarted, String(error));
  return error;
}
