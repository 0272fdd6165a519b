import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { it } from 'node:test';
import { parseBucketAddress } from '#store/places/bucket-address.ts';
import { ErasableS3Place } from '#store/places/erasable-s3.ts';
import {
  bytesOf,
  contentOf,
  type ErasablePlaceUnderTest,
  erasablePlaceContract,
  namesIn,
  placeContract,
} from '#store/places/place.contract.ts';
import { S3Client } from '#store/places/s3-client.ts';
import { readS3Credentials } from '#store/places/s3-credentials.ts';
import { checkLock, type LockSettings } from '#store/places/s3-lock.ts';
import { S3Place, type S3PlaceParts } from '#store/places/s3-place.ts';
import { type CephLab, cephVariable } from './ceph.ts';
import type { CephUser } from './ceph-cluster.ts';

const lab = JSON.parse(process.env[cephVariable] ?? 'null') as CephLab | null;
assert.ok(lab !== null, 'run this as: node test/lab/run.ts ceph');

/** Between the place and the gateway, so that a test can cut the way; both see the same address. */
class Way {
  readonly #sockets: Set<Socket> = new Set();
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  async open(gatewayPort: number): Promise<void> {
    const server = createServer((client) => {
      const gateway = connect(gatewayPort, '127.0.0.1');
      for (const socket of [client, gateway]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          gateway.destroy();
        });
      }
      client.pipe(gateway).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    this.#port = address.port;
    this.#server = server.unref();
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function partsOf(user: CephUser, address: string, lock?: LockSettings): Promise<S3PlaceParts> {
  const clock = { nowMs: () => Date.now() };
  const client = new S3Client({
    address: parseBucketAddress(address),
    region: 'default',
    credentials: await readS3Credentials(undefined, {
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
    }),
    clock,
    retryDelaysMs: [100, 300, 1000],
  });
  return { client, clock, lock };
}

let prefixes = 0;

/** Each in a folder of the bucket of its own. */
async function make(bucket: string, lock?: LockSettings): Promise<ErasablePlaceUnderTest> {
  assert.ok(lab !== null);
  const way = new Way();
  await way.open(lab.port);
  const address = `s3://127.0.0.1:${way.port}/${bucket}/test-${process.pid}-${++prefixes}`;
  return {
    place: new S3Place(await partsOf(lab.server, address, lock)),
    erasable: new ErasableS3Place(await partsOf(lab.reaper, address, lock)),
    restart: async () => new S3Place(await partsOf(lab.server, address, lock)),
    interrupt: async () => {
      await way.cut();
      return () => way.open(lab.port);
    },
  };
}

const shortLock: LockSettings = { mode: 'COMPLIANCE', retentionMs: 3_600_000 };
const gateway = (bucket: string): string => `s3://127.0.0.1:${lab.port}/${bucket}`;

placeContract('Ceph, plain bucket, three storage daemons', () => make(lab.plainBucket));

it('loses nothing that it acknowledged when a storage daemon is killed in the middle', async () => {
  const place = new S3Place(await partsOf(lab.server, `${gateway(lab.plainBucket)}/killed`));
  const count = 300;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      if (at === 100) process.kill(lab.storagePid, 'SIGKILL');
      await place.put(`chunks/${at}`, bytesOf(200_000, at));
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  assert.equal((await namesIn(place)).length, count);
  for (let at = 0; at < count; at++) {
    assert.ok(Buffer.from(bytesOf(200_000, at)).equals(await contentOf(place, `chunks/${at}`)), `object ${at}`);
  }
});

placeContract('Ceph, object lock, two storage daemons', () => make(lab.lockingBucket, shortLock));
erasablePlaceContract('Ceph, plain bucket', () => make(lab.plainBucket));
erasablePlaceContract('Ceph, bucket with versions, nothing locked', () => make(lab.lockingBucket));

it('keeps what is locked, extends it, and says until when', async () => {
  const { place, erasable } = await make(lab.lockingBucket, shortLock);
  const before = Date.now();
  await place.put('a', bytesOf(10));
  const kept = (await place.lock?.keptUntilMs('a')) ?? 0;
  assert.ok(kept >= before + shortLock.retentionMs - 1000 && kept <= Date.now() + shortLock.retentionMs);
  assert.deepEqual(await erasable.remove('a'), { kind: 'held', untilMs: kept });
  assert.equal(await place.lock?.extend('a', kept + 60_000), true);
  assert.equal(await place.lock?.keptUntilMs('a'), kept + 60_000);
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(10));
});

it('enforces its lock, as the probe finds; the credentials of the server may delete nothing', async () => {
  const verdict = async (user: CephUser, bucket: string): Promise<string> =>
    await checkLock((await partsOf(user, gateway(bucket))).client, 'COMPLIANCE', Date.now());
  assert.equal(await verdict(lab.reaper, lab.lockingBucket), 'enforced');
  assert.equal(await verdict(lab.server, lab.lockingBucket), 'cannot-tell');
  assert.equal(await verdict(lab.reaper, lab.plainBucket), 'not-offered');
  const place = new ErasableS3Place(await partsOf(lab.server, `${gateway(lab.plainBucket)}/kept`));
  await place.put('a', bytesOf(10));
  await assert.rejects(place.remove('a'));
  assert.equal(await place.size('a'), 10);
});
