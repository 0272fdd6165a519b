import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { noBytes } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { isFault } from '#base/fault.ts';
import { S3Server, type S3ServerOptions } from '../../../test/support/s3-server.ts';
import { parseBucketAddress } from './bucket-address.ts';
import { ErasableS3Place } from './erasable-s3.ts';
import {
  bytesOf,
  contentOf,
  type ErasablePlaceUnderTest,
  erasablePlaceContract,
  namesIn,
  placeContract,
} from './place.contract.ts';
import { S3Client } from './s3-client.ts';
import { readS3Credentials } from './s3-credentials.ts';
import { checkLock, type LockSettings } from './s3-lock.ts';
import { S3Place, type S3PlaceParts } from './s3-place.ts';

const dayMs = 86_400_000;
const lock: LockSettings = { mode: 'COMPLIANCE', retentionMs: 30 * dayMs };

/** Moves as a test says; the server goes by it too. */
class TestClock implements Clock {
  ms: number = Date.UTC(2026, 0, 1);
  nowMs(): number {
    return this.ms;
  }
}

const servers: S3Server[] = [];
after(() => Promise.all(servers.map((server) => server.stop())));

interface World {
  readonly server: S3Server;
  readonly clock: TestClock;
  parts(who: 'server' | 'reaper', settings?: LockSettings, prefix?: string): Promise<S3PlaceParts>;
}

async function world(options: S3ServerOptions = {}, timeoutMs = 20_000): Promise<World> {
  const clock = new TestClock();
  const server = new S3Server({ ...options, nowMs: () => clock.ms });
  servers.push(server);
  await server.start();
  const parts: World['parts'] = async (who, settings, prefix) => {
    const client = new S3Client({
      address: parseBucketAddress(server.address(prefix)),
      region: server.region,
      credentials: await readS3Credentials(undefined, server.environment(who)),
      clock,
      retryDelaysMs: [1, 2, 3],
      timeoutMs,
    });
    return { client, clock, lock: settings };
  };
  return { server, clock, parts };
}

const make = (options: S3ServerOptions, settings?: LockSettings, prefix?: string) => {
  return async (): Promise<ErasablePlaceUnderTest> => {
    const { server, parts } = await world(options);
    return {
      place: new S3Place(await parts('server', settings, prefix)),
      erasable: new ErasableS3Place(await parts('reaper', settings, prefix)),
      restart: async () => new S3Place(await parts('server', settings, prefix)),
      interrupt: async () => {
        await server.stop();
        return () => server.start();
      },
    };
  };
};

placeContract('bucket', make({}));
placeContract('bucket with object lock, below a prefix', make({ locking: true }, lock, '/below/a b'));
placeContract('bucket whose ETag is no MD5', make({ foreignTags: true }));
erasablePlaceContract('bucket', make({}));
erasablePlaceContract('bucket with versions, nothing locked', make({ locking: true }, undefined, '/below'));

it('tries again when the bucket is slow, fails, or breaks the connection, before or after it did what was asked', async () => {
  const { server, parts } = await world({}, 500);
  const place = new S3Place(await parts('server'));
  for (const fault of ['slow-down', 'internal', 'reset-before', 'reset-after', 'silent'] as const) {
    let left = 2;
    server.faults = () => (left-- > 0 ? fault : undefined);
    await place.put(`f/${fault}`, bytesOf(3000));
    left = 2;
    assert.deepEqual(await contentOf(place, `f/${fault}`), bytesOf(3000), fault);
    left = 2;
    assert.equal(await place.size(`f/${fault}`), 3000);
    left = 2;
    assert.ok((await namesIn(place, 'f/')).includes(`f/${fault}`));
  }
  let left = 2;
  server.faults = () => (left-- > 0 ? 'truncated' : undefined);
  assert.deepEqual(await contentOf(place, 'f/silent'), bytesOf(3000), 'half an answer is no answer');
});

it('gives up after a bounded time and says that nothing was lost', async () => {
  const { server, parts } = await world({}, 500);
  const place = new S3Place(await parts('server'));
  for (const fault of ['slow-down', 'silent', 'reset-after'] as const) {
    server.faults = () => fault;
    server.requests.length = 0;
    await assert.rejects(
      place.put('a', bytesOf(10)),
      (error) => isFault(error, 'unavailable') && error.message.includes('lost'),
    );
    assert.equal(server.requests.length, 4, 'one try, and three more');
  }
  server.faults = () => undefined;
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(10), 'the put whose answer was lost was kept');
  await place.put('a', bytesOf(10));
  assert.deepEqual(await namesIn(place), ['a']);
});

it('finds out that the bucket keeps other bytes than it was sent', async () => {
  const { server, parts } = await world();
  const place = new S3Place(await parts('server'));
  server.faults = (method) => (method === 'PUT' ? 'damaged' : undefined);
  await assert.rejects(place.put('a', bytesOf(10)), (error) => isFault(error, 'damaged'));
  server.faults = () => undefined;
  await place.put('a', bytesOf(10));
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(10));
});

it('is full, and goes on reading', async () => {
  const { server, parts } = await world();
  const place = new S3Place(await parts('server'));
  server.capacityBytes = 100;
  await place.put('a', bytesOf(90));
  await assert.rejects(place.put('b', bytesOf(90)), (error) => isFault(error, 'disk-full'));
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(90));
});

