// The first copy and a catch-up beside `rclone copy` of the same objects to the same disk, both until they are durable.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
const files = values.quick ? 2000 : 10_000;
const totalBytes = (values.quick ? 0.5 : 3) * 1024 ** 3;
const rounds = Number(values.rounds);
const program = join(import.meta.dirname, '..', 'bin', 'coffre.mjs');
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'coffre-bench-copy-'));
const path = (name: string): string => join(folder, name);
const password = path('password');

function run(command: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  // A copy on the disk of the data says so with an exit code of 0; everything else is a failure.
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status}\n${stderr}${stdout}`);
}

const coffre = (...args: readonly string[]): void => run(process.execPath, [program, ...args]);

/** Photos: most bytes in few files, and none of them compresses. Three of four are small. */
function makeFiles(name: string, count: number): string {
  const mean = totalBytes / files;
  for (let at = 0; at < count; at += 1) {
    const inside = join(path(name), `album ${Math.floor(at / 200)}`);
    if (at % 200 === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `photo ${at}.jpg`), randomBytes(Math.round(at % 4 === 0 ? mean * 3.4 : mean * 0.2)));
  }
  return path(name);
}

function importInto(data: string, name: string, count: number): void {
  coffre('import', makeFiles(name, count), `alice:/${name}`, '--data', data, '--password-file', password);
  rmSync(path(name), { recursive: true });
}

/** A data folder, and for rclone the objects of a copy of it, before and after it grew by a tenth. */
function prepare(): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(password, 'correct horse battery\n');
  const data = path('data');
  coffre('account', 'create', 'alice', '--data', data, '--password-file', password, '--kit-file', path('kit'));
  importInto(data, 'first', files);
  run('cp', ['-a', data, path('grown')]);
  run('cp', ['-a', `${data}.key`, `${path('grown')}.key`]);
  mkdirSync(path('objects'));
  coffre('copy', 'add', path('objects'), '--data', path('grown'));
  run('cp', ['-a', path('objects'), path('grown-objects')]);
  importInto(path('grown'), 'more', Math.round(files / 10));
  coffre('copy', 'remove', 'objects', '--data', path('grown'));
  coffre('copy', 'add', path('grown-objects'), '--data', path('grown'));
}

function sizeOf(root: string): { readonly objects: number; readonly bytes: number } {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const bytes = found.reduce((sum, each) => sum + statSync(join(each.parentPath, each.name)).size, 0);
  return { objects: found.length, bytes };
}

function fresh(name: string): string {
  rmSync(path(name), { recursive: true, force: true });
  mkdirSync(path(name));
  // What the one leaves to be written must not slow the other down.
  spawnSync('sync');
  return path(name);
}

/** Until it is whole; the second time it is taken up, and catches up. */
function ours(data: string, place: string): Promise<number> {
  return measured(async () => coffre('copy', 'add', place, '--data', data, '--label', 'bench'));
}

function theirs(objects: string, place: string): Promise<number> {
  return measured(async () => {
    run('rclone', ['copy', objects, place]);
    run('sync', ['-f', place]);
  });
}

if (!existsSync(path('grown-objects'))) prepare();
const { objects, bytes } = sizeOf(path('grown-objects'));
const first: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
const more: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
for (let round = 0; round < rounds; round += 1) {
  const data = fresh('round');
  run('cp', ['-a', `${path('data')}/.`, data]);
  run('cp', ['-a', `${path('data')}.key`, `${data}.key`]);
  const place = fresh('place');
  first.ours.push(await ours(data, place));
  importInto(data, 'more', Math.round(files / 10));
  spawnSync('sync');
  more.ours.push(await ours(data, place));
  const other = fresh('place');
  first.theirs.push(await theirs(path('objects'), other));
  more.theirs.push(await theirs(path('grown-objects'), other));
}
const show = (list: readonly number[]): string => list.map((each) => each.toFixed(1)).join(', ');
process.stdout.write(`${objects} objects, ${(bytes / 1024 ** 3).toFixed(2)} GiB, ${rounds} rounds\n`);
for (const [name, times] of Object.entries({ 'first copy': first, 'catch-up': more })) {
  const [a, b] = [median(times.ours), median(times.theirs)];
  process.stdout.write(
    `${name}: coffre ${a.toFixed(1)} s (${show(times.ours)}), rclone copy + sync ${b.toFixed(1)} s (${show(times.theirs)})\n` +
      `  speed: ${(b / a).toFixed(2)} times rclone (target: 0.8)\n`,
  );
}
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
