// The real program in a process of its own, on a free port of the loopback interface and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeAccount, type TestAccount } from './account.ts';
import { DavClient } from './dav-client.ts';

const root = join(import.meta.dirname, '..', '..');

export interface ServerOptions {
  /** Kept when the server stops. Without one, a folder with one account is made, and removed by `discard`. */
  readonly dataFolder?: string;
  /** Of that folder; without one, and without a folder, an account is made. */
  readonly account?: TestAccount;
  readonly env?: Readonly<Record<string, string>>;
  /** Otherwise one that is free. */
  readonly port?: string;
  /** A command that runs the program: strace and its arguments, for one. */
  readonly wrap?: readonly string[];
  /** How long it may take until the server listens. */
  readonly startWithinMs?: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestServer {
  readonly url: string;
  /** Of the program itself, also when a wrapper runs it. */
  readonly pid: number;
  readonly dataFolder: string;
  readonly account: TestAccount | undefined;
  /** Empty when no account is known. */
  readonly appPassword: string;
  /** What it printed when it started. */
  readonly greeting: () => string;
  /** What it wrote to standard error so far. */
  readonly errors: () => string;
  readonly ended: Promise<Ending>;
  /** A client of the account's files. */
  client(): DavClient;
  /** As a service manager does it; resolves when the process is gone. */
  stop(): Promise<Ending>;
  kill9(): Promise<Ending>;
  /** Stops it if it runs, and removes a folder that was made for it. */
  discard(): Promise<void>;
}

/** Thrown when the program ended before it listened. */
export class NotStarted extends Error {
  override name = 'NotStarted';
  readonly ending: Ending;

  constructor(ending: Ending, errors: string) {
    super(`the server did not start (exit code ${ending.code}, signal ${ending.signal}): ${errors.slice(-2000)}`);
    this.ending = ending;
  }
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const scratch = options.dataFolder === undefined ? mkdtempSync(join(tmpdir(), 'coffre-server-')) : undefined;
  const dataFolder = options.dataFolder ?? join(scratch ?? '', 'data');
  try {
    const account = options.account ?? (scratch === undefined ? undefined : await makeAccount(dataFolder));
    return await launch(dataFolder, account, options, scratch);
  } catch (error) {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

/** On the same folder and for the same account, after the server ended; `discard` of the first one removes the folder. */
export async function restart(
  { dataFolder, account }: TestServer,
  options: Omit<ServerOptions, 'dataFolder' | 'account'> = {},
): Promise<TestServer> {
  return await launch(dataFolder, account, options, undefined);
}

async function launch(
  dataFolder: string,
  account: TestAccount | undefined,
  options: ServerOptions,
  scratch: string | undefined,
): Promise<TestServer> {
  const front = join(root, 'bin', 'coffre.mjs');
  const program = [process.execPath, front, 'serve', '--data', dataFolder, '--port', options.port ?? '0'];
  const [file = '', ...args] = [...(options.wrap ?? []), ...program];
  const child = spawn(file, args, {
    cwd: root,
    env: { ...inheritedEnvironment(), COFFRE_LOG_LEVEL: 'warn', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-1_000_000);
  });
  let greeting = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    greeting = (greeting + text).slice(-100_000);
  });
  const url = await listening(child, ended, () => errors, options.startWithinMs ?? 60_000);
  const pid = programPid(child.pid ?? 0);
  let isOver = false;
  ended.then(
    () => {
      isOver = true;
    },
    () => undefined,
  );
  const signalled = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<Ending> => {
    if (!isOver) sendSignal(pid, signal);
    return ended;
  };
  return {
    url,
    pid,
    dataFolder,
    account,
    appPassword: account?.appPassword ?? '',
    greeting: () => greeting,
    errors: () => errors,
    ended,
    client: () => new DavClient(url, account?.name ?? '', account?.appPassword ?? ''),
    stop: () => signalled('SIGTERM'),
    kill9: () => signalled('SIGKILL'),
    discard: async () => {
      await signalled('SIGKILL');
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Settings of whoever runs the tests must not reach the program. */
function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('COFFRE_') || name === 'NODE_OPTIONS' ? [] : [[name, value]],
    ),
  );
}

async function listening(
  child: ChildProcess,
  ended: Promise<Ending>,
  errors: () => string,
  withinMs: number,
): Promise<string> {
  const started = Promise.withResolvers<string>();
  let greeting = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    greeting = (greeting + text).slice(-100_000);
    const url = /listening on (http\S+)/.exec(greeting)?.[1];
    // The program listens on 127.0.0.1 and calls it localhost, which may be tried as ::1 first.
    if (url !== undefined) started.resolve(url.replace('localhost', '127.0.0.1'));
  });
  const tooLate = setTimeout(() => {
    started.reject(new Error(`the server did not listen within ${withinMs} ms: ${greeting}${errors()}`));
    child.kill('SIGKILL');
  }, withinMs);
  ended.then((ending) => started.reject(new NotStarted(ending, errors())), started.reject);
  try {
    return await started.promise;
  } finally {
    clearTimeout(tooLate);
  }
}

/** The process that runs Node, below a wrapper or itself. */
function programPid(top: number): number {
  const waiting = [top];
  for (let pid = waiting.shift(); pid !== undefined; pid = waiting.shift()) {
    // Its path may be another than ours: the front door takes the one that it was installed with.
    if (basename(readlinkSync(`/proc/${pid}/exe`)) === basename(process.execPath)) return pid;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    waiting.push(...children.map(Number));
  }
  process.kill(top, 'SIGKILL');
  throw new Error(`no process of the program below ${top}`);
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It may have ended by itself, which is what some of these tests wait for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
