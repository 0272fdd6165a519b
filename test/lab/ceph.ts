// The contract suite of places against the S3 gateway of a real Ceph cluster, with a storage daemon ended in the middle.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AwsClient } from 'aws4fetch';
import { CephCluster, type CephUser } from './ceph-cluster.ts';

/** What ceph.test.ts is told, as JSON in this variable. */
export const cephVariable = 'COFFRE_LAB_CEPH';

export interface CephLab {
  readonly port: number;
  readonly server: CephUser;
  readonly reaper: CephUser;
  /** Of a storage daemon that the test may end. */
  readonly storagePid: number;
  readonly plainBucket: string;
  readonly lockingBucket: string;
}

const region = 'default';

/** As docs/operating.md has them. */
const bucketActions = ['s3:ListBucket', 's3:GetBucketObjectLockConfiguration'];
const objectActions = ['s3:GetObject', 's3:PutObject', 's3:GetObjectRetention', 's3:PutObjectRetention'];
const reaperBucketActions = ['s3:ListBucketVersions'];
const reaperObjectActions = ['s3:GetObjectVersion', 's3:DeleteObject', 's3:DeleteObjectVersion'];

export async function cephRun(report: (line: string) => void): Promise<{ readonly passed: number }> {
  const cluster = new CephCluster();
  try {
    await cluster.start(report);
    const [owner, server, reaper] = ['owner', 'server', 'reaper'].map((name) => cluster.addUser(name));
    assert.ok(owner !== undefined && server !== undefined && reaper !== undefined);
    const lab: CephLab = {
      port: cluster.gatewayPort,
      server,
      reaper,
      storagePid: cluster.storagePid(2),
      plainBucket: 'plain-copies',
      lockingBucket: 'locked-copies',
    };
    await makeBucket(lab, owner, lab.plainBucket, {});
    await makeBucket(lab, owner, lab.lockingBucket, { 'x-amz-bucket-object-lock-enabled': 'true' });
    const passed = await suite(lab, report);
    report(cluster.storageUp());
    return { passed };
  } finally {
    await cluster.stop();
  }
}

/** The bucket belongs to somebody else; the server and the reaper may do what their policies say. */
async function makeBucket(
  lab: CephLab,
  owner: CephUser,
  bucket: string,
  headers: Record<string, string>,
): Promise<void> {
  const client = new AwsClient({ ...owner, service: 's3', region, retries: 5 });
  const address = `http://127.0.0.1:${lab.port}/${bucket}`;
  const made = await client.fetch(address, { method: 'PUT', headers });
  assert.equal(made.status, 200, await made.text());
  const allow = (users: readonly CephUser[], actions: readonly string[], resource: string): unknown => ({
    Effect: 'Allow',
    Principal: { AWS: users.map(({ name }) => `arn:aws:iam:::user/${name}`) },
    Action: actions,
    Resource: `arn:aws:s3:::${bucket}${resource}`,
  });
  const both = [lab.server, lab.reaper];
  const policy = {
    Version: '2012-10-17',
    Statement: [
      allow(both, bucketActions, ''),
      allow(both, objectActions, '/*'),
      allow([lab.reaper], reaperBucketActions, ''),
      allow([lab.reaper], reaperObjectActions, '/*'),
    ],
  };
  const set = await client.fetch(`${address}?policy`, { method: 'PUT', body: JSON.stringify(policy) });
  assert.ok(set.ok, await set.text());
}

async function suite(lab: CephLab, report: (line: string) => void): Promise<number> {
  const file = join(import.meta.dirname, 'ceph.test.ts');
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', '--test-timeout=600000', file], {
    env: { ...process.env, [cephVariable]: JSON.stringify(lab) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let passed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.trim() !== '') report(line);
    passed = Number(/^ℹ pass (\d+)/.exec(line)?.[1] ?? passed);
  }
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0, 'every test passes');
  return passed;
}
