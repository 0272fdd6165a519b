// A real client that empties and overwrites a vault: announced while it happens, kept over a restart, undone, byte for byte.
import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { answerOf, type TestAccount, withControl } from '../support/account.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';

const program = '/usr/bin/rclone';
const skip = existsSync(program) ? false : 'rclone is not installed';
const folders = 20;
const filesInEach = 75;

type Rclone = (...args: readonly string[]) => Promise<string>;

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), RCLONE_CONFIG: '/dev/null', ...env } };
    execFile(program, args, options, (error, out, err) => {
      if (error === null) resolve(out + err);
      else reject(new Error(`rclone ${args.join(' ')}: ${err}`, { cause: error }));
    });
  });
}

async function rcloneFor(server: TestServer): Promise<Rclone> {
  const obscured = (await run(['obscure', server.appPassword], {})).trim();
  const env = {
    RCLONE_CONFIG_COFFRE_TYPE: 'webdav',
    RCLONE_CONFIG_COFFRE_URL: `${server.url}/dav/alice/files/`,
    RCLONE_CONFIG_COFFRE_VENDOR: 'other',
    RCLONE_CONFIG_COFFRE_USER: 'alice',
    RCLONE_CONFIG_COFFRE_PASS: obscured,
  };
  return (...args) => run(['--transfers', '8', '--checkers', '8', ...args], env);
}

interface DeletionRow {
  readonly id: number;
  readonly by: string | null;
  readonly files: number;
  readonly overwritten: number;
  readonly isAccepted: boolean;
}

function asOwner<Value>(server: TestServer, command: string, args: object = {}): Promise<Value> {
  const { name, password } = server.account as TestAccount;
  return withControl(server.dataFolder, async (control) => {
    const { ticket } = await answerOf<{ readonly ticket: string }>(control, 'unlock', { name, password });
    return answerOf<Value>(control, command, { ticket, vault: 'files', ...args });
  });
}

/** Of other sizes each time: without checksums rclone looks at those. */
function write(folder: string, least: number): void {
  for (let at = 0; at < folders * filesInEach; at += 1) {
    const inside = join(folder, `album ${at % folders}`);
    if (at < folders) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `canary ${at}.jpg`), randomBytes(least + at));
  }
}

it('works: Deletions: rclone deletes and overwrites 1,500 files; it is announced, outlives a restart, and is undone byte for byte', {
  skip,
}, async () => {
  const here = mkdtempSync(join(tmpdir(), 'coffre-deletion-'));
  const first = await startServer();
  let server = first;
  try {
    const [original, other] = [join(here, 'original'), join(here, 'other')];
    write(original, 900);
    write(other, 901);
    let rclone = await rcloneFor(server);
    await rclone('copy', original, 'coffre:');
    // Half of the folders is deleted, then all that is left is overwritten: a sync client with the wrong source.
    for (let at = 0; at < folders / 2; at += 1) await rclone('delete', `coffre:album ${at}`);
    for (let at = folders / 2; at < folders; at += 1)
      await rclone('sync', join(other, `album ${at}`), `coffre:album ${at}`);
    assert.match(server.errors(), /took away many files/);
    assert.ok(!/canary|album/.test(server.errors()), 'the operator sees no name');
    await server.stop();
    server = await restart(server);
    const [deletion, ...more] = await asOwner<readonly DeletionRow[]>(server, 'deletions');
    assert.equal(more.length, 0);
    const total = folders * filesInEach;
    assert.deepEqual(
      [deletion?.files, deletion?.overwritten, deletion?.by, deletion?.isAccepted],
      [total, total / 2, 'test', false],
    );
    const undone = await asOwner(server, 'deletions.undo', { id: deletion?.id });
    assert.deepEqual(undone, { files: total, back: total });
    rclone = await rcloneFor(server);
    await rclone('check', '--download', original, 'coffre:');
    const after = await asOwner<readonly DeletionRow[]>(server, 'deletions');
    assert.deepEqual(
      after.map((each) => each.isAccepted),
      [true],
    );
  } finally {
    await server.stop();
    await first.discard();
    rmSync(here, { recursive: true, force: true });
  }
});
