// What README says, done as somebody does it who has just cloned the project; and the power button, in the middle of it.
import { strict as assert } from 'node:assert';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { acknowledgedBy, checkAll, hashOf, loadClients, readFolder } from '../faults/load.ts';
import { DavClient } from '../support/dav-client.ts';

const root = join(import.meta.dirname, '..', '..');
const skip = existsSync(join(root, '.git')) ? false : 'this is no git repository, there is nothing to clone';
/** The first start builds the web application. */
const startWithinMs = 180_000;

interface Started {
  readonly url: string;
  readonly said: string;
  /** Of the program itself, below npm and a shell. */
  readonly pid: number;
  readonly ended: Promise<void>;
}

describe('a newcomer', { skip }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-newcomer-'));
  const clone = join(scratch, 'coffre');
  const password = 'a password to remember';
  /** As a newcomer's shell has it: nothing of ours, but for a port that is free and a password that is not typed. */
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(COFFRE_|NODE_|npm_)/i.test(name))),
    COFFRE_PORT: '0',
    COFFRE_PASSWORD_FILE: join(scratch, 'password'),
  };
  const running: Started[] = [];

  before(() => {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    // The same bytes without copying them where that can be: nothing is installed again, the stamp says so.
    const copied = ['-al', '-a'].some((flag) => {
      const to = join(clone, 'node_modules');
      rmSync(to, { recursive: true, force: true });
      return spawnSync('cp', [flag, join(root, 'node_modules'), to]).status === 0;
    });
    assert.ok(copied, 'node_modules could not be copied');
    writeFileSync(join(scratch, 'password'), `${password}\n`, { mode: 0o600 });
  });
  after(async () => {
    for (const { pid, ended } of running) {
      kill(pid);
      await ended;
    }
    rmSync(scratch, { recursive: true, force: true });
  });

  const start = async (...args: readonly string[]): Promise<Started> => {
    const child = spawn('npm', ['start', ...args], { cwd: clone, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = await whenListening(child);
    running.push(started);
    return started;
  };

  it('works: Start: the commands of the README do what it says, and a crash in the middle of uploads loses nothing', async (t) => {
    const readme = readFileSync(join(clone, 'README.md'), 'utf8');
    let server = await start();
    assert.equal(anonymous(server.said, clone), consoleBlock(readme, 'npm start'));

    const created = command(readme, 'npx coffre account create');
    const account = run(created, clone, environment);
    assert.equal(account.status, 0, account.stderr);
    assert.ok(existsSync(join(clone, 'alice-kit.txt')), account.stderr);
    const device = run(command(readme, 'npx coffre app-password create'), clone, environment);
    assert.equal(device.status, 0, device.stderr);
    const appPassword = device.stdout.trim();
    assert.match(appPassword, /^[a-z2-7]{4}(-[a-z2-7]{4}){7}$/);

    const folder = new Map(
      Array.from({ length: 20 }, (_, n) => [`letter ${n}.txt`, Buffer.from(`Dear ${n}`.repeat(n + 1))]),
    );
    const client = new DavClient(server.url, 'alice', appPassword);
    assert.equal((await client.makeFolder('letters')).status, 201);
    for (const [name, content] of folder) assert.equal((await client.put(`letters/${name}`, content)).status, 201);

    const uploads = loadClients(4);
    const stop = new AbortController();
    const uploading = Promise.all(uploads.map((each) => each.run(client, stop.signal)));
    await sleep(1500);
    kill(server.pid);
    await server.ended;
    stop.abort();
    await uploading;
    client.close();

    server = await start('--', '--data', 'data', '--port', '0');
    assert.match(server.said, /WebDAV +http:\/\/localhost:\d+\/dav\/alice\/files\//);
    const again = new DavClient(server.url, 'alice', appPassword);
    const cuts = await checkAll(uploads, again);
    const found = await readFolder(again, 'letters');
    assert.deepEqual(new Map([...folder].map(([name, content]) => [name, hashOf(content)])), new Map(found));
    again.close();
    t.diagnostic(`${acknowledgedBy(uploads)} acknowledged; of those cut ${cuts.done} done, ${cuts.undone} not`);
  });
});

function whenListening(child: ChildProcess): Promise<Started> {
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return new Promise((resolve, reject) => {
    let said = '';
    let errors = '';
    const fail = (why: string): void => reject(new Error(`${why}: ${said}${errors}`));
    const timer = setTimeout(() => fail('npm start does not listen'), startWithinMs);
    child.once('close', () => fail('npm start ended'));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /listening on (http\S+)\n/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url: url.replace('localhost', '127.0.0.1'), said, pid: programBelow(child.pid ?? 0), ended });
    });
  });
}

/** The Node that the project brings, which npm, a shell and the front door lead to. */
function programBelow(top: number): number {
  const waiting = [top];
  for (let pid = waiting.shift(); pid !== undefined; pid = waiting.shift()) {
    // npm itself may run on the Node that the project brings: under `npm test` that one comes first on the path.
    const isBundled = /node_modules\/node-[^/]+\/bin\/node$/.test(readlinkSync(`/proc/${pid}/exe`));
    if (isBundled && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('src/cli/main.ts')) return pid;
    waiting.push(...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  }
  throw new Error(`no process of the program below ${top}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may be gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function run(
  line: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });
}

/** The line of README that begins like this, as it stands there. */
function command(readme: string, beginning: string): string {
  const line = readme.split('\n').find((each) => each.startsWith(`$ ${beginning}`));
  assert.ok(line !== undefined, `README has no command ${beginning}`);
  return line.slice(2);
}

/** What README says that a command prints. */
function consoleBlock(readme: string, line: string): string {
  const [, rest = ''] = readme.split(`$ ${line}\n`);
  return rest.split('```')[0] ?? '';
}

/** With README's names for what differs from one machine to another; without the lines that npm puts in front. */
function anonymous(said: string, clone: string): string {
  const from = said.indexOf('Coffre is listening');
  return said
    .slice(from)
    .replaceAll(clone, '/home/you/coffre')
    .replaceAll(/localhost:\d+/g, 'localhost:8080')
    .replace(/#[0-9a-f]{32}/, '#…');
}
