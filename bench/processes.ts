import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

const stopWithinMs = 20_000;

/** Starts a program whose output goes to `log`; it is ended by its pid. */
export function start(
  command: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = process.env,
): Started {
  const out = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', out, out], env });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  return { pid, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(hard);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Milliseconds until `url` answers anything at all. */
export async function untilReady(url: string, log: string, giveUpMs = 30_000): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const answered = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.body?.cancel().then(() => true) ?? true,
      () => false,
    );
    const ms = performance.now() - begun;
    if (answered) return ms;
    if (ms > giveUpMs) throw new Error(`${url} does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A process and everything below it. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statusOf(Number(name), 'PPid');
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

function statusOf(pid: number, field: string): number | undefined {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** Of the whole tree, in bytes: the most it ever had (VmHWM), or what it has now (VmRSS). */
export function memoryOf(root: number, field: 'VmHWM' | 'VmRSS'): number {
  return treeOf(root).reduce((sum, pid) => sum + (statusOf(pid, field) ?? 0) * 1024, 0);
}
