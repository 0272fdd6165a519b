import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** A process that parses what people stored: what it may take before it is ended. */
export interface ProcessLimits {
  /** Of the processor: on a busy machine something good must not be taken for something bad. */
  readonly cpuMs: number;
  /** For what waits for ever. */
  readonly timeMs: number;
  readonly memoryBytes: number;
}

const lookEveryMs = 250;
const pageBytes = 4096;
/** USER_HZ, the unit of /proc/PID/stat, is 100 on every Linux that Node runs on. */
const tickMs = 10;
const lowPriority = 5;

/** Serving comes first. */
export function giveWay(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, lowPriority);
  } catch {
    // It ended already, or this system knows no priorities.
  }
}

/** Runs `work`; ends the process when that takes too much of anything. */
export async function withinLimits<Result>(
  child: ChildProcess,
  limits: ProcessLimits,
  work: Promise<Result>,
): Promise<Result> {
  const end = (): void => void child.kill('SIGKILL');
  const before = cpuMs(child.pid);
  const tooLate = setTimeout(end, limits.timeMs);
  const watch = setInterval(() => {
    if (residentBytes(child.pid) > limits.memoryBytes || cpuMs(child.pid) - before > limits.cpuMs) end();
  }, lookEveryMs);
  try {
    return await work;
  } finally {
    clearTimeout(tooLate);
    clearInterval(watch);
  }
}

/** 0 where the system does not tell; then the time alone counts. */
function residentBytes(pid: number | undefined): number {
  return Number(ofProcess(pid, 'statm')?.split(' ')[1] ?? 0) * pageBytes;
}

/** proc(5): the name in parentheses may hold anything; utime and stime are the 12th and 13th field behind it. */
function cpuMs(pid: number | undefined): number {
  const stat = ofProcess(pid, 'stat');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tickMs;
}

function ofProcess(pid: number | undefined, file: 'stat' | 'statm'): string | undefined {
  try {
    return readFileSync(`/proc/${pid ?? 0}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
