// `coffre verify` beside `restic check --read-data`: the same files, each in its own repository on the same disk, in turn.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measured, median } from './figures.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
});
const files = values.quick ? 400 : 4000;
const fileBytes = 1_300_000;
const rounds = Number(values.rounds);
const program = join(import.meta.dirname, '..', 'bin', 'coffre.mjs');
const folder = mkdtempSync(join(tmpdir(), 'coffre-bench-verify-'));
const original = join(folder, 'original');
const data = join(folder, 'data');
const repository = join(folder, 'restic');
const password = join(folder, 'password');

function run(command: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: join(folder, 'cache') },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status}\n${stderr}${stdout}`);
}

const coffre = (...args: readonly string[]): void => run(process.execPath, [program, ...args]);

mkdirSync(original, { recursive: true });
for (let at = 0; at < files; at += 1) writeFileSync(join(original, `photo ${at}.jpg`), randomBytes(fileBytes));
writeFileSync(password, 'correct horse battery\n');
coffre('account', 'create', 'alice', '--data', data, '--password-file', password, '--kit-file', join(folder, 'kit'));
coffre('import', original, 'alice:/', '--data', data, '--password-file', password);
run('restic', ['-r', repository, 'init']);
run('restic', ['-r', repository, 'backup', '-q', original]);
spawnSync('sync');
const ours: number[] = [];
const theirs: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  ours.push(await measured(async () => coffre('verify', '--data', data)));
  theirs.push(await measured(async () => run('restic', ['-r', repository, 'check', '--read-data', '-q'])));
}
const [a, b] = [median(ours), median(theirs)];
const show = (list: readonly number[]): string => list.map((each) => each.toFixed(1)).join(', ');
process.stdout.write(
  `${files} files, ${((files * fileBytes) / 1024 ** 3).toFixed(1)} GiB, ${rounds} rounds\n` +
    `coffre verify:             ${a.toFixed(1)} s (${show(ours)})\n` +
    `restic check --read-data:  ${b.toFixed(1)} s (${show(theirs)})\n` +
    `speed: ${(b / a).toFixed(2)} times restic (target: 1.0)\n`,
);
rmSync(folder, { recursive: true, force: true });
