// Takes each guard of test/faults/guards away in a copy of the tree, and runs the test that says it fails without it.
import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const patches = join(root, 'test', 'faults', 'guards');
const parts = ['src', 'test', 'bin', 'docs', 'package.json', 'package-lock.json', 'tsconfig.json'];
/** A test that hangs without its guard has failed too. */
const testLimitMs = 240_000;

interface Guard {
  readonly file: string;
  readonly says: string;
  readonly test: string;
  /** Part of the name of the test in that file; empty: all of them. */
  readonly name: string;
}

export interface GuardFigures {
  readonly guards: number;
  readonly caught: number;
}

/** @param only parts of the names of patches; none: all of them. */
export async function checkGuards(report: (line: string) => void, only: readonly string[] = []): Promise<GuardFigures> {
  const tree = mkdtempSync(join(tmpdir(), 'coffre-guards-'));
  const kill = (): void => rmSync(tree, { recursive: true, force: true });
  process.once('exit', kill);
  try {
    // Hard links: quick, and the installed packages are only read.
    assert.equal(spawnSync('cp', ['-al', join(root, 'node_modules'), tree]).status, 0);
    const guards = readdirSync(patches)
      .filter((file) => file.endsWith('.patch') && (only.length === 0 || only.some((part) => file.includes(part))))
      .sort()
      .map(readGuard);
    const missed: string[] = [];
    for (const guard of guards) {
      for (const part of parts) {
        rmSync(join(tree, part), { recursive: true, force: true });
        cpSync(join(root, part), join(tree, part), { recursive: true });
      }
      const apply = spawnSync('git', ['apply', '--unsafe-paths', join(patches, guard.file)], {
        cwd: tree,
        encoding: 'utf8',
      });
      assert.equal(apply.status, 0, `${guard.file} does not fit any more: ${apply.stderr}`);
      const started = Date.now();
      const caught = await fails(tree, guard);
      report(
        `${caught ? 'caught' : 'MISSED'} ${guard.file}, ${Math.round((Date.now() - started) / 1000)} s: ${guard.says}`,
      );
      if (!caught) missed.push(guard.file);
    }
    assert.deepEqual(missed, [], 'guards that no test misses');
    return { guards: guards.length, caught: guards.length - missed.length };
  } finally {
    process.removeListener('exit', kill);
    kill();
  }
}

function readGuard(file: string): Guard {
  const text = readFileSync(join(patches, file), 'utf8');
  const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, 'm').exec(text)?.[1] ?? '';
  assert.ok(field('Guard') !== '' && field('Test') !== '', `${file} does not say what it is`);
  return { file, says: field('Guard'), test: field('Test'), name: field('Name') };
}

function fails(tree: string, { test, name }: Guard): Promise<boolean> {
  const pattern = name === '' ? [] : ['--test-name-pattern', name];
  const args = ['--disable-warning=ExperimentalWarning', '--test', `--test-timeout=${testLimitMs}`, ...pattern, test];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: tree, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      // A test that could not even be loaded must not count as one that found something.
      resolve(code !== 0 && !/SyntaxError|ERR_MODULE_NOT_FOUND|ERR_INVALID_TYPESCRIPT/.test(output));
    });
  });
}
