// Updates of a (modelled) router: chosen, shown, agreed to, taken back; whatever dies in the middle.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { adoptedModel, type Hub } from './hub.ts';
import { type ModelledRouter, modelledImage } from './model/router.ts';
import { Maker, type Published } from './signed-images.ts';

interface Told {
  readonly kind: string;
  readonly update?: {
    readonly state: string;
    readonly texts: readonly { readonly sha256: string; readonly text: string }[];
  };
}

describe('an update', () => {
  let hub: Hub;
  let router: ModelledRouter;
  let now: Published;
  let next: Published;
  let forced: Published;

  before(async () => {
    ({ hub, router } = await adoptedModel());
    const maker = new Maker(hub.scratch);
    await hub.ok('update', 'trust', maker.publicKey());
    now = maker.publish('now', modelledImage('24.10.0'), {});
    next = maker.publish('next', modelledImage('24.10.1'), { adds: ['a faster Wi-Fi'] });
    forced = maker.publish('forced', modelledImage('25.0', { needsAccount: true }), {
      removes: ['parental times'],
      collects: ['devices', 'traffic volume'],
      needsAccount: true,
    });
    for (const each of [now, next, forced]) {
      await hub.ok('update', 'add', each.image);
      await verify(each);
    }
  });
  after(async () => {
    await router.close();
    hub.discard();
  });

  const verify = (image: Published): Promise<string> =>
    hub.ok(
      'update',
      'verify',
      image.sha256.slice(0, 12),
      '--sums',
      image.sums,
      '--signature',
      image.signature,
      '--about',
      image.about,
    );
  const plan = (image: Published): Promise<Told> => hub.json<Told>('update', 'plan', image.sha256.slice(0, 12));
  const agreeToAll = async (told: Told): Promise<void> => {
    for (const { sha256 } of told.update?.texts ?? []) await hub.ok('update', 'agree', sha256.slice(0, 12));
  };
  const release = (): string | undefined => router.release['version'];
  const due = (): void => {
    const path = hub.path('routers', 'router', 'update.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"deadlineMs": \d+/, '"deadlineMs": 1'));
  };

  it('works: Home: an update is shown with what it adds, removes and collects, installed only when agreed to, and one command goes back offline (modelled router)', async () => {
    const told = await plan(next);
    assert.equal(told.update?.texts.length, 1);
    assert.match(
      told.update?.texts[0]?.text ?? '',
      /It adds: a faster Wi-Fi\nIt removes: nothing\nIt newly collects: nothing\nIt needs an account: no\nOne can go back to OpenWrt 24\.10\.0/,
    );
    assert.equal((await hub.run('update', 'install')).code, 1);
    assert.equal(release(), '24.10.0');

    await agreeToAll(told);
    await hub.ok('update', 'install');
    assert.equal(release(), '24.10.1');
    assert.match(await hub.ok('update', 'confirm'), /Kept: OpenWrt 24\.10\.1/);
    await hub.ok('rollback');
    assert.equal(release(), '24.10.0');
    await hub.ok('watch', '--once');
    assert.equal((await hub.run('rollback')).code, 1);
  });

  it('that needs an account or takes something away wants a consent of its own', async () => {
    const told = await plan(forced);
    const [main, loss] = told.update?.texts ?? [];
    assert.match(main?.text ?? '', /It newly collects: devices; traffic volume\nIt needs an account: YES/);
    assert.match(
      loss?.text ?? '',
      /does not work any more without an account of its maker\.\nIt takes away: parental times/,
    );
    await hub.ok('update', 'agree', (main?.sha256 ?? '').slice(0, 12));
    assert.equal((await hub.run('update', 'install')).code, 1);
    assert.equal((await hub.run('update', 'agree', '0'.repeat(12))).code, 1);
    assert.equal(release(), '24.10.0');
    // A new plan begins anew: what was agreed to was about the other text.
    assert.equal((await plan(next)).update?.state, 'verified');
  });

  it('goes back when it is not confirmed in time', async () => {
    await agreeToAll(await plan(next));
    await hub.ok('update', 'install');
    await hub.ok('watch', '--once');
    due();
    await hub.ok('watch', '--once');
    assert.equal(release(), '24.10.0');
    assert.match(await hub.ok('watch', '--once'), /Back on OpenWrt 24\.10\.0/);
  });

  it('is refused when it was changed after it was verified, or its key is not trusted any more', async () => {
    await agreeToAll(await plan(next));
    const stored = hub.path('images', next.sha256, 'image');
    const bytes = readFileSync(stored);
    writeFileSync(stored, Buffer.concat([bytes, Buffer.from('x')]));
    assert.equal((await hub.run('update', 'install')).code, 7);
    writeFileSync(stored, bytes);
    await hub.ok('update', 'distrust', '0123456789abcdef');
    assert.equal((await hub.run('update', 'install')).code, 1);
    assert.equal((await hub.run('update', 'plan', next.sha256.slice(0, 12))).code, 1);
    assert.equal(release(), '24.10.0');
    await hub.ok('update', 'trust', hub.scratch.concat('/maker.pub'));
  });

  const steps: readonly (readonly [string, 'before' | 'after', string])[] = [
    ['upload', 'before', '24.10.0'],
    ['upload', 'after', '24.10.0'],
    ['file exec', 'before', '24.10.0'],
    ['file exec', 'after', '24.10.1'],
  ];
  for (const [call, moment, expected] of steps) {
    it(`killed ${moment} ${call}: it goes on or begins anew, and the router runs one image or the other`, async () => {
      await agreeToAll(await plan(next));
      let reached: () => void = () => undefined;
      const when = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const hook = (name: string): Promise<void> | undefined => {
        if (name !== call) return undefined;
        reached();
        return moment === 'before'
          ? new Promise((_resolve, reject) => setTimeout(() => reject(new Error('gone')), 300))
          : undefined;
      };
      if (moment === 'before') router.onCall = hook;
      else router.afterCall = hook;
      await hub.killed(when, 'update', 'install');
      await new Promise((resolve) => setTimeout(resolve, 400));
      router.onCall = () => undefined;
      router.afterCall = () => undefined;
      assert.equal(release(), expected);
      if (expected === '24.10.0') {
        if (call === 'file exec') due();
        await hub.ok('watch', '--once');
        await hub.ok('update', 'install');
      }
      assert.equal(release(), '24.10.1');
      assert.match(await hub.ok('update', 'confirm'), /Kept/);
      await hub.ok('rollback');
      await hub.ok('watch', '--once');
      assert.equal(release(), '24.10.0');
    });
  }
});
