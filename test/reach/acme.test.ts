// A certificate for an own domain, from an authority of our own making that speaks ACME.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { isFor } from '#crypto/own-authority.ts';
import { type AcmeServer, startAcmeServer } from '../support/acme-server.ts';
import { coffre } from '../support/cli.ts';

const name = 'cloud.example.org';

function folder(t: TestContext): string {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-acme-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  return join(scratch, 'data');
}

/** One that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function request(data: string, acme: AcmeServer, port: number, ...more: readonly string[]): ReturnType<typeof coffre> {
  const listen = ['--host', '127.0.0.1', '--port', String(port)];
  return coffre(['tls', 'request', name, '--data', data, '--directory', acme.directory, ...listen, ...more]);
}

it('works: Reach: a certificate for an own domain comes by ACME, is renewed when it is due, and not before', async (t) => {
  const data = folder(t);
  const port = await freePort();
  const acme = await startAcmeServer(() => port);
  t.after(() => acme.close());
  const first = await request(data, acme, port);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(acme.complaints, []);
  const certificate = readFileSync(join(`${data}.tls`, 'certificate.pem'), 'utf8');
  assert.ok(isFor(certificate, { kind: 'dns', text: name }));
  assert.ok(!isFor(certificate, { kind: 'dns', text: 'example.org' }));
  assert.match(readFileSync(join(`${data}.tls`, 'key.pem'), 'utf8'), /BEGIN PRIVATE KEY|BEGIN EC PRIVATE KEY/);
  const again = await request(data, acme, port);
  assert.match(again.out, /Nothing was asked/);
  assert.equal(acme.issued(), 1);
  assert.equal((await request(data, acme, port, '--force')).code, 0);
  assert.equal(acme.issued(), 2);

  const short = await startAcmeServer(() => port, 20);
  t.after(() => short.close());
  assert.equal((await request(data, short, port, '--force')).code, 0);
  assert.equal((await request(data, short, port)).code, 0);
  assert.equal(short.issued(), 2, 'one that has 20 days left is due');
});

it('a name that does not lead here gets no certificate, and says so', async (t) => {
  const data = folder(t);
  const [port, elsewhere] = [await freePort(), await freePort()];
  const acme = await startAcmeServer(() => elsewhere);
  t.after(() => acme.close());
  const { code, err } = await request(data, acme, port);
  assert.equal(code, 69, err);
  assert.match(err, /gave no certificate.*Does cloud\.example\.org lead to this machine/s);
});
