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

/**
 * Messages of one turn of the event loop go over together: waking the other thread costs more than most calls. An array on
 * the wire; whatever else comes over the port is not ours.
 */
class Outbox {
  readonly #port: MessagePort;
  readonly #onUnsent: (message: Request | Response, error: unknown) => void;
  #messages: (Request | Response)[] = [];
  #transfer: ArrayBuffer[] = [];

  /** `onUnsent` is told of a message that cannot be cloned. */
  constructor(port: MessagePort, onUnsent: (message: Request | Response, error: unknown) => void) {
    this.#port = port;
    this.#onUnsent = onUnsent;
  }

  post(message: Request | Response, transfer: readonly ArrayBuffer[]): void {
    if (this.#messages.length === 0) setImmediate(() => this.flush());
    this.#messages.push(message);
    this.#transfer.push(...transfer);
  }

  flush(): void {
    const messages = this.#messages;
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    if (messages.length === 0) return;
    try {
      this.#port.postMessage(messages, transfer);
    } catch {
      // One of them cannot be cloned, and nothing was sent: the others must not suffer for it.
      for (const message of messages) this.#postAlone(message);
    }
  }

  #postAlone(message: Request | Response): void {
    try {
      this.#port.postMessage([message]);
    } catch (error) {
      this.#onUnsent(message, error);
    }
  }
}

export type Methods = { readonly [method: string]: (...args: never[]) => unknown };

export function serveCalls(port: MessagePort, methods: Methods): void {
  const outbox = new Outbox(port, (message, error) => {
    if ('answer' in message) port.postMessage([failure(message.answer, error)]);
  });
  const serve = ({ call, method: name, args }: Request): void => {
    const method = methods[name];
    assert(method !== undefined && Object.hasOwn(methods, name), `unknown method ${name}`);
    // A method may throw at once or later; both are answers.
    Promise.try(method as (...args: unknown[]) => unknown, ...args).then(
      (value) => {
        if (value instanceof Moved) outbox.post({ answer: call, value: value.value }, value.transfer);
        else outbox.post({ answer: call, value }, []);
      },
      (error: unknown) => outbox.post(failure(call, error), []),
    );
  };
  port.on('message', (requests: unknown) => {
    if (Array.isArray(requests)) for (const request of requests as Request[]) serve(request);
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
  readonly #outbox: Outbox;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #ended: Fault | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#outbox = new Outbox(port, (message, error) => {
      if ('call' in message) this.#take(message.call)?.reject(error);
    });
    port.on('message', (responses: unknown) => {
      if (Array.isArray(responses)) for (const response of responses as Response[]) this.#settle(response);
    });
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
      this.#outbox.post({ call, method, args }, transfer);
    });
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    return pending;
  }

  #settle(response: Response): void {
    const pending = this.#take(response.answer);
    if (pending === undefined) return;
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
    this.#outbox.flush();
    this.#port.close();
  }
}
