import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestServer } from './dav-server.contract.ts';

const program = '/usr/bin/litmus';
const skip = existsSync(program) ? false : 'litmus is not installed';

describe('litmus, the WebDAV suite of others', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'litmus-'));
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const suite of ['basic', 'copymove', 'props', 'locks', 'http']) {
    it(suite, async () => {
      const child = spawn(program, ['-k', `http://127.0.0.1:${server.port}/dav/alice/files/`, 'alice', 'one'], {
        cwd: folder,
        env: { ...process.env, TESTS: suite },
      });
      let said = '';
      for await (const data of child.stdout) said += String(data);
      assert.match(said, new RegExp(`summary for .${suite}': of \\d+ tests run: \\d+ passed, 0 failed`), said);
      assert.doesNotMatch(said, /WARNING/i, said);
    });
  }
});
