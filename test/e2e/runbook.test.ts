// The page for the day itself, done word by word with nothing but a copy and the kits, on a machine that knows neither.
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { hashOf } from '../faults/load.ts';
import { aliceIn, CliWorld, noise } from './cli-world.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'something-is-wrong.md'), 'utf8');
const serverStartsWithinMs = 30_000;

/** By heading: the commands that stand below it. */
const sections: ReadonlyMap<string, readonly string[]> = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [
      text.split('\n', 1)[0] ?? '',
      text.split('\n').flatMap((line) => /^\$ (.*)$/.exec(line)?.[1] ?? []),
    ]),
);

const world = new CliWorld();
const files = new Map<string, Uint8Array>([
  ['letters/one.txt', Buffer.from('dear one')],
  ['letters/empty', new Uint8Array()],
  ['photos/large.jpg', noise(300_000, 1)],
  ['photos/caf\u00e9.jpg', noise(70_000, 2)],
]);

before(async () => {
  const alice = aliceIn(world);
  await alice.make();
  for (const [path, content] of files) {
    mkdirSync(join(world.path('in', path), '..'), { recursive: true });
    writeFileSync(world.path('in', path), content);
  }
  await world.ok(['import', world.path('in'), 'alice:/', ...alice.proof]);
  await world.ok(['operator-kit', 'create', world.path('operator-kit.txt')]);
  mkdirSync(world.path('copy'));
  await world.ok(['copy', 'add', world.path('copy')]);
  cpSync(alice.kit, world.path('alice-kit.txt'));
  // The machine is gone, with its key.
  for (const name of ['data', 'data.key', 'in', 'F', 'K', 'app']) rmSync(world.path(name), { recursive: true });
  writeFileSync(
    world.path('coffre'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'coffre.mjs')}' "$@"\n`,
  );
  chmodSync(world.path('coffre'), 0o755);
});
after(() => world.remove());

const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(COFFRE_|NODE_OPTIONS)/.test(name))),
  PATH: `${world.folder}:${process.env['PATH']}`,
  COFFRE_PORT: '0',
};

/** As it stands on the page; only where the copy is differs. */
function run(command: string): { readonly code: number | null; readonly text: string } {
  const line = `COPY='${world.path('copy')}'; ${command}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: world.folder,
    env: environment,
    encoding: 'utf8',
    input: 'a new password to keep\na new password to keep\n',
  });
  return { code: status, text: stdout + stderr };
}

function commandsOf(heading: string): readonly string[] {
  const commands = sections.get(heading);
  assert.ok(commands !== undefined && commands.length > 0, `the page has no commands under ${heading}`);
  return commands;
}

function runAll(heading: string): void {
  for (const command of commandsOf(heading)) {
    const { code, text } = run(command);
    assert.equal(code, 0, `${command}: ${text}`);
  }
}

function filesBelow(folder: string): ReadonlyMap<string, string> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return new Map(
    all
      .map((each) => join(each.parentPath, each.name))
      .map((path): [string, string] => [path.slice(folder.length + 1), hashOf(readFileSync(path))])
      .sort(),
  );
}

const wanted = new Map([...files].map(([path, content]): [string, string] => [path, hashOf(content)]).sort());

it('works: Loss: the page "something is wrong" does what it says, word by word, with only a copy and the kits', async () => {
  const [place = '', look = ''] = commandsOf('First');
  assert.match(place, /^COPY=\S+$/);
  assert.equal(run(look).code, 0);

  runAll('Somebody needs files now');
  assert.deepEqual(filesBelow(world.path('rescued', 'files')), wanted);

  for (const command of commandsOf('The whole server, on a blank machine')) {
    if (/^coffre serve /.test(command)) await startsAndStops(command);
    else if (/^coffre account recover /.test(command)) assertProves(command);
    else {
      const { code, text } = run(command);
      assert.equal(code, 0, `${command}: ${text}`);
    }
  }
  assert.deepEqual(await contentOf('data'), wanted);

  // One piece of the folder that came back is spoiled: the page's way out of it.
  const [verify = '', ...others] = commandsOf('The data folder is there, and something in it is damaged');
  assert.equal(run(verify).code, 0);
  spoilOne(world.path('data', 'chunks'));
  const found = run(verify);
  assert.equal(found.code, 7, found.text);
  assert.match(found.text, /large\.jpg|caf\u00e9\.jpg/);
  assert.equal(run(others[0] ?? '').code, 0, 'repaired');
  assert.equal(run(verify).code, 0);
  spoilOne(world.path('data', 'chunks'));
  for (const command of others.slice(1)) {
    const { code, text } = run(command);
    assert.equal(code, 0, `${command}: ${text}`);
  }
  assert.deepEqual(await contentOf('whole'), wanted);

  runAll('A person, a client or a mistake took files away');
});

/** It asks for a new password on a terminal; a script gives a file. */
function assertProves(command: string): void {
  writeFileSync(world.path('new-password'), 'a new password to keep\n');
  const { code, text } = run(`${command} --new-password-file new-password`);
  assert.equal(code, 0, text);
}

async function contentOf(data: string): Promise<ReadonlyMap<string, string>> {
  const out = world.path(`out of ${data}`);
  await world.ok(['get', 'alice:/', '-o', out, '--data', world.path(data), '--kit-file', world.path('alice-kit.txt')]);
  return filesBelow(out);
}

function spoilOne(folder: string): void {
  const [path = ''] = [...readdirSync(folder, { recursive: true, withFileTypes: true })]
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort();
  assert.ok(existsSync(path));
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.with(1000, (bytes[1000] ?? 0) ^ 1));
}

async function startsAndStops(command: string): Promise<void> {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: world.folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    assert.match(await saidBy(child), /WebDAV +http:\/\/localhost:\d+\/dav\/alice\/files\//);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function saidBy(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const tooLate = setTimeout(() => reject(new Error(`the server does not start: ${said}`)), serverStartsWithinMs);
    child.once('close', () => reject(new Error(`the server ended: ${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (!/WebDAV/.test(said)) return;
        clearTimeout(tooLate);
        resolve(said);
      });
    }
  });
}
