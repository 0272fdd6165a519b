// Opens a vault that growth.ts filled, in a fresh process, and prints what that took as one line of JSON.
//   node bench/growth-open.ts FOLDER checkpoint|fold
import { readFileSync } from 'node:fs';
import { readCheckpoint } from '#vault/checkpoint.ts';
import { FilesVault } from '#vault/files/files-vault.ts';
import { openGrowth, pathOf } from './growth-vault.ts';

export interface OpeningFigures {
  readonly openMs: number;
  readonly viewBytes: number;
  /** The most memory that the process ever had, less what it had before it opened the vault. */
  readonly peakBytes: number;
  readonly processPeakBytes: number;
}

function statusBytes(field: 'VmHWM' | 'VmRSS'): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]) * 1024;
}

async function main(folder: string, from: string): Promise<void> {
  const { parts, disk } = await openGrowth(folder);
  const before = statusBytes('VmRSS');
  const start = performance.now();
  const checkpoint = from === 'checkpoint' ? await readCheckpoint(disk, parts.keys) : undefined;
  if (from === 'checkpoint' && checkpoint === undefined) throw new Error('there is no checkpoint');
  const vault = await FilesVault.open(parts, checkpoint);
  const found = await vault.stat(pathOf(1));
  const openMs = performance.now() - start;
  if (found === undefined) throw new Error('a file is missing');
  const viewBytes = await vault.atRest((view) => view.sizeBytes());
  const processPeakBytes = statusBytes('VmHWM');
  const figures: OpeningFigures = { openMs, viewBytes, peakBytes: processPeakBytes - before, processPeakBytes };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await vault.close();
  await parts.journal.close();
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
