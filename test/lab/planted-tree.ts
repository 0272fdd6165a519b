// A copy of the tree in which one mistake at a time is planted, and the tests that should find it.
import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const parts = ['src', 'test', 'bin', 'docs', 'package.json', 'package-lock.json', 'tsconfig.json'];
/** A test that hangs has failed too. */
const testLimitMs = 240_000;

/** A patch, headed by lines that say what it does and what finds it. */
export interface Patch {
  readonly file: string;
  readonly path: string;
  /** The value of a line `NAME: value` above the patch; empty when there is none. */
  field(name: string): string;
}

/** @param only parts of their names; none: all of them. */
export function patchesIn(folder: string, only: readonly string[]): readonly Patch[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.patch') && (only.length === 0 || only.some((part) => file.includes(part))))
    .sort()
    .map((file) => {
      const path = join(root, folder, file);
      const text = readFileSync(path, 'utf8');
      return { file, path, field: (name) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(text)?.[1] ?? '' };
    });
}

export class PlantedTree {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'coffre-planted-'));
  /** Also when the process ends in some other way. */
  readonly #onExit = (): void => this.remove();

  constructor() {
    process.once('exit', this.#onExit);
    // Hard links: quick, and the installed packages are only read.
    assert.equal(spawnSync('cp', ['-al', join(root, 'node_modules'), this.folder]).status, 0);
  }

  /** The tree as it is, with this change. */
  plant(patch: Patch): void {
    for (const part of parts) {
      rmSync(join(this.folder, part), { recursive: true, force: true });
      cpSync(join(root, part), join(this.folder, part), { recursive: true });
    }
    const args = ['apply', '--unsafe-paths', patch.path];
    const apply = spawnSync('git', args, { cwd: this.folder, encoding: 'utf8' });
    assert.equal(apply.status, 0, `${patch.file} does not fit any more: ${apply.stderr}`);
  }

  /** Whether the tests of a file fail here. @param name part of the name of the test; empty: all of them. */
  fails(test: string, name: string): Promise<boolean> {
    const pattern = name === '' ? [] : ['--test-name-pattern', name];
    const args = ['--disable-warning=ExperimentalWarning', '--test', `--test-timeout=${testLimitMs}`, ...pattern, test];
    return new Promise((resolve, reject) => {
      // A group of its own: a test that never lets its timer run is ended together with who runs it.
      const child = spawn(process.execPath, args, {
        cwd: this.folder,
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      });
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), testLimitMs);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        // A test that could not even be loaded must not count as one that found something.
        resolve(code !== 0 && !/SyntaxError|ERR_MODULE_NOT_FOUND|ERR_INVALID_TYPESCRIPT/.test(output));
      });
    });
  }

  remove(): void {
    process.removeListener('exit', this.#onExit);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
