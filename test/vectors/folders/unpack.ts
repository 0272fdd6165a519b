import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../faults/commands.ts';
import type { KeptFolder } from './kept.ts';

/** Every data folder that was kept: `format-1-stopped`. */
export const keptNames: readonly string[] = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.tar.gz'))
  .map((name) => name.slice(0, -'.tar.gz'.length))
  .sort();

/** Unpacks it below `scratch`, as `data` and `data.key`. */
export function unpack(name: string, scratch: string): KeptFolder {
  command('tar', '-C', scratch, '--no-same-owner', '-xzf', join(import.meta.dirname, `${name}.tar.gz`));
  return JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8')) as KeptFolder;
}
