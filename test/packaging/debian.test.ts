// The Debian package: built out of this clone, unpacked, and the program run out of it.
import { strict as assert } from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { command } from '../faults/commands.ts';
import { needs } from '../faults/needs.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

it('works: Packages: a Debian package is built from the clone, and the program runs out of it with nothing else', {
  skip: needs('dpkg-deb', 'dpkg'),
}, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-debian-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  command(join(root, 'packaging', 'debian', 'build.sh'), scratch);
  const name = readdirSync(scratch).find((each) => each.endsWith('.deb')) ?? assert.fail('no package');
  const tree = join(scratch, 'tree');
  command('dpkg-deb', '-R', join(scratch, name), tree);

  const lib = join(tree, 'usr', 'lib', 'coffre');
  const everything = readdirSync(lib, { recursive: true }).map(String);
  assert.deepEqual(
    everything.filter((path) => /^src\/.*\.(test|contract)\.ts$/.test(path) || /^(test|docs)\//.test(path)),
    [],
  );
  assert.ok(everything.includes('web/dist/index.html'), 'the web application is built');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  for (const [path, { dev }] of Object.entries(lock.packages))
    if (dev === true) assert.ok(!existsSync(join(lib, path)), `${path} is for development only`);
  // What starts it is the administrator's word, and data outlive the package.
  const scripts = ['postinst', 'prerm', 'postrm']
    .map((each) => readFileSync(join(tree, 'DEBIAN', each), 'utf8'))
    .join();
  assert.doesNotMatch(scripts, /systemctl (start|restart|enable)[^`]*$|upgrade --commit[^`]*$|rm -rf \/var\/lib/m);

  // Two users: what erases is not who serves, and the folder is laid out for both.
  const unit = (name: string): string => readFileSync(join(tree, 'usr', 'lib', 'systemd', 'system', name), 'utf8');
  assert.match(unit('coffre.service'), /^User=coffre$/m);
  assert.match(unit('coffre-reaper.service'), /^User=coffre-reaper$/m);
  // What the guard of the home hub does in the program, the operating system does around it.
  assert.match(unit('coffre-home.service'), /^User=coffre-home$/m);
  assert.match(unit('coffre-home.service'), /^IPAddressDeny=any$/m);
  assert.match(scripts, /two-users\.sh \S+ coffre coffre-reaper coffre/);
  assert.ok(existsSync(join(lib, 'two-users.sh')));

  const node = readdirSync(join(lib, 'node_modules')).find((each) => each.startsWith('node-linux-')) ?? '';
  const program = [join(lib, 'node_modules', node, 'bin', 'node'), join(lib, 'bin', 'coffre.mjs')] as const;
  // No npm and no other Node within reach: what is missing cannot be fetched.
  const env = { PATH: '/nowhere', HOME: scratch, COFFRE_DATA: join(scratch, 'data'), COFFRE_PORT: '0' };
  const coffre = async (...args: readonly string[]): Promise<string> => {
    return (await run(program[0], [program[1], ...args], { cwd: scratch, env })).stdout;
  };
  assert.match(await coffre('version'), /^coffre \d/);
  writeFileSync(join(scratch, 'password'), 'a password to remember\n');
  writeFileSync(join(scratch, 'letter'), 'dear reader');
  const own = ['--password-file', 'password'];
  await coffre('account', 'create', 'alice', ...own, '--kit-file', 'kit');
  await coffre('put', 'letter', 'alice:/', ...own);

  const server = spawn(program[0], [program[1], 'serve'], { cwd: scratch, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => server.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('listening on')) resolve();
    });
    server.once('close', () => reject(new Error('the server ended')));
  });
  assert.equal(await coffre('get', 'alice:/letter', '-o', '-', ...own), 'dear reader');
  server.kill('SIGTERM');
  assert.equal(await ended, 0);
});
