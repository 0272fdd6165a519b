// What the hub relies on in a router, asked through its own client: of the modelled one, or with HOME_ROUTER_URL (and
// HOME_ROUTER_PASSWORD of the user `coffre`) of a real one. It reserves an address for a device that does not exist, and takes it back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compareRights, setupScript } from '#home/openwrt/access.ts';
import type { Pinned } from '#home/openwrt/pinned-request.ts';
import { login, ubusCall } from '#home/openwrt/ubus.ts';
import { parseUciConfig } from '#home/openwrt/uci.ts';
import { ModelledRouter } from './model/router.ts';

const real = process.env['HOME_ROUTER_URL'];
const title = real === undefined ? 'a modelled router' : 'the router of HOME_ROUTER_URL';
const section = 'coffre_host_020000000fff';

describe(title, () => {
  const model = new ModelledRouter();
  const password = real === undefined ? 'a password of the test' : (process.env['HOME_ROUTER_PASSWORD'] ?? '');
  let pinned: Pinned;
  before(async () => {
    const url = new URL(real ?? `http://127.0.0.1:${await model.listen()}`);
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    pinned = { endpoint: { scheme, address: url.hostname, port }, fingerprint: undefined };
    if (real === undefined) model.runSetup(setupScript(password));
  });
  after(() => model.close());

  const session = async (seconds = 300): Promise<string> => {
    const made = await login(pinned, 'coffre', password, seconds);
    assert.ok(made !== undefined);
    return made.session;
  };
  const uci = (id: string, method: string, args: Readonly<Record<string, unknown>> = {}): ReturnType<typeof ubusCall> =>
    ubusCall(pinned, id, 'uci', method, args);
  const isThere = async (id: string): Promise<boolean> => {
    const answer = await uci(id, 'get', { config: 'dhcp' });
    assert.equal(answer.kind, 'ok');
    return (
      parseUciConfig(answer.kind === 'ok' ? answer.data : undefined)?.some(({ name }) => name === section) ?? false
    );
  };
  const stage = async (id: string): Promise<void> => {
    const values = { mac: '02:00:00:00:0f:ff', ip: '192.168.1.249' };
    assert.equal((await uci(id, 'add', { config: 'dhcp', type: 'host', name: section, values })).kind, 'ok');
  };

  it('lets nobody in with a wrong password, and gives exactly the rights of the list', async () => {
    assert.equal(await login(pinned, 'coffre', 'wrong', 300), undefined);
    const made = await login(pinned, 'coffre', password, 300);
    assert.deepEqual(compareRights(made?.rights ?? {}), { beyond: [], missing: [] });
  });

  it('answers "denied" to an unknown session and to what is not in the list alike', async () => {
    assert.deepEqual(await ubusCall(pinned, 'f'.repeat(32), 'system', 'board', {}), { kind: 'denied' });
    assert.deepEqual(await ubusCall(pinned, await session(), 'session', 'list', {}), { kind: 'denied' });
    assert.deepEqual(await uci(await session(), 'get', { config: 'rpcd' }), { kind: 'status', status: 6 });
    assert.deepEqual(await ubusCall(pinned, await session(), 'no.such.object', 'x', {}), { kind: 'absent' });
  });

  it('keeps what a session has staged from others, and lets it go with the session', async () => {
    const id = await session();
    await stage(id);
    assert.equal(await isThere(id), true);
    assert.equal(await isThere(await session()), false);
    await ubusCall(pinned, id, 'session', 'destroy', {});
    assert.deepEqual(await uci(id, 'apply', { rollback: true, timeout: 20 }), { kind: 'denied' });
    assert.equal(await isThere(await session()), false);
  });

  it('applies for a time, lets only the same session confirm or take back, and only one at a time', async () => {
    const id = await session(900);
    assert.deepEqual(await uci(id, 'confirm'), { kind: 'status', status: 5 });
    assert.deepEqual(await uci(id, 'apply', { rollback: true, timeout: 20 }), { kind: 'status', status: 5 });
    await stage(id);
    assert.equal((await uci(id, 'apply', { rollback: true, timeout: 60 })).kind, 'ok');
    const other = await session();
    assert.equal(await isThere(other), true);
    assert.deepEqual(await uci(other, 'confirm'), { kind: 'status', status: 6 });
    assert.deepEqual(await uci(other, 'rollback'), { kind: 'status', status: 6 });
    assert.equal((await uci(id, 'rollback')).kind, 'ok');
    assert.equal(await isThere(other), false);
    assert.equal(await isThere(id), true, 'the session has again what it had staged');
    await ubusCall(pinned, id, 'session', 'destroy', {});
  });

  it('refuses a request of more than 64 KB, which the hub therefore never sends', async () => {
    await assert.rejects(
      uci(await session(), 'set', { config: 'dhcp', section, values: { x: 'y'.repeat(70_000) } }),
      /more than the router takes/,
    );
    const { scheme, address, port } = pinned.endpoint;
    const response = await fetch(`${scheme}://${address}:${port}/ubus`, {
      method: 'POST',
      body: JSON.stringify({ x: 'y'.repeat(70_000) }),
    });
    assert.match(await response.text(), /Parse error|Too Large|too big/);
  });
});
