// Runs the checks and the tests, in order, and stops at the first failure. Plain JavaScript: on a fresh clone it runs
// on the system's Node, which may be 20; everything it starts runs on the bundled one.
//
//   node test/run.mjs [--checks | --unit | --fix | --lab] [part of a test file's path, or for --fix a path]... [--flag for node --test]...
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { childEnvironment, ensureDependencies, ensureWeb, findNodeOrExit, root } from '../bin/ready.mjs';

const modes = ['--checks', '--unit', '--fix', '--lab'];
const args = process.argv.slice(2);
const mode = args.find((arg) => modes.includes(arg));
const nodeFlags = args.filter((arg) => arg.startsWith('--') && !modes.includes(arg));
const pathParts = args.filter((arg) => !arg.startsWith('--'));

ensureDependencies({ dev: true });
const node = findNodeOrExit();
const env = childEnvironment();
const perTestLimitMs = 600_000;

process.exitCode = main();

function main() {
  if (mode === '--fix') return run([tool('@biomejs/biome/bin/biome'), 'check', '--write', ...pathParts]).status;
  if (mode === '--lab') return lab();
  if (mode !== '--unit' && !runChecks()) return 1;
  return mode === '--checks' ? 0 : runTests();
}

function runChecks() {
  const steps = [
    ['types (tsc)', [tool('typescript/bin/tsc'), '--noEmit']],
    ['types of the web application (tsc)', [tool('typescript/bin/tsc'), '--noEmit', '--project', 'web']],
    ['format and lint (biome)', [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings']],
    ['typed lint (eslint)', [tool('eslint/bin/eslint.js'), '--no-warn-ignored', '--max-warnings=0', '.']],
    ['rooms (dependency-cruiser)', ['test/rooms.mjs']],
    ['dead code (knip)', [tool('knip/bin/knip.js'), '--no-progress']],
    ['tidy', ['--test', 'test/tidy.test.ts']],
    ['README table', ['tools/readme-table.ts', '--check']],
  ];
  return steps.every(([name, step]) => check(name, step));
}

function check(name, step) {
  const start = Date.now();
  const result = run(step, 'pipe');
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const passed = result.status === 0;
  process.stdout.write(`${passed ? 'ok  ' : 'FAIL'} ${name}, ${seconds} s\n`);
  if (!passed) process.stdout.write(`${result.stdout}${result.stderr}\n`);
  return passed;
}

function runTests() {
  ensureWeb();
  const files = ['src', 'test', 'tools', 'web/src'].flatMap(testFiles).filter(chosen).sort();
  if (files.length === 0) {
    process.stdout.write('no test file matches\n');
    return 1;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-test-'));
  const skipFile = join(scratch, 'skipped');
  try {
    const { status } = run([
      '--test',
      `--test-concurrency=${Math.max(2, availableParallelism())}`,
      `--test-timeout=${perTestLimitMs}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./test/skip-reporter.mjs',
      `--test-reporter-destination=${skipFile}`,
      ...nodeFlags,
      ...files,
    ]);
    return reportSkips(skipFile) ? (status ?? 1) : status || 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Prints what was skipped and why; false when that is not acceptable. */
function reportSkips(skipFile) {
  const skips = existsSync(skipFile) ? readFileSync(skipFile, 'utf8').split('\n').filter(Boolean) : [];
  process.stdout.write(skips.length === 0 ? 'skipped: none\n' : `skipped: ${skips.length}\n`);
  for (const skip of skips) process.stdout.write(`  ${skip}\n`);
  if (skips.length === 0 || process.env.COFFRE_CI !== '1') return true;
  process.stdout.write('COFFRE_CI=1: a skipped test is a failure\n');
  return false;
}

function testFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .filter((path) => !path.startsWith('test/lab/'));
}

function chosen(path) {
  return pathParts.length === 0 || pathParts.some((part) => path.includes(part));
}

function lab() {
  if (!existsSync(join(root, 'test/lab/run.ts'))) {
    process.stdout.write('there is no lab yet (test/lab/run.ts)\n');
    return 0;
  }
  return run(['test/lab/run.ts', ...pathParts, ...nodeFlags]).status ?? 1;
}

function run(step, output = 'inherit') {
  const result = spawnSync(node, ['--disable-warning=ExperimentalWarning', ...step], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', output, output],
  });
  if (result.error) throw result.error;
  return result;
}

function tool(path) {
  return join(root, 'node_modules', path);
}
