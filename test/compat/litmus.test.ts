import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.ts';

const program = '/usr/bin/litmus';
const skip = existsSync(program) ? false : 'litmus is not installed';

describe('litmus, the WebDAV suite of others', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'coffre-litmus-'));
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server.discard();
    rmSync(folder, { recursive: true, force: true });
  });

  const passes = async (suite: string): Promise<void> => {
    const child = spawn(program, ['-k', `${server.url}/dav/alice/files/`, 'alice', server.appPassword], {
      cwd: folder,
      env: { ...process.env, TESTS: suite },
    });
    let said = '';
    for await (const data of child.stdout) said += String(data);
    assert.match(said, new RegExp(`summary for .${suite}': of \\d+ tests run: \\d+ passed, 0 failed`), said);
    assert.doesNotMatch(said, /WARNING/i, said);
  };

  it('works: Clients: litmus basic passes', () => passes('basic'));
  it('works: Clients: litmus copymove passes', () => passes('copymove'));
  it('works: Clients: litmus props passes', () => passes('props'));
  it('works: Clients: litmus locks passes', () => passes('locks'));
  it('works: Clients: litmus http passes', () => passes('http'));
});
