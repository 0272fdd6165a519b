// Rescue beside `restic restore`: the same files, each from its own repository on the same disk, to empty folders, in turn.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
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
import { parseArgs } from 'node:util';
import { measured, median } from './figures.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string' },
  },
});
const files = values.quick ? 2000 : 20_000;
const totalBytes = (values.quick ? 0.5 : 5) * 1024 ** 3;
const rounds = Number(values.rounds);
const program = join(import.meta.dirname, '..', 'bin', 'coffre.mjs');
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'coffre-bench-rescue-'));
const [original, data, repository] = ['original', 'data', 'restic'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const password = join(folder, 'password');
const kit = join(folder, 'kit');

function run(command: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: join(folder, 'cache') },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status}\n${stderr}${stdout}`);
}

const coffre = (...args: readonly string[]): void => run(process.execPath, [program, ...args]);

/** Photos: most bytes in few files, and none of them compresses. Three of four are small. */
function prepare(): void {
  mkdirSync(original, { recursive: true });
  const mean = totalBytes / files;
  for (let at = 0; at < files; at += 1) {
    const inside = join(original, `album ${Math.floor(at / 200)}`);
    if (at % 200 === 0) mkdirSync(inside);
    const sizeBytes = Math.round(at % 4 === 0 ? mean * 3.4 : mean * 0.2);
    writeFileSync(join(inside, `photo ${at}.jpg`), randomBytes(sizeBytes));
  }
  writeFileSync(password, 'correct horse battery\n');
  coffre('account', 'create', 'alice', '--data', data, '--password-file', password, '--kit-file', kit);
  coffre('import', original, 'alice:/', '--data', data, '--password-file', password);
  run('restic', ['-r', repository, 'init']);
  run('restic', ['-r', repository, 'backup', '-q', original]);
}

/** SHA-256 over all names and contents, so that the two results are the original. */
function digestOf(root: string): string {
  const hash = createHash('sha256');
  for (const album of readdirSync(root).sort()) {
    if (!statSync(join(root, album)).isDirectory()) continue;
    for (const name of readdirSync(join(root, album)).sort())
      hash.update(`${album}/${name}\n`).update(readFileSync(join(root, album, name)));
  }
  return hash.digest('hex');
}

function fresh(name: string): string {
  const target = join(folder, name);
  rmSync(target, { recursive: true, force: true });
  // What the one leaves to be written must not slow the other down.
  spawnSync('sync');
  return target;
}

if (!existsSync(kit)) prepare();
const expected = digestOf(original);
const ours: number[] = [];
const theirs: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const one = fresh('rescued');
  ours.push(await measured(async () => coffre('rescue', '--from', data, '--kit', kit, '--to', one)));
  if (digestOf(join(one, 'files')) !== expected) throw new Error('what was rescued is not the original');
  const other = fresh('restored');
  theirs.push(await measured(async () => run('restic', ['-r', repository, 'restore', 'latest', '-q', '-t', other])));
  if (digestOf(join(other, original)) !== expected) throw new Error('what restic restored is not the original');
  fresh('rescued');
  fresh('restored');
}
const [a, b] = [median(ours), median(theirs)];
const show = (list: readonly number[]): string => list.map((each) => each.toFixed(1)).join(', ');
process.stdout.write(
  `${files} files, ${(totalBytes / 1024 ** 3).toFixed(1)} GiB, ${rounds} rounds\n` +
    `coffre rescue:  ${a.toFixed(1)} s (${show(ours)})\nrestic restore: ${b.toFixed(1)} s (${show(theirs)})\n` +
    `speed: ${(b / a).toFixed(2)} times restic (target: 1.0)\n`,
);
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
