// A home hub, as its owner uses it: the real program, on a folder of its own, beside a modelled router or a real one.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, coffre } from '../support/cli.ts';
import { ModelledRouter, type ModelOptions } from './model/router.ts';

const root = join(import.meta.dirname, '..', '..');

export class Hub {
  readonly scratch: string = mkdtempSync(join(tmpdir(), 'coffre-home-'));
  readonly folder: string = join(this.scratch, 'home');

  run(...args: readonly string[]): Promise<CliResult> {
    return coffre(['home', ...args, '--home', this.folder]);
  }

  /** Ends well, or the test fails. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(...args);
    assert.equal(code, 0, `${args.join(' ')}: ${err}${out}`);
    return out;
  }

  async json<Value>(...args: readonly string[]): Promise<Value> {
    return JSON.parse(await this.ok(...args, '--json')) as Value;
  }

  /** Runs a command and kills it with SIGKILL when `when` resolves. */
  async killed(when: Promise<void>, ...args: readonly string[]): Promise<void> {
    const program = join(root, 'bin', 'coffre.mjs');
    const child = spawn(process.execPath, [program, 'home', ...args, '--home', this.folder], { stdio: 'ignore' });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('close', (_code, signal) => resolve(signal)),
    );
    await Promise.race([when, ended.then(() => assert.fail('it ended before it could be killed'))]);
    child.kill('SIGKILL');
    assert.equal(await ended, 'SIGKILL');
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  file(name: string, text: string): string {
    const path = join(this.scratch, name);
    writeFileSync(path, text);
    return path;
  }

  read(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  discard(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

export function makeCertificate(hub: Hub): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(hub.scratch, 'key.pem'), join(hub.scratch, 'cert.pem')];
  const subject = ['-subj', '/CN=modelled', '-days', '2', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject, '-keyout', key, '-out', cert],
    {
      stdio: 'ignore',
    },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

/** A modelled router, and a hub that has adopted it. */
export async function adoptedModel(
  options: ModelOptions = {},
): Promise<{ readonly hub: Hub; readonly router: ModelledRouter; readonly url: string }> {
  const hub = new Hub();
  const router = new ModelledRouter(options);
  const url = `${options.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${await router.listen()}`;
  const first = await hub.run('adopt', url);
  assert.equal(first.code, 4, first.err);
  router.runSetup(first.out);
  await hub.ok('adopt', url);
  return { hub, router, url };
}
