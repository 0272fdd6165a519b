// rclone as Debian has it: up, compared, changed, up again, down, byte for byte the same.
import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../support/server.ts';

const program = '/usr/bin/rclone';
const skip = existsSync(program) ? false : 'rclone is not installed';
const mebibyte = 1024 * 1024;
const isLab = process.env['COFFRE_LAB'] === '1';
const largeSizes = isLab ? [5 * mebibyte, 30 * mebibyte, 300 * mebibyte] : [5 * mebibyte, 30 * mebibyte];
/** ownCloud's way, with times and checksums, is told apart by few files as well as by many. */
const plainFiles = { other: 470, owncloud: 60 } as const;

/** Names that some program somewhere gets wrong. */
const hardNames: readonly string[] = [
  'with spaces',
  ' a space in front',
  'a space at the end ',
  'caf\u00e9',
  'cafe\u0301',
  '\u4f60\u597d',
  '\ud83d\ude00 face',
  'double "quotes"',
  "single 'quotes'",
  'per%cent',
  'per%20cent',
  'number#sign',
  'question?mark',
  'and&amp;',
  '<angle>',
  'plus+plus',
  'semi;colon',
  'co:lon',
  'back\\slash',
  'pi|pe',
  'st*r',
  '.dot in front',
  '..two dots in front',
  'three dots...',
  'new\nline',
  'tab\tin it',
  '{curly}[square]^`~$!@=,()',
  '~',
  '-rf',
  'n'.repeat(200),
  '\u00fc'.repeat(100),
];

for (const vendor of ['other', 'owncloud'] as const) {
  describe(`rclone, vendor ${vendor}`, { skip }, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'coffre-rclone-'));
    const here = join(scratch, 'here');
    let server: TestServer;
    let rclone: (...args: readonly string[]) => Promise<string>;
    before(async () => {
      server = await startServer();
      rclone = await rcloneTo(server, vendor);
      fill(here, plainFiles[vendor], vendor === 'other' ? largeSizes : largeSizes.slice(0, 1));
    });
    after(async () => {
      await server.discard();
      rmSync(scratch, { recursive: true, force: true });
    });

    it('copies up, and finds nothing different when it reads all back', async () => {
      await rclone('copy', here, 'coffre:');
      await rclone('check', '--download', here, 'coffre:');
    });

    it('brings changes up, and then has nothing more to do', async () => {
      change(here, vendor === 'owncloud');
      await rclone('sync', here, 'coffre:');
      await rclone('check', '--download', here, 'coffre:');
      assert.match(await rclone('sync', '-v', here, 'coffre:'), /There was nothing to transfer/);
    });

    it('works: Clients: what rclone brought up, changed and removed comes down identical, hard names and all', async () => {
      const there = join(scratch, 'there');
      await rclone('sync', 'coffre:', there);
      assert.deepEqual(hashesOf(there), hashesOf(here));
    });
  });
}

/** Its settings come by the environment: no file of whoever runs the tests is read or written. */
async function rcloneTo(server: TestServer, vendor: string): Promise<(...args: readonly string[]) => Promise<string>> {
  const obscured = (await run(['obscure', '-'], {}, server.appPassword)).trim();
  const settings = {
    RCLONE_CONFIG_COFFRE_TYPE: 'webdav',
    RCLONE_CONFIG_COFFRE_URL: `${server.url}/dav/alice/files/`,
    RCLONE_CONFIG_COFFRE_VENDOR: vendor,
    RCLONE_CONFIG_COFFRE_USER: 'alice',
    RCLONE_CONFIG_COFFRE_PASS: obscured,
  };
  const flags = ['--no-unicode-normalization', '--transfers', '8', '--checkers', '8', '--retries', '1'];
  return (...args) => run([...args, ...flags], settings, '');
}

function run(args: readonly string[], settings: Readonly<Record<string, string>>, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), RCLONE_CONFIG: '/dev/null', ...settings };
    const options = { env, encoding: 'utf8', maxBuffer: 64 * mebibyte } as const;
    const child = execFile(program, args, options, (error, out, err) => {
      if (error === null) resolve(out + err);
      else reject(new Error(`rclone ${args.join(' ')}: ${(err + out).slice(0, 4000)}`));
    });
    child.stdin?.end(input);
  });
}

function fill(folder: string, count: number, large: readonly number[]): void {
  const write = (path: string, sizeBytes: number): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), randomBytes(sizeBytes));
  };
  for (const [index, name] of hardNames.entries()) write(`hard/${name}/${name}`, index * 100);
  for (let index = 0; index < count; index += 1) write(`plain/${index % 10}/file ${index}`, (index * 997) % 90_000);
  for (const [index, sizeBytes] of large.entries()) write(`large ${index}`, sizeBytes);
}

/** A fifth is changed, a fifth of the rest goes, a fifth gets another name. */
function change(folder: string, keepsSizes: boolean): void {
  for (const [index, path] of filesIn(folder).entries()) {
    const full = join(folder, path);
    const { length } = readFileSync(full);
    // Without times or checksums rclone sees only sizes.
    if (index % 5 === 0) writeFileSync(full, randomBytes(keepsSizes ? length : length + 1));
    else if (index % 25 === 1) rmSync(full);
    else if (index % 25 === 2) renameSync(full, join(dirname(full), `renamed ${index}`));
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function hashesOf(folder: string): readonly (readonly [string, string])[] {
  return filesIn(folder).map((path) => [
    path,
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex'),
  ]);
}
