// Somebody out there: takes connections, remembers every byte, answers with what it is given.
import { type AddressInfo, createServer } from 'node:net';

export interface Listener {
  readonly origin: string;
  /** What came in, connection by connection. */
  readonly received: readonly string[];
  /** What the next answers hold. */
  answerWith(body: Uint8Array): void;
  close(): Promise<void>;
}

export async function listen(): Promise<Listener> {
  const received: string[] = [];
  let body = new Uint8Array(0);
  const server = createServer((socket) => {
    const index = received.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
      received[index] += part.toString('latin1');
      if (!received[index]?.endsWith('\r\n\r\n')) return;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`);
      socket.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerWith: (bytes) => {
      body = Uint8Array.from(bytes);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
