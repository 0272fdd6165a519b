// 2012: an automatic update forced owners of home routers into a cloud account, and who refused lost functions.
//
//   npm run demo:connectcloud
//
// An update arrives that needs an account, tells its maker state, devices, applications, traffic volume, history and errors, and
// takes parental times away. It is refused unless its owner agrees to that in so many words; everything goes on working. Another
// update is chosen, disliked, and taken back with one command. Control: a naive updater, which installs the newest it finds.
// The router is modelled (test/home/model/router.ts).
import { readFileSync } from 'node:fs';
import { adoptedModel, type Hub } from '../test/home/hub.ts';
import { ModelledRouter, modelledImage } from '../test/home/model/router.ts';
import { Maker, type Published } from '../test/home/signed-images.ts';
import { Stage } from './stage.ts';

const forced = {
  needsAccount: true,
  sends: ['state', 'devices', 'applications', 'traffic volume', 'history', 'errors'],
  hides: ['parental times'],
};

interface Told {
  readonly update?: { readonly texts: readonly { readonly sha256: string; readonly text: string }[] };
}

const stage = new Stage();
const { hub, router } = await adoptedModel();
try {
  await act(hub, router);
} finally {
  await router.close();
  hub.discard();
}
stage.end();

async function act(home: Hub, at: ModelledRouter): Promise<void> {
  const maker = new Maker(home.scratch);
  await home.ok('update', 'trust', maker.publicKey());
  const now = maker.publish('now', modelledImage('24.10.0'), {});
  const cloud = maker.publish('cloud', modelledImage('25.0', forced), {
    adds: ['a page in the cloud'],
    removes: ['parental times'],
    collects: forced.sends,
    needsAccount: true,
  });
  const liked = maker.publish('liked', modelledImage('24.10.1'), { adds: ['a faster Wi-Fi'] });
  for (const each of [now, cloud, liked]) await store(home, each);

  stage.say('An update arrives that needs an account. It is stored, verified, and looked at again and again:');
  await home.ok('watch', '--once');
  const told = await plan(home, cloud);
  for (const { text } of told.update?.texts ?? [])
    for (const line of text.trimEnd().split('\n')) stage.say(`    ${line}`);
  await home.ok('update', 'agree', (told.update?.texts[0]?.sha256 ?? '').slice(0, 12));
  const refused = await home.run('update', 'install');
  stage.check(
    'its owner agreed to the rest, and not to the account: it is not installed',
    refused.code === 1 && isOn(at, '24.10.0'),
  );
  stage.check('nothing was told to its maker', (at.running.sends ?? []).length === 0);
  stage.check('every function works: Wi-Fi, guests, times, forwards, reservations', await everythingWorks(home));

  stage.say('Its owner chooses another one, and dislikes it:');
  for (const { sha256 } of (await plan(home, liked)).update?.texts ?? [])
    await home.ok('update', 'agree', sha256.slice(0, 12));
  await home.ok('update', 'install');
  await home.ok('update', 'confirm');
  stage.check('it runs', isOn(at, '24.10.1'));
  await home.ok('rollback');
  stage.check('one command, and the image before runs again', isOn(at, '24.10.0'));
  stage.check('every function works', await everythingWorks(home));
  const ledger = JSON.parse(await home.ok('egress', 'log', '--json')) as readonly unknown[];
  stage.check(`${ledger.length} lines in the ledger: nothing left the home, and nothing tried to`, ledger.length === 0);

  stage.say('Control: a naive updater, which installs the newest it finds:');
  const other = new ModelledRouter();
  const newest = [liked, cloud].map(({ image }) => readFileSync(image)).at(-1);
  if (newest !== undefined) other.flash(newest);
  stage.check(
    `the router needs an account, tells ${other.running.sends?.join(', ')}, and has no ${other.running.hides?.join(', ')} any more`,
    other.running.needsAccount === true && other.running.sends?.length === 6 && other.running.hides?.length === 1,
  );
}

function isOn(at: ModelledRouter, version: string): boolean {
  return at.release['version'] === version;
}

async function store(home: Hub, { image, sha256, sums, signature, about }: Published): Promise<void> {
  await home.ok('update', 'add', image);
  await home.ok('update', 'verify', sha256, '--sums', sums, '--signature', signature, '--about', about);
}

async function plan(home: Hub, { sha256 }: Published): Promise<Told> {
  return await home.json<Told>('update', 'plan', sha256);
}

/** Each is set, kept, and taken away again. */
async function everythingWorks(home: Hub): Promise<boolean> {
  const key = `key-from=${home.file('key', 'a password for guests\n')}`;
  const wishes: readonly (readonly [on: readonly string[], off: readonly string[]])[] = [
    [
      ['wifi', 'default_radio0', 'ssid=Ours'],
      ['wifi', 'default_radio0', 'ssid=Home'],
    ],
    [
      ['guest', 'ssid=Guests', key],
      ['guest', 'enabled=no'],
    ],
    [
      ['times', '02:00:00:00:01:01', 'from=22:00', 'to=07:00'],
      ['times', '02:00:00:00:01:01', 'enabled=no'],
    ],
    [
      ['forward', 'web', 'port=8080', 'to=192.168.1.10:80'],
      ['forward', 'web', 'enabled=no'],
    ],
    [
      ['reserve', '02:00:00:00:01:01', 'address=192.168.1.20'],
      ['reserve', '02:00:00:00:01:01', 'enabled=no'],
    ],
  ];
  for (const wish of wishes.flat()) {
    if ((await home.run('set', ...wish)).code !== 0 || (await home.run('confirm')).code !== 0) return false;
  }
  return (await home.run('status')).code === 0 && (await home.run('devices')).code === 0;
}
