// What the demonstrations share: the real program as a process, real files on a disk, and sums of what is there.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { realFiles } from './real-files.ts';

const root = join(import.meta.dirname, '..');

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly seconds: number;
}

/** A folder of its own, removed at the end, and what is done in it. */
export class Stage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'coffre-demo-'));
  #broken = 0;

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** A figure and whether it is as promised; the demonstration fails at its end when one is not. */
  check(what: string, isSo: boolean): void {
    if (!isSo) this.#broken += 1;
    this.say(`  ${isSo ? 'ok    ' : 'BROKEN'} ${what}`);
  }

  /** The real program. */
  coffre(args: readonly string[], codes: readonly number[] = [0]): Promise<Ran> {
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      const program = [join(root, 'bin', 'coffre.mjs'), ...args];
      execFile(process.execPath, program, { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 }, (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        if (codes.includes(code)) resolve({ code, out, seconds: (performance.now() - startedMs) / 1000 });
        else reject(new Error(`coffre ${args.join(' ')}: exit code ${code}\n${out}\n${err}`));
      });
    });
  }

  /** An account with its password, and its real files in `people/NAME`, stored. */
  async person(name: string, files: number): Promise<Person> {
    const password = this.path(`${name}.password`);
    const kit = this.path(`${name}.kit`);
    writeFileSync(password, `the password of ${name}\n`);
    const data = ['--data', this.path('data')];
    await this.coffre(['account', 'create', name, ...data, '--password-file', password, '--kit-file', kit]);
    const own = this.path('people', name);
    for (const file of realFiles(name, files)) {
      const path = join(own, file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.bytes);
      utimesSync(path, file.mtimeMs / 1000, file.mtimeMs / 1000);
    }
    await this.coffre(['import', own, `${name}:/`, ...data, '--password-file', password]);
    return { name, password, kit, own };
  }

  /** Exit code of the demonstration: 1 when a promise broke. */
  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
    this.say(this.#broken === 0 ? 'The promise held.' : `The promise broke ${this.#broken} times.`);
    process.exitCode = this.#broken === 0 ? 0 : 1;
  }
}

export interface Person {
  readonly name: string;
  readonly password: string;
  readonly kit: string;
  /** Where the files are that the account was filled from. */
  readonly own: string;
}

/** Files below a folder: path to SHA-256. */
export function sumsOf(folder: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    sums.set(relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return sums;
}

/** How many of the files are elsewhere, byte for byte, and how many are there with other bytes. */
export function compared(
  wanted: ReadonlyMap<string, string>,
  got: ReadonlyMap<string, string>,
): { readonly same: number; readonly wrong: number; readonly missing: readonly string[] } {
  let same = 0;
  let wrong = 0;
  const missing: string[] = [];
  for (const [path, sum] of wanted) {
    const other = got.get(path);
    if (other === undefined) missing.push(path);
    else if (other === sum) same += 1;
    else wrong += 1;
  }
  return { same, wrong, missing };
}

/** Chance that is always the same: a whole number below `limit`. */
export function dice(seed: string): (limit: number) => number {
  let count = 0;
  return (limit) => {
    count += 1;
    return createHash('sha256').update(`${seed}/${count}`).digest().readUIntBE(0, 6) % limit;
  };
}
