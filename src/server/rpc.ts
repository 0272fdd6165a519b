import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { Fault, type FaultCode } from '../base/fault.ts';

/** Calls between threads of one process. Values are cloned; buffers that are named in `transfer` move. */
interface Request {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Response {
  readonly answer: number;
  readonly value?: unknown;
  readonly fault?: { readonly code: FaultCode; readonly message: string };
  readonly bug?: string;
}

/** A value whose buffers are given away with the answer. */
export class Moved {
  readonly value: unknown;
  readonly transfer: readonly ArrayBuffer[];
  constructor(value: unknown, transfer: readonly ArrayBuffer[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Copying this much costs about as much as moving it. */
const worthMovingBytes: number = 16 * 1024;

/** Buffers of those values that are large bytes: named in `transfer`, they are given away instead of copied. */
export function largeBuffers(values: readonly unknown[]): readonly ArrayBuffer[] {
  return values.flatMap((value) => {
    if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) return [];
    const isMost = value.byteLength * 2 > value.buffer.byteLength;
    return isMost && value.byteLength >= worthMovingBytes ? [value.buffer] : [];
  });
}

export type Methods = { readonly [method: string]: (...args: never[]) => unknown };

export function serveCalls(port: MessagePort, methods: Methods): void {
  port.on('message', (request: Request) => {
    const method = methods[request.method];
    assert(method !== undefined && Object.hasOwn(methods, request.method), `unknown method ${request.method}`);
    // A method may throw at once or later; both are answers.
    Promise.try(method as (...args: unknown[]) => unknown, ...request.args).then(
      (value) => {
        if (value instanceof Moved)
          port.postMessage({ answer: request.call, value: value.value } satisfies Response, [...value.transfer]);
        else port.postMessage({ answer: request.call, value } satisfies Response);
      },
      (error: unknown) => port.postMessage(failure(request.call, error)),
    );
  });
}

function failure(answer: number, error: unknown): Response {
  if (error instanceof Fault) return { answer, fault: { code: error.code, message: error.message } };
  return { answer, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Caller {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #ended: Fault | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (response: Response) => this.#settle(response));
    port.on('close', () =>
      this.end(new Fault('unavailable', 'A part of the program is stopping. Nothing was acknowledged; try again.')),
    );
  }

  call(method: string, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#calls += 1;
    const call = this.#calls;
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { resolve, reject });
      this.#port.postMessage({ call, method, args } satisfies Request, [...transfer]);
    });
  }

  #settle(response: Response): void {
    const pending = this.#pending.get(response.answer);
    if (pending === undefined) return;
    this.#pending.delete(response.answer);
    if (response.fault !== undefined) pending.reject(new Fault(response.fault.code, response.fault.message));
    else if (response.bug !== undefined) pending.reject(new Error(`in another thread: ${response.bug}`));
    else pending.resolve(response.value);
  }

  /** Everything that waits, and everything that comes, fails with this. */
  end(fault: Fault): void {
    this.#ended ??= fault;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }

  close(): void {
    this.#port.close();
  }
}
