// Without internet and without account: the whole suite of the home hub in a network namespace whose only way out is a
// tripwire, an interface that counts packets and passes nothing on. The control shows that one hidden look-up moves it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Hub } from './hub.ts';

const root = join(import.meta.dirname, '..', '..');
const isRoot = process.getuid?.() === 0;
const canUnshare =
  isRoot &&
  spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'trip0', 'type', 'veth', 'peer', 'name', 'trip1']).status === 0;
const skip = canUnshare ? false : 'wants root, and network namespaces with pairs of interfaces (veth)';

/** lan0 is the home network, where discovery asks; everything else goes to trip0. Neither leads anywhere. */
const prepare: string = [
  'ip link set lo up',
  'ip link add lan0 type veth peer name lan1',
  'ip link add trip0 type veth peer name trip1',
  // The kernel's own router solicitations are not the program's.
  'for each in lan0 lan1 trip0 trip1; do echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done',
  'ip addr add 192.168.1.2/24 dev lan0',
  'ip link set lan0 up',
  'ip link set lan1 up',
  'ip addr add 192.0.2.2/24 dev trip0',
  // Every packet goes out as it is, without a question for its neighbour before.
  'ip link set trip0 arp off',
  'ip link set trip0 up',
  'ip link set trip1 up',
  'ip route add 224.0.0.0/4 dev lan0',
  'ip route add default dev trip0',
].join('\n');

/** /sys shows the namespace that it was mounted in; this is the one of whoever reads. Field 11: packets sent. */
const counter = `awk '$1 == "trip0:" { print $11 }' /proc/net/dev`;

/** Runs a command in a namespace of its own; how many packets it sent towards the internet. */
function packetsOf(command: readonly string[]): {
  readonly packets: number;
  readonly status: number;
  readonly out: string;
} {
  const script = `set -e\n${prepare}\nbefore=$(${counter})\nset +e\n"$@" >&2\nstatus=$?\necho "$before $(${counter}) $status"`;
  const ran = spawnSync('unshare', ['-n', 'sh', '-c', script, 'sh', ...command], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    // Runs of the test runner inside a test would report to the outer one.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT')),
  });
  const [before, after, status] = ran.stdout.trim().split(' ').map(Number);
  assert.ok(before !== undefined && after !== undefined && status !== undefined, `${ran.stdout}${ran.stderr}`);
  return { packets: after - before, status, out: ran.stderr };
}

const node: readonly string[] = [process.execPath, '--disable-warning=ExperimentalWarning'];

describe('without internet', { skip }, () => {
  it('works: Home: every feature works in a network without any way out, and sends no packet towards it (modelled router)', () => {
    const files = readdirSync(join(root, 'test/home'))
      .filter((name) => name.endsWith('.test.ts') && name !== 'offline.test.ts')
      .map((name) => join('test/home', name));
    assert.ok(files.length >= 5);
    const { packets, status, out } = packetsOf([
      ...node,
      '--test',
      '--test-concurrency=2',
      '--test-timeout=600000',
      ...files,
    ]);
    assert.equal(status, 0, out.slice(-5000));
    assert.equal(packets, 0);
  });

  it('looks for routers on the home network only', () => {
    const hub = new Hub();
    const { packets, status, out } = packetsOf([...node, 'bin/coffre.mjs', 'home', 'discover', '--home', hub.folder]);
    assert.equal(status, 0, out);
    hub.discard();
    assert.match(out, /No OpenWrt router answered/);
    assert.equal(packets, 0);
  });

  it('control: one hidden look-up moves the counter', () => {
    const hidden = `
      const resolver = new (require('node:dns').Resolver)({ timeout: 200, tries: 1 });
      resolver.setServers(['192.0.2.53']);
      resolver.resolve4('telemetry.example', () => undefined);`;
    const { packets } = packetsOf([...node, '-e', hidden]);
    assert.ok(packets > 0);
  });
});
