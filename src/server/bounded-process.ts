import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** A process that parses what people stored: what it may take before it is ended. */
export interface ProcessLimits {
  readonly timeMs: number;
  readonly memoryBytes: number;
}

const lookEveryMs = 250;
const pageBytes = 4096;
const lowPriority = 15;

/** Serving comes first. */
export function giveWay(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, lowPriority);
  } catch {
    // It ended already, or this system knows no priorities.
  }
}

/** Runs `work`; ends the process when that takes too long or the process takes too much memory. */
export async function withinLimits<Result>(
  child: ChildProcess,
  limits: ProcessLimits,
  work: Promise<Result>,
): Promise<Result> {
  const end = (): void => void child.kill('SIGKILL');
  const tooLate = setTimeout(end, limits.timeMs);
  const watch = setInterval(() => {
    if (residentBytes(child.pid) > limits.memoryBytes) end();
  }, lookEveryMs);
  try {
    return await work;
  } finally {
    clearTimeout(tooLate);
    clearInterval(watch);
  }
}

/** 0 where the system does not tell. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid ?? 0}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}
