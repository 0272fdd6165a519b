// Changes on a (modelled) router: in force until confirmed or taken back, whatever dies in the middle.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { adoptedModel, type Hub } from './hub.ts';
import type { ModelledRouter } from './model/router.ts';

interface Told {
  readonly kind: string;
  readonly differences?: readonly { readonly where: string; readonly before?: string; readonly after?: string }[];
}

describe('a change', () => {
  let hub: Hub;
  let router: ModelledRouter;
  before(async () => {
    ({ hub, router } = await adoptedModel());
  });
  after(async () => {
    await router.close();
    hub.discard();
  });
  beforeEach(async () => {
    router.onCall = () => undefined;
    router.afterCall = () => undefined;
    router.pass(1000);
    if (change()) await hub.run('undo');
  });

  const ssid = (): unknown =>
    router.uci.configs.get('wireless')?.find(({ name }) => name === 'default_radio0')?.options['ssid'];
  const change = (): boolean => existsSync(hub.path('routers', 'router', 'change.json'));
  /** As if its time had come for the hub: its clock is the machine's. */
  const due = async (): Promise<void> => {
    const path = hub.path('routers', 'router', 'change.json');
    if (!existsSync(path)) return;
    writeFileSync(path, hub.read('routers', 'router', 'change.json').replace(/"deadlineMs": \d+/, '"deadlineMs": 1'));
  };
  const wifi = (name: string, ...more: readonly string[]): readonly string[] => [
    'set',
    'wifi',
    'default_radio0',
    `ssid=${name}`,
    ...more,
  ];

  it('works: Home: a change is shown, saved before, in force for a time, and taken back by the router itself unless confirmed (modelled router)', async () => {
    const planned = await hub.json<Told>(...wifi('New', '--plan'));
    assert.deepEqual(planned.differences, [{ where: 'wireless.default_radio0.ssid', before: 'Home', after: 'New' }]);
    assert.equal(ssid(), 'Home');

    assert.equal((await hub.json<Told>(...wifi('New'))).kind, 'applied');
    assert.equal(ssid(), 'New');
    assert.equal((await hub.run(...wifi('Third'))).code, 5);
    router.pass(91);
    assert.equal(ssid(), 'Home');
    await due();
    assert.match(await hub.ok('status'), /Taken back: Wi-Fi default_radio0/);
    assert.equal(change(), false);

    assert.equal((await hub.json<Told>(...wifi('New'))).kind, 'applied');
    assert.equal((await hub.json<Told>('confirm')).kind, 'kept');
    router.pass(1000);
    assert.equal(ssid(), 'New');
    assert.equal((await hub.json<Told>('undo')).kind, 'applied');
    assert.equal(ssid(), 'Home');
    assert.equal((await hub.json<Told>('confirm')).kind, 'kept');

    const snapshots = await hub.json<readonly { readonly why: string }[]>('snapshots');
    assert.ok(snapshots.some(({ why }) => why === 'before: Wi-Fi default_radio0'));
  });

  it('is taken back at once with one command', async () => {
    await hub.ok(...wifi('New'));
    assert.equal((await hub.json<Told>('undo')).kind, 'taken-back');
    assert.equal(ssid(), 'Home');
    assert.equal(router.uci.isPending, false);
  });

  it('is taken back by the hub when the router lost its timer in a power cut', async () => {
    await hub.ok(...wifi('New'));
    router.restart();
    router.pass(1000);
    assert.equal(ssid(), 'New');
    await due();
    assert.match(await hub.ok('status'), /Taken back/);
    assert.equal(ssid(), 'Home');
  });

  it('is never left half on the router when its power goes between two files', async () => {
    for (const commits of [1, 2, 3]) {
      router.uci.cutAfterCommits = commits;
      const cut = await hub.run('set', 'guest', 'ssid=Guests', `key-from=${hub.file('key', 'a guest password\n')}`);
      assert.equal(cut.code, 0, cut.err);
      assert.match(cut.out, /stopped answering in the middle/);
      assert.ok(router.uci.configs.get('network')?.some(({ name }) => name === 'coffreguest'));
      await hub.run('status');
      for (const [config, sections] of router.uci.configs)
        assert.deepEqual(
          sections.filter(({ name }) => /^coffre/.test(name)),
          [],
          `${config} after ${commits} files`,
        );
      assert.equal(change(), false);
    }
  });

  const steps: readonly (readonly [string, 'before' | 'after'])[] = [
    ['session login', 'after'],
    ['uci set', 'before'],
    ['uci set', 'after'],
    ['uci apply', 'before'],
    ['uci apply', 'after'],
  ];
  for (const [call, moment] of steps) {
    it(`killed ${moment} ${call}: it continues or is taken back, and nothing is half`, async () => {
      for (const end of ['confirm', 'nothing'] as const) {
        const name = `${end} ${call} ${moment}`.slice(0, 32);
        await killedAt(call, moment, wifi(name));
        const wasApplied = call === 'uci apply' && moment === 'after';
        assert.equal(ssid(), wasApplied ? name : 'Home');
        if (end === 'confirm') {
          const told = await hub.run('confirm', '--json');
          const { kind } = JSON.parse(told.out) as Told;
          assert.ok(wasApplied ? kind === 'kept' : kind === 'not-applied' || kind === 'none', kind);
          router.pass(1000);
          assert.equal(ssid(), wasApplied ? name : 'Home');
          if (wasApplied) {
            await hub.ok('undo');
            await hub.ok('confirm');
          }
        } else {
          router.pass(1000);
          await due();
          await hub.ok('status');
          assert.equal(ssid(), 'Home');
        }
        assert.equal(change(), false);
      }
    });
  }

  it('killed before and after its confirmation: what its owner said holds', async () => {
    for (const moment of ['before', 'after'] as const) {
      await hub.ok(...wifi(`Kept ${moment}`));
      await killedAt('uci confirm', moment, ['confirm']);
      const told = await hub.ok('status');
      assert.match(told, /Kept: Wi-Fi/);
      router.pass(1000);
      assert.equal(ssid(), `Kept ${moment}`);
      assert.equal(change(), false);
      await hub.ok('undo');
      await hub.ok('confirm');
    }
  });

  it('killed while it is taken back: it is taken back', async () => {
    for (const moment of ['before', 'after'] as const) {
      await hub.ok(...wifi('New'));
      await killedAt('uci rollback', moment, ['undo']);
      router.pass(1000);
      await due();
      await hub.ok('status');
      assert.equal(ssid(), 'Home');
      assert.equal(change(), false);
    }
  });

  it('leaves alone what somebody else changed meanwhile, and says so', async () => {
    await hub.ok(...wifi('New'));
    router.restart();
    const section = router.uci.configs.get('wireless')?.find(({ name }) => name === 'default_radio0');
    assert.ok(section !== undefined);
    section.options['ssid'] = 'By hand';
    await due();
    assert.match(await hub.ok('status'), /Somebody else changed the same settings/);
    assert.equal(ssid(), 'By hand');
    section.options['ssid'] = 'Home';
  });

  it('works: Home: Wi-Fi, guest network, times, forwards and reservations are set and taken back without a trace (modelled router)', async () => {
    const before = JSON.stringify(
      [...router.uci.configs].map(([name, sections]) => [name, sections.map(({ type, options }) => [type, options])]),
    );
    const wishes: readonly (readonly string[])[] = [
      ['wifi', 'default_radio0', `key-from=${hub.file('key', 'a new password\n')}`],
      ['guest', 'ssid=Guests', `key-from=${hub.file('key', 'a guest password\n')}`],
      ['times', '02:00:00:00:01:01', 'from=22:00', 'to=07:00', 'days=sun,mon'],
      ['forward', 'web', 'port=8080', 'to=192.168.1.10:80'],
      ['reserve', '02:00:00:00:01:01', 'address=192.168.1.20', 'name=laptop'],
    ];
    const start = (await hub.json<readonly { readonly n: number }[]>('snapshots')).length;
    for (const wish of wishes) {
      const { out } = await hub.run('set', ...wish);
      assert.ok(!out.includes('password'), out);
      await hub.ok('confirm');
    }
    const rules = router.uci.configs.get('firewall')?.filter(({ name }) => name.startsWith('coffre_times')) ?? [];
    assert.deepEqual(
      rules.map(({ options }) => [options['start_time'], options['stop_time'], options['weekdays']]),
      [
        ['22:00:00', '23:59:59', 'Sun Mon'],
        ['00:00:00', '07:00:00', 'Mon Tue'],
      ],
    );
    assert.equal((await hub.json<Told>('restore', String(start + 1))).kind, 'applied');
    await hub.ok('confirm');
    const now = JSON.stringify(
      [...router.uci.configs].map(([name, sections]) => [name, sections.map(({ type, options }) => [type, options])]),
    );
    assert.equal(now, before);
  });

  it('refuses what makes no sense, before anything is sent', async () => {
    const calls = (): number => router.calls.filter((each) => /uci (set|add|apply)/.test(each)).length;
    const before = calls();
    const wrong: readonly (readonly string[])[] = [
      ['wifi', 'nothing', 'ssid=x'],
      ['wifi', 'default_radio0', 'key=short'],
      ['wifi', 'default_radio0', 'colour=red'],
      ['forward', 'web', 'port=99999', 'to=192.168.1.10'],
      ['forward', 'web', 'port=80', 'to=somewhere'],
      ['times', 'tablet', 'from=22:00', 'to=07:00'],
      ['times', '02:00:00:00:01:01', 'from=25:00', 'to=07:00'],
      ['reserve', '02:00:00:00:01:01', 'address=x'],
      ['guest', 'enabled=no'],
    ];
    for (const wish of wrong) assert.equal((await hub.run('set', ...wish)).code, 1, wish.join(' '));
    assert.equal((await hub.run('set', 'everything')).code, 2);
    assert.equal(calls(), before);
  });

  /** Kills the hub at this call: before the router acts on it, or after it acted and before it answers. */
  async function killedAt(call: string, moment: 'before' | 'after', args: readonly string[]): Promise<void> {
    let reached: () => void = () => undefined;
    const when = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let count = 0;
    const hook = (name: string): Promise<void> | void => {
      if (name !== call) return undefined;
      count += 1;
      // The first login of a command reads; the second one is of the change.
      if (call === 'session login' && count < 2) return undefined;
      reached();
      return moment === 'before'
        ? new Promise((_resolve, reject) => setTimeout(() => reject(new Error('gone')), 300))
        : undefined;
    };
    if (moment === 'before') router.onCall = hook;
    else router.afterCall = hook;
    await hub.killed(when, ...args);
    await new Promise((resolve) => setTimeout(resolve, 400));
    router.onCall = () => undefined;
    router.afterCall = () => undefined;
  }
});
