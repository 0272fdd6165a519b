import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReadAnswer, ReadRequest } from '../media/read-media.ts';
import { giveWay, type ProcessLimits, withinLimits } from './bounded-process.ts';

const limits: ProcessLimits = { cpuMs: 60_000, timeMs: 900_000, memoryBytes: 1536 * 1024 * 1024 };
const heapMegabytes = 512;
const startWithinMs = 300_000;
const endWhenIdleMs = 30_000;

const program: string = fileURLToPath(new URL('../media/reader-process.ts', import.meta.url));
const root: string = fileURLToPath(new URL('../..', import.meta.url));

type Message =
  | { readonly ready: true }
  | { readonly call: number; readonly answer: ReadAnswer }
  | { readonly call: number; readonly failed: string };

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** Of what it was asked; undefined when it ended before it answered, or could not. */
  answer: ((answer: ReadAnswer | undefined) => void) | undefined;
}

/**
 * A process of its own that reads photos and videos, because what parses them is native code and what they hold is anybody's.
 * It cannot write, reach the network or start programs, reads the program's own files only, and ends with what it was
 * given when that is too much. One content at a time; it is started when needed.
 */
export class MediaProcess {
  #running: Running | undefined;
  #idle: NodeJS.Timeout | undefined;
  #calls = 0;

  /** Undefined when the content could not be read: it is damaged, or made to hurt. */
  async read(request: ReadRequest): Promise<ReadAnswer | undefined> {
    clearTimeout(this.#idle);
    this.#running ??= this.#start();
    const running = this.#running;
    try {
      await running.ready;
      this.#calls += 1;
      const call = this.#calls;
      const answered = new Promise<ReadAnswer | undefined>((resolve) => {
        running.answer = resolve;
      });
      running.child.send({ call, request }, (error) => {
        if (error !== null) running.answer?.(undefined);
      });
      return await withinLimits(running.child, limits, answered);
    } finally {
      running.answer = undefined;
      this.#idle = setTimeout(() => this.close(), endWhenIdleMs);
      this.#idle.unref();
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#running?.child.kill('SIGKILL');
    this.#running = undefined;
  }

  #start(): Running {
    const child = fork(program, [], {
      execArgv: [
        '--permission',
        '--allow-addons',
        `--allow-fs-read=${join(root, '*')}`,
        `--max-old-space-size=${heapMegabytes}`,
        '--no-warnings',
      ],
      serialization: 'advanced',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    giveWay(child);
    const running: Running = { child, ready: readiness(child), answer: undefined };
    // A process that nobody waits for must not keep the server alive.
    child.unref();
    child.channel?.unref();
    child.on('message', (message: Message) => {
      if ('call' in message) running.answer?.('answer' in message ? message.answer : undefined);
    });
    const gone = (): void => {
      if (this.#running === running) this.#running = undefined;
      running.answer?.(undefined);
    };
    child.on('exit', gone);
    child.on('error', gone);
    return running;
  }
}

/** Rejected when it cannot be started at all: nothing was read, and nothing is wrong with the content. */
function readiness(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new MediaProcessFailed('did not start in time')), startWithinMs);
  child.once('message', () => resolve());
  child.once('exit', (code, signal) => reject(new MediaProcessFailed(`ended with ${code ?? signal ?? 'nothing'}`)));
  child.once('error', (error) => reject(new MediaProcessFailed(error.message)));
  promise.then(
    () => clearTimeout(late),
    () => {
      clearTimeout(late);
      child.kill('SIGKILL');
    },
  );
  return promise;
}

export class MediaProcessFailed extends Error {
  override name = 'MediaProcessFailed';
}
