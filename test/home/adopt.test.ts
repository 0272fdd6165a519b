// Adopting a router, and who it is. The router is modelled (test/home/model/router.ts).
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { adoptedModel, Hub, makeCertificate } from './hub.ts';
import { ModelledRouter } from './model/router.ts';

describe('adopting a (modelled) router', () => {
  const scratch = new Hub();
  const certificate = makeCertificate(scratch);
  let hub: Hub;
  let router: ModelledRouter;
  before(async () => {
    ({ hub, router } = await adoptedModel({ certificate }));
  });
  after(async () => {
    await router.close();
    hub.discard();
    scratch.discard();
  });

  it('works: Home: a router is adopted with a user of its own that may do what the access list says and nothing else (modelled router)', async () => {
    const status = await hub.json<Record<string, unknown>>('status');
    assert.equal(status['board'], 'modelled,router');
    assert.equal(router.sessions.logins.length, 1);
    const record = JSON.parse(hub.read('routers', 'router', 'router.json')) as { pinned: { certificate: string } };
    const fingerprint = new X509Certificate(certificate.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    assert.equal(record.pinned.certificate, fingerprint);
    const out = await hub.ok('status');
    assert.match(out, /Internet: up for 8 min, 192\.0\.2\.77/);
    assert.match(out, /USB storage: \/mnt\/sda1 30 GiB free of 60 GiB/);
    assert.match(out, /Wi-Fi default_radio0: Home for lan, on/);
  });

  it('sends no password to something with another certificate', async () => {
    const impostor = new ModelledRouter({ certificate: makeCertificate(new Hub()) });
    const port = await impostor.listen();
    const path = hub.path('routers', 'router', 'router.json');
    const record = hub.read('routers', 'router', 'router.json');
    writeFileSync(path, record.replace(/"port": \d+/, `"port": ${port}`));
    const refused = await hub.run('status');
    const again = await hub.run('adopt', `https://127.0.0.1:${port}`);
    const plainly = new ModelledRouter();
    const unencrypted = await hub.run('adopt', `http://127.0.0.1:${await plainly.listen()}`);
    await plainly.close();
    writeFileSync(path, record);
    for (const { code, err } of [again, unencrypted]) assert.equal(code, 4, err);
    assert.ok(!plainly.calls.includes('session login'));
    assert.equal(refused.code, 4, refused.err);
    assert.match(refused.err, /its certificate is/);
    assert.ok(!impostor.calls.includes('session login'), String(impostor.calls));
    await impostor.close();
  });

  it('does not take another device for it', async () => {
    const same = Object.getOwnPropertyDescriptor(router, 'macAddress');
    Object.defineProperty(router, 'macAddress', { value: '02:00:00:00:00:99', configurable: true });
    const refused = await hub.run('status');
    Object.defineProperty(router, 'macAddress', { value: same?.value as string, configurable: true });
    assert.equal(refused.code, 4, refused.err);
    assert.match(refused.err, /Another device answers/);
  });

  it('refuses rights beyond the list, and a certificate that is not the one its owner read', async () => {
    const wide = new ModelledRouter();
    const other = new Hub();
    const address = `http://127.0.0.1:${await wide.listen()}`;
    const script = (await other.run('adopt', address)).out;
    wide.runSetup(script.replace('"board",', '"board", "signal",'));
    const refused = await other.run('adopt', address);
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err, /Too much: ubus system signal/);
    assert.equal((await other.run('adopt', address, '--label', 'x', '--fingerprint', '0'.repeat(16))).code, 4);
    await wide.close();
    other.discard();
  });

  it('takes addresses of a home only, and no names', async () => {
    for (const address of ['router.lan', '8.8.8.8', 'https://example.org', '172.32.0.1', '2001:db8::1'])
      assert.equal((await hub.run('adopt', address)).code, 2, address);
  });

  it('goes on when its session ran out, which the router tells in the body of a 200', async () => {
    router.pass(100_000);
    await hub.ok('status');
  });
});
