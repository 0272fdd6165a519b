// The command line as its own process.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function coffre(args: readonly string[], wrap: readonly string[] = []): Promise<CliResult> {
  const [file = '', ...rest] = [...wrap, process.execPath, join(root, 'bin', 'coffre.mjs'), ...args];
  return new Promise((resolve) => {
    execFile(file, rest, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}