it('says what is wrong with credentials, clock, region and bucket, and tries none of it again', async () => {
  const { server, clock, parts } = await world();
  const { client } = await parts('server');
  const { address } = client;
  const good = await readS3Credentials(undefined, server.environment('server'));
  const other = await readS3Credentials(undefined, { AWS_ACCESS_KEY_ID: 'SERVER', AWS_SECRET_ACCESS_KEY: 'wrong' });
  const cases: [Partial<ConstructorParameters<typeof S3Client>[0]>, RegExp][] = [
    [{ credentials: other }, /SignatureDoesNotMatch.*secret/],
    [{ credentials: { ...good, accessKeyId: 'NOBODY' } }, /InvalidAccessKeyId/],
    [{ clock: { nowMs: () => clock.ms + dayMs } }, /clock/],
    [{ region: 'elsewhere' }, /region/],
    [{ address: { ...address, bucket: 'another' } }, /no such bucket/],
  ];
  for (const [change, message] of cases) {
    const options = { address, region: server.region, credentials: good, clock, ...change };
    const place = new S3Place({ client: new S3Client(options), clock });
    server.requests.length = 0;
    for (const call of [() => place.put('a', noBytes), () => place.get('a'), () => namesIn(place)]) {
      await assert.rejects(call(), (error) => isFault(error, 'io') && message.test(error.message), String(message));
    }
    assert.equal(server.requests.length, 3);
  }
});

it('keeps buckets of two copies apart by their prefix', async () => {
  const { server, parts } = await world();
  const one = new S3Place(await parts('server', undefined, '/one'));
  const two = new S3Place(await parts('server', undefined, '/on'));
  await one.put('a', bytesOf(1));
  await two.put('b', bytesOf(2));
  assert.deepEqual([await namesIn(one), await namesIn(two)], [['a'], ['b']]);
  assert.deepEqual([...server.objects.keys()], ['one/a', 'on/b']);
});

it('the credentials of the server cannot remove, whatever is asked for', async () => {
  const { server, parts } = await world();
  const place = new ErasableS3Place(await parts('server'));
  await place.put('a', bytesOf(1));
  await assert.rejects(place.remove('a'), (error) => isFault(error, 'io') && error.message.includes('AccessDenied'));
  assert.equal(server.objects.has('a'), true);
});

it('locks each object for the time that was set, and for longer while it lives', async () => {
  const { clock, parts } = await world({ locking: true });
  const place = new ErasableS3Place(await parts('reaper', lock));
  await place.put('a', bytesOf(10));
  const first = clock.ms + lock.retentionMs;
  assert.equal(await place.lock?.offered(), true);
  assert.equal(await place.lock?.keptUntilMs('a'), first);
  assert.deepEqual(await place.remove('a'), { kind: 'held', untilMs: first });
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(10));

  clock.ms += 20 * dayMs;
  assert.equal(await place.lock?.extend('a', clock.ms + lock.retentionMs), true);
  assert.equal(await place.lock?.extend('a', first), true, 'it is never shortened');
  assert.equal(await place.lock?.keptUntilMs('a'), clock.ms + lock.retentionMs);
  assert.equal(await place.lock?.extend('nothing', clock.ms), false);
  assert.equal(await place.lock?.keptUntilMs('nothing'), null);

  clock.ms = first + 1;
  assert.equal((await place.remove('a')).kind, 'held');
  clock.ms += 20 * dayMs;
  assert.deepEqual(await place.remove('a'), { kind: 'removed' });
  assert.equal(await place.get('a'), null);
});

it('removes every version that is not locked, and says until when the others are', async () => {
  const { server, clock, parts } = await world({ locking: true });
  const place = new ErasableS3Place(await parts('reaper'));
  const locking = new S3Place(await parts('server', lock));
  for (let at = 0; at < 130; at++) await place.put('a', bytesOf(10, at));
  await place.put('ab', bytesOf(1));
  await locking.put('a', bytesOf(10, 2));
  clock.ms += dayMs;
  await locking.put('a', bytesOf(10, 3));
  assert.deepEqual(await place.remove('a'), { kind: 'held', untilMs: clock.ms + lock.retentionMs });
  assert.equal(server.objects.get('a')?.length, 2, 'more than a page of versions');
  assert.equal(server.objects.get('ab')?.length, 1);
});

it('uses no lock where the bucket offers none', async () => {
  const { parts } = await world();
  const place = new ErasableS3Place(await parts('reaper', lock));
  await place.put('a', bytesOf(10));
  assert.equal(await place.lock?.offered(), false);
  assert.deepEqual(await place.remove('a'), { kind: 'removed' });
});

it('finds out whether a lock is enforced, by trying to delete', async () => {
  const verdict = async (options: S3ServerOptions, who: 'server' | 'reaper'): Promise<string> => {
    const { clock, parts } = await world(options);
    return await checkLock((await parts(who)).client, 'COMPLIANCE', clock.ms);
  };
  assert.equal(await verdict({ locking: true }, 'reaper'), 'enforced');
  assert.equal(await verdict({ locking: true, locksInVain: true }, 'reaper'), 'not-enforced');
  assert.equal(await verdict({ locking: true }, 'server'), 'cannot-tell');
  assert.equal(await verdict({}, 'reaper'), 'not-offered');
});
