// A proxy as it was between a shop and its customers: it keeps the answer to every GET by its address, whatever headers the
// question and the answer have, Set-Cookie and all, and gives it to whoever asks next.
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  left: number;
}

/** Each answer is given so often before the origin is asked again: fresh answers have to be right, too. */
const givenTimes = 20;

export class CachingProxy {
  readonly #kept = new Map<string, Kept>();
  readonly #server: Server;
  readonly #origin: () => string;
  fromCache = 0;

  /** @param origin asked anew for each request, because a server may come back elsewhere. */
  constructor(origin: () => string) {
    this.#origin = origin;
    this.#server = createServer((incoming, outgoing) => {
      const address = incoming.url ?? '/';
      const kept = incoming.method === 'GET' ? this.#take(address) : undefined;
      if (kept !== undefined) {
        this.fromCache += 1;
        incoming.resume();
        outgoing.writeHead(kept.status, kept.headers).end(kept.body);
        return;
      }
      const onward = request(
        new URL(address, this.#origin()),
        { method: incoming.method ?? 'GET', headers: incoming.headers },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('end', () => {
            const { 'transfer-encoding': _, ...headers } = answer.headers;
            const fresh = { status: answer.statusCode ?? 502, headers, body: Buffer.concat(pieces), left: givenTimes };
            if (incoming.method === 'GET') this.#kept.set(address, fresh);
            outgoing.writeHead(fresh.status, fresh.headers).end(fresh.body);
          });
          answer.on('error', () => outgoing.destroy());
        },
      );
      onward.on('error', () => {
        if (outgoing.headersSent) outgoing.destroy();
        else outgoing.writeHead(502).end();
      });
      incoming.pipe(onward);
    });
  }

  #take(address: string): Kept | undefined {
    const kept = this.#kept.get(address);
    if (kept === undefined) return undefined;
    kept.left -= 1;
    if (kept.left <= 0) this.#kept.delete(address);
    return kept;
  }

  /** Where it is. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
