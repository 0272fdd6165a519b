// The server and the reaper as two users of the system (packaging/two-users.sh), on the real program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { coffre } from '../support/cli.ts';
import { DavClient } from '../support/dav-client.ts';
import { daysAhead, letRun } from '../support/later.ts';
import { startServer } from '../support/server.ts';
import { command } from './commands.ts';
import { needsRoot } from './needs.ts';

const group = '64100';
const server = '64101';
const reaper = '64102';
const layout = join(import.meta.dirname, '..', '..', 'packaging', 'two-users.sh');

function as(user: string, more: readonly string[] = []): readonly string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', ...more];
}
const noRights = ['--inh-caps=-all', '--bounding-set=-all'];
/** What its unit gives it. */
const mayTake = ['--inh-caps=-all,+chown', '--ambient-caps=-all,+chown', '--bounding-set=-all,+chown'];

it('works: Letting go: the server’s user cannot remove, shorten or move what is stored, the reaper’s can; damage is mended all the same', {
  skip: needsRoot('setpriv', 'sh', 'find'),
}, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-users-'));
  const home = join(scratch, 'home');
  const [data, copy] = [join(home, 'data'), join(home, 'copy')];
  const folderOfServer = (path: string, mode: number): void => {
    mkdirSync(path);
    chownSync(path, Number(server), Number(group));
    chmodSync(path, mode);
  };
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  chmodSync(scratch, 0o755);
  folderOfServer(home, 0o750);
  folderOfServer(data, 0o700);
  folderOfServer(copy, 0o2770);
  // As it comes out of a package, and once more on a folder that has been worked on (below).
  command(layout, data, server, reaper, group);

  const password = join(home, 'password');
  writeFileSync(password, 'a password to remember\n', { mode: 0o644 });
  const asServer = async (words: readonly string[], days = 0): Promise<string> => {
    const env = Object.entries(daysAhead(days)).map(([name, value]) => `${name}=${value}`);
    const wrap = [...as(server, noRights), 'env', ...env];
    const { code, out, err } = await coffre([...words, '--data', data], wrap);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  };
  const asReaper = async (rights: readonly string[]): Promise<{ readonly erased: number; readonly said: string }> => {
    const { code, out, err } = await coffre(['reaper', 'run', '--json', '--data', data], as(reaper, rights));
    assert.equal(code, 0, err);
    const { done } = JSON.parse(out) as { readonly done: readonly { readonly erased: number }[] };
    return { erased: done.reduce((sum, each) => sum + each.erased, 0), said: err };
  };
  const own = ['--password-file', password];
  await asServer(['account', 'create', 'alice', ...own, '--kit-file', join(home, 'kit')]);
  const app = (await asServer(['app-password', 'create', 'alice', '--label', 'test', ...own])).trim();
  await asServer(['copy', 'add', copy, '--label', 'disk']);
  command(layout, data, server, reaper, group);

  const options = { dataFolder: data, wrap: as(server, noRights) };
  let running = await startServer(options);
  try {
    const client = (): DavClient => new DavClient(running.url, 'alice', app);
    const [first, second] = [randomBytes(300_000), randomBytes(300_000)];
    for (const bytes of [first, second]) assert.ok([201, 204].includes((await client().put('x', bytes)).status));
    const files = (): readonly string[] => chunkFiles(data);
    assert.equal(files().length, 2);
    assert.match((await asReaper(noRights)).said, /Of the server's user still: 2 pieces/);
    assert.match((await asReaper(mayTake)).said, /Taken over.*: 2 pieces/);
    for (const file of files()) {
      const { uid, mode } = statSync(file);
      assert.deepEqual([uid, mode & 0o777], [Number(reaper), 0o640]);
    }

    // What a faulty component of the server could do, done by its user.
    const [chunk = ''] = files();
    const before = readFileSync(chunk);
    for (const attempt of [
      'rm -f "$0"',
      'mv "$0" /tmp/coffre-moved',
      ': > "$0"',
      'truncate -s 0 "$0"',
      'printf x >> "$0"',
      'touch "$0".x && mv "$0".x "$0"',
      'chmod 666 "$0"',
      'rm -rf "$(dirname "$0")"',
      'mv "$(dirname "$0")" "$(dirname "$0")-away"',
    ]) {
      const [file = '', ...args] = [...as(server, noRights), 'sh', '-c', attempt, chunk];
      assert.notEqual(spawnSync(file, args).status, 0, attempt);
      assert.ok(readFileSync(chunk).equals(before), attempt);
    }
    rmSync(`${chunk}.x`, { force: true });

    // Damage of the disk: what is right is written beside, served, and put in its place by the reaper.
    await untilCopied(data, copy);
    for (const file of files()) damage(file);
    const got = await client().get('x');
    assert.ok(got.status === 200 && got.body.equals(second), String(got.status));
    assert.equal(chunkFiles(data, 'mended').length, 1);
    assert.match((await asReaper(mayTake)).said, /Put right.*: 1 damaged piece/);
    assert.equal(chunkFiles(data, 'mended').length, 0);
    assert.ok((await client().get('x')).body.equals(second));

    assert.equal((await running.stop()).code, 0);
    await asServer(['sweep', 'alice', ...own], 100);
    await asServer(['copy', 'add', copy, '--label', 'disk']);
    await asReaper(mayTake);
    letRun(data, 31);
    running = await startServer(options);
    // It takes no rights to erase: the folders are its own.
    assert.equal((await asReaper(noRights)).erased, 1);
    assert.deepEqual([files().length, chunkFiles(copy).length], [1, 1]);
    assert.ok((await client().get('x')).body.equals(second));
    assert.equal((await client().put('y', first)).status, 201);
    await asServer(['verify', '--kit-file', join(home, 'kit')]);
  } finally {
    await running.discard();
  }
});

function chunkFiles(folder: string, below = 'chunks'): readonly string[] {
  const path = join(folder, below);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function damage(file: string): void {
  const bytes = readFileSync(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  // As the disk does it: no owner or mode changes.
  writeFileSync(file, bytes);
}

async function untilCopied(data: string, copy: string): Promise<void> {
  for (let waited = 0; chunkFiles(copy).length < chunkFiles(data).length; waited += 200) {
    assert.ok(waited < 120_000, 'the copy does not follow');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
