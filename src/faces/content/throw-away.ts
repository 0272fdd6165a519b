import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client that was refused may go on sending: long enough to notice, and to keep its connection. */
const longestDrainMs = 5000;

/** An answer went out before the body was in. Reading on for a while lets the client see the answer rather than a reset. */
export function throwAway(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  if (!response.headersSent && !response.shouldKeepAlive) {
    // RFC 9112 §9.6: closing at once would reset the connection while the client still sends, and take the answer with it.
    response.shouldKeepAlive = true;
    request.once('end', () => request.socket.destroySoon());
  }
  request.resume();
  const timer = setTimeout(() => request.destroy(), longestDrainMs).unref();
  request.once('close', () => clearTimeout(timer));
}
