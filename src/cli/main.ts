import { constants } from 'node:os';
import { run } from './program.ts';
import { Terminal } from './terminal.ts';

/** How long what runs may take to end by itself after the first signal. */
const patienceMs = 10_000;

const terminal = new Terminal({ out: process.stdout, err: process.stderr });
const stopping = new AbortController();
const cleanups = new Set<() => Promise<void>>();
let isServer = false;

// `coffre ls | head` is no error: whoever reads has enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

/** The first one asks; the second one, or ten seconds, ends. Either way the data folder is closed properly. */
function onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  const code = 128 + constants.signals[signal];
  if (!stopping.signal.aborted) {
    process.exitCode = code;
    stopping.abort();
    setTimeout(() => leave(code), patienceMs).unref();
    return;
  }
  leave(code);
}

function leave(code: number): void {
  terminal.progressEnds();
  const closing = [...cleanups].map((close) => close().catch(() => undefined));
  setTimeout(() => process.exit(code), patienceMs).unref();
  void Promise.all(closing).then(() => process.exit(code));
}

const code = await run(process.argv.slice(2), {
  terminal,
  keyboard: process.stdin,
  screen: process.stderr,
  environment: process.env,
  stopping: stopping.signal,
  onStop: (close) => {
    cleanups.add(close);
    return () => cleanups.delete(close);
  },
  ownsSignals: () => {
    isServer = true;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  },
});
terminal.progressEnds();
// What a server that had to give up still has open must not keep the process.
if (isServer) process.exit(code);
// A signal has set its own code already.
if (!stopping.signal.aborted) process.exitCode = code;
