import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import dns, { promises as names } from 'node:dns';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getSecurely } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { isFault } from '#base/fault.ts';
import { type Guard, installGuard, type Stopped } from './guard.ts';

/** What a careless line, or a library of somebody else, might do. */
const waysOut: Readonly<Record<string, (host: string, port: number) => unknown>> = {
  'net.connect': (host, port) => connect(port, host),
  'net.connect with options': (host, port) => connect({ host, port }),
  'net.connect to a socket file': () => connect('/run/some.sock'),
  'net.connect to a socket file, with options': () => connect({ path: '/run/some.sock' }),
  'tls.connect': (host, port) => connectTls({ host, port }),
  'http.get': (host, port) => get(`http://${host}:${port}/`),
  'https.get': (host, port) => getSecurely(`https://${host}:${port}/`),
  'http2.connect': (host, port) => connectHttp2(`http://${host}:${port}`),
  fetch: (host, port) => fetch(`http://${host}:${port}/`),
  'datagram send': (host, port) => dgram.createSocket('udp4').send('x', port, host),
  'datagram send with a part': (host, port) => dgram.createSocket('udp4').send(Buffer.from('xyz'), 0, 1, port, host),
  'datagram connect': (host, port) => dgram.createSocket('udp4').connect(port, host),
  'dns.lookup': () => dns.lookup('example.org', () => undefined),
  'dns.resolve4': () => dns.resolve4('example.org', () => undefined),
  'dns.reverse': () => dns.reverse('192.0.2.1', () => undefined),
  'a resolver of its own': () => new dns.Resolver().resolveTxt('example.org', () => undefined),
  'names.lookup': () => names.lookup('example.org'),
  'names.resolve': () => names.resolve('example.org'),
  'a resolver of its own, with promises': () => new names.Resolver().resolve4('example.org'),
};

describe('the guard', () => {
  const stopped: Stopped[] = [];
  let guard: Guard;
  let server: Server;
  let port: number;
  let connections = 0;

  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    guard = installGuard((attempt) => stopped.push(attempt));
  });
  after(() => {
    guard.uninstall();
    server.close();
  });

  for (const [name, go] of Object.entries(waysOut)) {
    it(`stops ${name}, and says so`, async () => {
      const before = stopped.length;
      await assert.rejects(
        async () => await go('127.0.0.1', port),
        (error) => isFault(error, 'no-consent') || (error instanceof Error && isFault(error.cause, 'no-consent')),
      );
      assert.equal(stopped.length, before + 1);
      assert.equal(connections, 0);
    });
  }

  it('lets one thing through for one piece of work, and nothing beside it', async () => {
    const here = { kind: 'stream', host: '127.0.0.1', port } as const;
    const status = await guard.during(here, async () => (await fetch(`http://127.0.0.1:${port}/`)).status);
    assert.equal(status, 204);
    await guard.during({ ...here, port: port + 1 }, () => assert.rejects(fetch(`http://127.0.0.1:${port}/`)));
    await guard.during({ ...here, kind: 'datagram' }, () => assert.rejects(fetch(`http://127.0.0.1:${port}/`)));
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    assert.equal(connections, 1);
  });

  it('lets an adopted address through, by its address and never by a name', async () => {
    guard.adopt('127.0.0.1', port);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 204);
    await assert.rejects(fetch(`http://localhost:${port}/`));
    await assert.rejects(fetch(`http://127.0.0.1:${port + 1}/`));
  });
});
