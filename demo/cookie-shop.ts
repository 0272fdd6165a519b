// The naive way: a shop that knows its customers by a session cookie. Ordinary parts, nothing wrong with it by itself.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

export interface Customer {
  readonly name: string;
  readonly address: string;
}

export interface Shop {
  readonly url: string;
  readonly database: DatabaseSync;
  close(): void;
}

export async function openShop(file: string, customers: readonly Customer[]): Promise<Shop> {
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE IF NOT EXISTS session(id TEXT PRIMARY KEY, customer TEXT)');
  const server = createServer((request, response) => {
    const [, id] = /shop=([\w-]+)/.exec(request.headers.cookie ?? '') ?? [];
    if (request.method === 'POST') {
      const fresh = randomUUID();
      const name = decodeURIComponent((request.url ?? '').replace('/sign-in/', ''));
      database.prepare('INSERT INTO session VALUES (?, ?)').run(fresh, name);
      response.writeHead(204, { 'set-cookie': `shop=${fresh}; Path=/; HttpOnly` }).end();
      return;
    }
    const row = database.prepare('SELECT customer FROM session WHERE id = ?').get(id ?? '');
    const customer = customers.find((each) => each.name === row?.['customer']);
    if (customer === undefined) response.writeHead(401).end('Please sign in.');
    else response.writeHead(200, { 'cache-control': 'private' }).end(`Hello ${customer.name}, ${customer.address}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database,
    close: () => {
      server.closeAllConnections();
      server.close();
      database.close();
    },
  };
}
