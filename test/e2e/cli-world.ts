// The command line as people run it: bin/coffre.mjs in a process of its own, in a folder of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '..', '..', 'bin', 'coffre.mjs');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  /** Standard output as it is. */
  readonly bytes: Buffer;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when the process runs. */
  readonly during?: (kill: (signal: NodeJS.Signals) => void) => void;
}

export class CliWorld {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'coffre-cli-'));

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Runs to the end, in the folder of this world. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: this.folder,
      env: { ...inheritedEnvironment(), COFFRE_DATA: this.path('data'), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    options.during?.((signal) => child.kill(signal));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const bytes = Buffer.concat(out);
        resolve({ code, signal, out: bytes.toString(), bytes, err: Buffer.concat(err).toString() });
      });
    });
  }

  /** Like `run`, and fails with what was said when the command fails. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const ran = await this.run(args, options);
    if (ran.code !== 0)
      throw new Error(`coffre ${args.join(' ')} ended with ${ran.code ?? ran.signal}:\n${ran.err}${ran.out}`);
    return ran;
  }

  async json<Value>(args: readonly string[]): Promise<Value> {
    return JSON.parse((await this.ok([...args, '--json'])).out) as Value;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Settings of whoever runs the tests must not reach the program. */
function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('COFFRE_') || name === 'NODE_OPTIONS' ? [] : [[name, value]],
    ),
  );
}

export interface Alice {
  readonly password: string;
  readonly kit: string;
  readonly app: string;
  /** The cheapest proof: no Argon2. */
  readonly proof: readonly string[];
}

/** Files that hold what opens her account; `make` makes it, in the forms of the manual. */
export function aliceIn(world: CliWorld): Alice & { make(): Promise<void> } {
  const password = world.write('F', 'correct horse battery\nnot this line\n');
  const [kit, app, data] = [world.path('K'), world.path('app'), world.path('data')];
  const make = async (): Promise<void> => {
    const withData = ['--data', data, '--password-file', password];
    const made = await world.ok(['account', 'create', 'alice', ...withData, '--kit-file', kit]);
    assert.equal(made.out, 'The account alice is made.\n');
    const shown = await world.ok(['app-password', 'create', 'alice', ...withData, '--label', 'laptop']);
    assert.match(shown.out, /^[a-z2-7]{4}(-[a-z2-7]{4}){7}\n$/);
    assert.ok(!shown.err.includes(shown.out.trim()));
    writeFileSync(app, shown.out);
  };
  return { password, kit, app, proof: ['--app-password-file', app], make };
}

/** Bytes that do not compress, other ones for each seed. */
export function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
