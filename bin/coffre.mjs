#!/usr/bin/env node
// The front door: runs on any Node from 20 on, gets the dependencies and the bundled Node ready, and hands over.
import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, ensureDependencies, ensureWeb, findNodeOrExit, root } from './ready.mjs';

ensureDependencies();
// Only the server needs it.
if (process.argv[2] === 'serve') ensureWeb();
const node = findNodeOrExit();
// The engine's helpers (compiler, collector) beside our own threads: its four get in their way on a small machine.
const helpers = Math.min(4, Math.max(1, availableParallelism() - 1));
const flags = ['--disable-warning=ExperimentalWarning', `--v8-pool-size=${helpers}`];
const args = [...flags, join(root, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)];

// Replacing this process keeps one pid: a service manager's signals reach the program itself.
if (typeof process.execve === 'function' && process.platform !== 'win32') {
  process.execve(node, [node, ...args], childEnvironment());
} else {
  handOver();
}

function handOver() {
  const child = spawn(node, args, { stdio: 'inherit', env: childEnvironment() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends these two to the child itself; passing them on would count one Ctrl-C twice.
      if (process.stdin.isTTY && signal !== 'SIGTERM') return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`coffre could not start ${node}: ${error.message}\n`);
    process.exitCode = 69;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    // Dying of the same signal tells a shell the truth; the exit code is for a signal that does not end us.
    process.exitCode = 128 + (constants.signals[signal] ?? 0);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
