import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const waiting: WeakSet<IncomingMessage> = new WeakSet();

/**
 * RFC 9110 §10.1.1: a client that sent `Expect: 100-continue` waits with its body until it is asked for. For addresses of
 * ours it is asked only once nothing speaks against the request, so that a refused upload costs nobody its bytes.
 * A server has one such listener: call this once, for all faces that read bodies with BodyPieces.
 */
export function deferContinue(server: Server, isOurs: (target: string) => boolean): void {
  server.on('checkContinue', (request, response) => {
    if (isOurs(request.url ?? '')) waiting.add(request);
    else response.writeContinue();
    server.emit('request', request, response);
  });
}

export function sendContinue(request: IncomingMessage, response: ServerResponse): void {
  if (waiting.delete(request)) response.writeContinue();
}
