import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { S3Server } from '../../../test/support/s3-server.ts';
import { parseBucketAddress } from './bucket-address.ts';
import { openErasablePlace } from './erasable-open.ts';
import { checkLockOf, openPlace, type PlaceWorld } from './open-place.ts';
import { bytesOf, contentOf } from './place.contract.ts';
import { readS3Credentials } from './s3-credentials.ts';

const scratch = mkdtempSync(join(tmpdir(), 'open-place-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const worldWith = (environment: PlaceWorld['environment']): PlaceWorld => ({
  clock: { nowMs: () => Date.now() },
  environment,
});

it('opens a folder or a bucket by its address', async (t) => {
  const server = new S3Server({ locking: true });
  await server.start();
  t.after(() => server.stop());
  const bucket = { address: server.address('/copy'), region: server.region };
  for (const settings of [{ address: scratch }, bucket]) {
    const place = await openPlace(settings, worldWith(server.environment('server')));
    const reaper = await openErasablePlace(settings, worldWith(server.environment('reaper')));
    assert.equal(place.title, settings.address);
    await place.put('a', bytesOf(10));
    assert.deepEqual(await contentOf(reaper, 'a'), bytesOf(10));
    assert.deepEqual(await reaper.remove('a'), { kind: 'removed' });
  }
  assert.equal(await checkLockOf({ address: scratch }, worldWith({})), 'not-offered');
  assert.equal(await checkLockOf(bucket, worldWith(server.environment('reaper'))), 'enforced');
});

it('takes addresses of buckets that are https, or on loopback', () => {
  const parsed = parseBucketAddress('s3://S3.example.org:8443/my-bucket/some/folder/');
  assert.deepEqual(
    [parsed.origin, parsed.host, parsed.bucket, parsed.prefix],
    ['https://s3.example.org:8443', 's3.example.org', 'my-bucket', 'some/folder/'],
  );
  assert.equal(parseBucketAddress('s3://127.0.0.1:9000/bucket').origin, 'http://127.0.0.1:9000');
  assert.equal(parseBucketAddress('s3://[::1]:9000/bucket').origin, 'http://[::1]:9000');
  assert.equal(parseBucketAddress('s3://127.0.0.1.example.org/bucket').origin, 'https://127.0.0.1.example.org');
  const wrong = [
    's3://',
    's3://host',
    's3://host/',
    's3:///bucket',
    's3://host/b',
    's3://host/-bucket-',
    's3://a b/bucket',
  ];
  const odd = ['s3://me:secret@host/bucket', 's3://host/bucket//x', 's3://host/bucket/../x', 's3://host:99999/bucket'];
  for (const text of [...wrong, ...odd, 's3://host/bucket?x=y', 'https://host/bucket']) {
    assert.throws(
      () => parseBucketAddress(text),
      (error) => isFault(error, 'bad-config'),
      text,
    );
  }
});

it('reads credentials from a file that nobody else can read, and never repeats them', async () => {
  const file = join(scratch, 'credentials.json');
  const refused = async (text: string, mode: number): Promise<void> => {
    writeFileSync(file, text);
    chmodSync(file, mode);
    await assert.rejects(readS3Credentials(file, {}), (error) => {
      return isFault(error, 'bad-config') && !error.message.includes('hush') && error.message.includes(file);
    });
  };
  await refused('{"accessKeyId": "A", "secretAccessKey": "hush"}', 0o644);
  await refused('{"accessKeyId": "A", "secretAccessKey": hush}', 0o600);
  await refused('{"secretAccessKey": "hush"}', 0o600);
  await refused('{"accessKeyId": "A", "secretAccessKey": "hush", "more": "hush"}', 0o600);
  writeFileSync(file, '{"accessKeyId": "A", "secretAccessKey": "hush", "sessionToken": "t"}');
  const found = await readS3Credentials(file, { AWS_ACCESS_KEY_ID: 'B', AWS_SECRET_ACCESS_KEY: 'b' });
  assert.equal(found.accessKeyId, 'A');
  assert.equal(Buffer.from(found.secretAccessKey.expose()).toString(), 'hush');
  assert.ok(!JSON.stringify(found).includes('hush'));
  await assert.rejects(readS3Credentials(undefined, {}), (error) => isFault(error, 'bad-config'));
  await assert.rejects(readS3Credentials(join(scratch, 'none'), {}), (error) => isFault(error, 'bad-config'));
});
