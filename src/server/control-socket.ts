import { chmod, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { present } from '../base/assert.ts';
import { Fault, type FaultCode, isFault } from '../base/fault.ts';
import type { Control, ControlAnswer, ControlCall } from './control-calls.ts';
import { http } from './node-http.ts';
import { socketAddress } from './socket-address.ts';

/**
 * Control calls over a socket in the data folder: HTTP/1.1, `POST /COMMAND`, arguments as JSON in the header `x-args`
 * (percent-encoded), content as the body. Answers: JSON in `x-answer`, content as the body. Whoever may open the socket is
 * the operator; owners' things still need their proof.
 */
const socketName = 'control.sock';
const maxHeaderBytes = 256 * 1024;

function socketPath(dataFolder: string): string {
  return `${dataFolder}/${socketName}`;
}

export interface ControlSocket {
  close(): Promise<void>;
}

interface WireContent {
  readonly kind: 'content';
  readonly value: unknown;
  readonly sizeBytes: number;
}

type WireAnswer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly why: string; readonly waitMs?: number }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly message: string };

/** The caller holds the folder's lock, so a socket that is there already is a dead one. */
export async function serveControl(dataFolder: string, control: Control): Promise<ControlSocket> {
  const path = socketPath(dataFolder);
  await rm(path, { force: true });
  const server = http.createServer(
    { maxHeaderSize: maxHeaderBytes },
    (request, response) => void answerRequest(control, request, response),
  );
  // A large file from a slow disk may take long; only the operator's own programs can be here.
  server.requestTimeout = 0;
  await listen(server, present(socketAddress(dataFolder, socketName), 'data folder'));
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new Fault('io', `The local socket ${path} cannot be opened.`, { cause })));
    server.listen(path, resolve);
  });
}

async function answerRequest(control: Control, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const args: unknown = JSON.parse(decodeURIComponent(String(request.headers['x-args'] ?? '{}')));
    const answer = await control.run({ command: String(request.url).slice(1), args, content: request });
    if (answer.kind === 'content') {
      const { kind, value, sizeBytes } = answer;
      response.setHeader('content-length', sizeBytes);
      response.setHeader('x-answer', encodeContent({ kind, value, sizeBytes }));
      await pipeline(Readable.from(answer.content), response);
    } else {
      send(response, answer);
    }
  } catch (error) {
    // In the middle of content: a cut connection, never bytes that were not authenticated.
    if (response.headersSent) response.destroy();
    else send(response, { kind: 'fault', ...faultOf(error) });
  }
}

function faultOf(error: unknown): { readonly code: FaultCode; readonly message: string } {
  if (isFault(error)) return { code: error.code, message: error.message };
  return {
    code: 'unavailable',
    message: 'The server failed at this. Nothing that was acknowledged is lost; its log says more.',
  };
}

function send(response: ServerResponse, answer: WireAnswer): void {
  // Answers can be long lists, so they travel as the body; only content needs the header.
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
}

function encodeContent(answer: WireContent): string {
  return encodeURIComponent(JSON.stringify(answer));
}

/** Control calls to a running server; undefined when nobody listens. */
export async function connectControl(dataFolder: string): Promise<Control | undefined> {
  const address = socketAddress(dataFolder, socketName);
  if (address === undefined || !(await isListening(address))) return undefined;
  return { run: (call) => callOver(address, call) };
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function callOver(socketPathName: string, call: ControlCall): Promise<ControlAnswer> {
  const response = await sendCall(socketPathName, call);
  const header = response.headers['x-answer'];
  if (typeof header === 'string') {
    const answer = JSON.parse(decodeURIComponent(header)) as WireContent;
    return { kind: 'content', value: answer.value, sizeBytes: answer.sizeBytes, content: response };
  }
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const answer = JSON.parse(Buffer.concat(parts).toString()) as WireAnswer;
  if (answer.kind === 'fault') throw new Fault(answer.code, answer.message);
  return answer as ControlAnswer;
}

function sendCall(path: string, call: ControlCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-args': encodeURIComponent(JSON.stringify(call.args)) };
    const request = http.request({ socketPath: path, method: 'POST', path: `/${call.command}`, headers }, resolve);
    request.once('error', (cause) => {
      reject(
        new Fault('unavailable', 'The running server ended the connection. What it did not acknowledge was not done.', {
          cause,
        }),
      );
    });
    if (call.content === undefined) request.end();
    else pipeline(Readable.from(call.content), request).catch(reject);
  });
}
