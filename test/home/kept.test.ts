// What the hub knows and gives out again: devices, traffic, snapshots, export. The router is modelled.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { keptAtHome } from '#home/kept.ts';
import { adoptedModel, type Hub } from './hub.ts';
import type { ModelledRouter } from './model/router.ts';

describe('what a home knows', () => {
  let hub: Hub;
  let router: ModelledRouter;
  before(async () => {
    ({ hub, router } = await adoptedModel());
  });
  after(async () => {
    await router.close();
    hub.discard();
  });

  it('remembers devices, with the names that their owner gives them', async () => {
    assert.match(await hub.ok('devices'), /02:00:00:00:01:01 {2}here {2}192\.168\.1\.101 {2}laptop/);
    await hub.ok('name', '02-00-00-00-01-01', 'Laptop of Zoé');
    assert.match(await hub.ok('devices'), /Laptop of Zoé/);
    assert.equal((await hub.run('name', '02:00:00:00:09:09', 'x')).code, 3);
    assert.equal((await hub.run('name', 'laptop', 'x')).code, 2);
  });

  it('saves the configuration when it is another one, and compares', async () => {
    await hub.ok('watch', '--once');
    await hub.ok('watch', '--once');
    const before = await hub.json<readonly { readonly n: number }[]>('snapshots');
    assert.equal(before.length, 1);
    const section = router.uci.configs.get('wireless')?.find(({ name }) => name === 'default_radio0');
    assert.ok(section !== undefined);
    section.options['ssid'] = 'By hand';
    assert.equal(await hub.ok('compare', '1'), 'wireless.default_radio0.ssid: Home -> By hand\n');
    assert.match(await hub.ok('watch', '--once'), /snapshot 2/);
    assert.equal(await hub.ok('compare', '1', '2'), 'wireless.default_radio0.ssid: Home -> By hand\n');
    assert.equal((await hub.run('compare', '9')).code, 3);
  });

  it('gives everything out in one file, without the password of the router', async () => {
    const text = await hub.ok('export', '-o', '-');
    const all = JSON.parse(text) as { readonly routers: readonly { readonly snapshots: readonly unknown[] }[] };
    assert.equal(all.routers[0]?.snapshots.length, 2);
    const { password } = JSON.parse(hub.read('routers', 'router', 'router.json')) as { readonly password: string };
    assert.ok(!text.includes(password));
  });

  it('keeps nothing that it does not name', () => {
    const names = keptAtHome.map(
      ({ where }) => new RegExp(`^${where.replace('NAME', '[^/]+').replaceAll('.', '\\.')}`),
    );
    const kept = readdirSync(hub.folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => `${each.parentPath}/${each.name}`.slice(hub.folder.length + 1))
      .filter((path) => !path.startsWith('lock.db'));
    assert.ok(kept.length > 4);
    for (const path of kept)
      assert.ok(
        names.some((name) => name.test(path)),
        path,
      );
  });

  it('restarts the router, and forgets it', async () => {
    await hub.ok('reboot');
    assert.equal(router.reboots, 1);
    await hub.ok('forget', 'router');
    assert.equal((await hub.run('status')).code, 3);
    assert.ok(readdirSync(hub.path('routers', 'router')).includes('snapshots'));
  });
});
