import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';

/** Runs a command of the system, which must succeed; returns what it wrote to standard output. */
export function command(...words: readonly string[]): string {
  const [file = '', ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8' });
  assert.ok(error === undefined && status === 0, `${words.join(' ')}: ${error?.message ?? ''} ${stderr}`);
  return stdout;
}
