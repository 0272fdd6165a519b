// Requests as bytes on a connection of their own: nothing is added, corrected or repeated on the way, in either direction.
import { connect, type Socket } from 'node:net';

export interface WireAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  /** Everything that came, head and body. */
  readonly bytes: Buffer;
}

export interface WireRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const answerWithinMs = 20_000;

export function basic(name: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

/** A well-formed request, with a length when it has a body. */
export function ask(url: string, request: WireRequest): Promise<WireAnswer> {
  return exchange(url, [requestBytes(url, request)], request.method === 'HEAD');
}

export function requestBytes(url: string, { method, target, headers = {}, body }: WireRequest): Buffer {
  const all = {
    host: new URL(url).host,
    connection: 'close',
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  // latin1: a byte of a target or header may be any byte.
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]);
}

/** Sends the parts, and resolves when the answer is whole or the connection has ended. */
export function exchange(url: string, parts: readonly Uint8Array[], isHead = false): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = open(url);
    const received: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer in time to ${Buffer.from(parts[0] ?? []).toString('latin1', 0, 200)}`));
    }, answerWithinMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parseAnswer(Buffer.concat(received)));
    };
    socket.on('data', (data: Buffer) => {
      received.push(data);
      if (isWhole(Buffer.concat(received), isHead)) settle();
    });
    // A server that refuses does not read on: a reset after the answer is an ordinary end.
    socket.on('error', settle);
    socket.on('close', settle);
    for (const part of parts) socket.write(part);
  });
}

/** Sends the bytes and cuts the connection once they have left, without waiting for anything. */
export function cutAfter(url: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = open(url);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    // A reset rather than an end: the way a connection goes when a cable is pulled.
    socket.write(bytes, () => socket.resetAndDestroy());
  });
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port) });
}

function parseAnswer(bytes: Buffer): WireAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, head, body: end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4), bytes };
}

function isWhole(bytes: Buffer, isHead: boolean): boolean {
  const { status, head, body } = parseAnswer(bytes);
  if (status === 0 || !bytes.includes('\r\n\r\n')) return false;
  if (isHead) return true;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}
