// An authority of our own: what it vouches for, what a device is given, and a client in another network that trusts it.
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fingerprintOf, makeLeaf, makeRoot } from '#crypto/own-authority.ts';
import { needsRoot } from '../faults/needs.ts';
import { coffre } from '../support/cli.ts';
import { startServer } from '../support/server.ts';

const name = 'coffre.home.arpa';
const address = '10.213.0.1';

function scratchOf(t: TestContext): string {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-authority-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  return scratch;
}

/** Exit code of a command, and what it said. */
function run(file: string, ...args: readonly string[]): { readonly code: number; readonly said: string } {
  try {
    return { code: 0, said: execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, said: `${stdout}${stderr}` };
  }
}

it('works: Reach: an authority of one’s own vouches for its one name, and for no other, as OpenSSL sees it', async (t) => {
  const scratch = scratchOf(t);
  const at = (file: string): string => join(scratch, file);
  const verify = async (
    host: Parameters<typeof makeRoot>[0],
    other: Parameters<typeof makeRoot>[0],
  ): Promise<number[]> => {
    const root = await makeRoot(host, Date.now());
    writeFileSync(at('root.pem'), root.certificatePem);
    const codes: number[] = [];
    for (const each of [host, other]) {
      writeFileSync(at('leaf.pem'), (await makeLeaf(root, each, Date.now())).certificatePem);
      codes.push(run('openssl', 'verify', '-x509_strict', '-CAfile', at('root.pem'), at('leaf.pem')).code);
    }
    return codes;
  };
  const [dns, ip] = [{ kind: 'dns', text: name } as const, { kind: 'ip', text: address } as const];
  for (const other of ['example.org', 'arpa', `${name}.example.org`])
    assert.deepEqual(await verify(dns, { kind: 'dns', text: other }), [0, 2], other);
  assert.deepEqual(await verify(dns, ip), [0, 2]);
  assert.deepEqual(await verify(ip, { kind: 'ip', text: '10.213.0.2' }), [0, 2]);
  assert.deepEqual(await verify(ip, dns), [0, 2]);
});

it('the certificate is made anew under the same authority, and another name begins another one', async (t) => {
  const data = join(scratchOf(t), 'data');
  const own = async (host: string): Promise<{ readonly fingerprint: string; readonly isNewRoot: boolean }> => {
    const { code, out, err } = await coffre(['tls', 'own', host, '--data', data, '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out) as { readonly fingerprint: string; readonly isNewRoot: boolean };
  };
  const first = await own(name);
  assert.deepEqual([first.isNewRoot, (await own(name)).isNewRoot], [true, false]);
  assert.equal((await own(name)).fingerprint, first.fingerprint);
  assert.notEqual((await own('other.home.arpa')).fingerprint, first.fingerprint);
  const { code, err } = await coffre(['tls', 'own', 'nodot', '--data', data]);
  assert.equal(code, 2, err);
});

it('works: Reach: a device in another network reaches the server by its name over TLS once it trusts the authority, and not before', {
  skip: needsRoot('ip', 'curl', 'openssl'),
}, async (t) => {
  const scratch = scratchOf(t);
  const data = join(scratch, 'data');
  assert.equal((await coffre(['tls', 'own', name, '--data', data])).code, 0);
  // Two networks of their own: nothing listens on a network of this machine.
  const [home, phone] = [`coffre-home-${process.pid}`, `coffre-phone-${process.pid}`];
  t.after(() => {
    for (const each of [home, phone]) run('ip', 'netns', 'del', each);
  });
  const [one, other] = [`cofh${process.pid}`.slice(0, 14), `cofp${process.pid}`.slice(0, 14)];
  for (const command of [
    `netns add ${home}`,
    `netns add ${phone}`,
    `link add ${one} netns ${home} type veth peer name ${other} netns ${phone}`,
    `-n ${home} addr add ${address}/24 dev ${one}`,
    `-n ${phone} addr add 10.213.0.2/24 dev ${other}`,
    `-n ${home} link set ${one} up`,
    `-n ${phone} link set ${other} up`,
    `-n ${home} link set lo up`,
  ])
    assert.deepEqual(run('ip', ...command.split(' ')), { code: 0, said: '' }, command);
  const settings = {
    host: address,
    port: 8443,
    origins: [`https://${name}:8443`],
    tls: { certificateFile: join(`${data}.tls`, 'certificate.pem'), keyFile: join(`${data}.tls`, 'key.pem') },
  };
  writeFileSync(join(scratch, 'settings.json'), JSON.stringify(settings));
  const env = { COFFRE_CONFIG: join(scratch, 'settings.json') };
  const server = await startServer({ dataFolder: data, env, wrap: ['ip', 'netns', 'exec', home], port: '8443' });
  t.after(() => server.discard());
  const ask = (path: string, ...more: readonly string[]): ReturnType<typeof run> =>
    run(
      'ip',
      'netns',
      'exec',
      phone,
      'curl',
      '-s',
      '-S',
      '--max-time',
      '20',
      '--resolve',
      `${name}:8443:${address}`,
      ...more,
      `https://${name}:8443${path}`,
    );
  assert.equal(ask('/health').code, 60, 'a device that was not told trusts nobody');
  // What the page for phones gives, fetched as a person does who looked at the fingerprint.
  const crt = join(scratch, 'authority.crt');
  assert.equal(ask('/trust/authority.crt', '-k', '-o', crt).code, 0);
  const pem = run('openssl', 'x509', '-inform', 'DER', '-in', crt).said;
  assert.equal(fingerprintOf(pem), fingerprintOf(readFileSync(join(`${data}.tls`, 'root.pem'), 'utf8')));
  assert.equal(
    (JSON.parse(ask('/trust/authority.json', '-k').said) as { readonly fingerprint: string }).fingerprint,
    fingerprintOf(pem),
  );
  writeFileSync(join(scratch, 'trusted.pem'), pem);
  const trusting = ['--cacert', join(scratch, 'trusted.pem')];
  const health = ask('/health', ...trusting);
  assert.deepEqual(
    [health.code, (JSON.parse(health.said) as { readonly status: string }).status],
    [0, 'ok'],
    health.said,
  );
  const profile = ask('/trust/authority.mobileconfig', ...trusting).said;
  assert.match(profile, /com\.apple\.security\.root/);
  assert.ok(profile.includes(readFileSync(crt).toString('base64')), 'the profile holds the same certificate');
  const plain = run('ip', 'netns', 'exec', phone, 'curl', '-s', '--max-time', '20', `http://${address}:8443/health`);
  assert.notEqual(plain.code, 0, 'beyond this machine there is only TLS');
});
