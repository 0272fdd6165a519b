import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, it } from 'node:test';
import { askNeighbours, isHomeAddress } from './discover.ts';
import { type Guard, installGuard } from './guard.ts';

let guard: Guard;
before(() => {
  guard = installGuard(() => undefined);
});
after(() => guard.uninstall());

it('finds who answers by multicast DNS, and nobody else', async (t) => {
  const responder = createSocket({ type: 'udp4', reuseAddr: true });
  const asked: string[] = [];
  responder.on('message', (message, { address, port }) => {
    asked.push(message.toString('latin1'));
    const answer = Uint8Array.from(message);
    answer.set([0x84, 0, 0, 0, 0, 1], 2);
    // A socket of its own: the guard of this process stops every other datagram.
    void guard.during({ kind: 'datagram', host: address, port }, async () => responder.send(answer, port, address));
  });
  await new Promise<void>((resolve, reject) => {
    responder.once('error', reject);
    responder.bind(5353, '0.0.0.0', resolve);
  });
  responder.addMembership('224.0.0.251', '127.0.0.1');
  const found = await askNeighbours(guard, { waitMs: 500, from: '127.0.0.1' });
  responder.close();
  if (asked.length === 0) return t.skip('multicast does not come back on the loopback interface of this machine');
  assert.deepEqual(found, ['127.0.0.1']);
  assert.ok(asked[0]?.includes('\x05_http\x04_tcp\x05local\0'));
});

it('finds nobody where nobody answers', async () => {
  assert.deepEqual(await askNeighbours(guard, { waitMs: 50, from: '127.0.0.1' }), []);
});

it('knows which addresses the internet does not have', () => {
  for (const home of [
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '172.31.255.1',
    '169.254.1.1',
    '127.0.0.1',
    'fd00::1',
    'fe80::1',
    '::1',
  ])
    assert.equal(isHomeAddress(home), true, home);
  for (const other of ['8.8.8.8', '172.32.0.1', '11.0.0.1', '2001:db8::1', 'localhost', '', '192.168.1'])
    assert.equal(isHomeAddress(other), false, other);
});
