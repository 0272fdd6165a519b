// A copy in a bucket, with the real program and a small S3 server.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { chunksPrefix, markerName } from '#format/copy-names.ts';
import { openPlace } from '#store/places/open-place.ts';
import { assertCopyIsComplete } from '../copies/compare-copy.ts';
import { S3Server } from '../support/s3-server.ts';
import { aliceIn, CliWorld, noise } from './cli-world.ts';

const world = new CliWorld();
const alice = aliceIn(world);
const bucket = new S3Server({ locking: true });
const vain = new S3Server({ locking: true, locksInVain: true });

before(async () => {
  await Promise.all([bucket.start(), vain.start()]);
  await alice.make();
  for (const [at, size] of [1, 70_000, 5_000_000].entries()) world.write(`file-${at}`, noise(size, at));
  await world.ok(['put', 'file-0', 'file-1', 'file-2', 'alice:/', ...alice.proof]);
});

after(async () => {
  await Promise.all([bucket.stop(), vain.stop()]);
  world.remove();
});

function credentialsOf(server: S3Server, who: 'server' | 'reaper'): { readonly file: string; readonly secret: string } {
  const environment = server.environment(who);
  const secret = environment['AWS_SECRET_ACCESS_KEY'] ?? assert.fail();
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'] ?? assert.fail();
  const file = world.write(`credentials-${who}`, JSON.stringify({ accessKeyId, secretAccessKey: secret }));
  chmodSync(file, 0o600);
  return { file, secret };
}

it('works: Copies: a bucket is a copy like a folder, with object lock where it is kept, and what opens it is never shown', async () => {
  const { file, secret } = credentialsOf(bucket, 'server');
  const options = ['--credentials-file', file, '--region', bucket.region, '--country', 'DE'];
  const added = await world.ok([
    'copy',
    'add',
    bucket.address(),
    ...options,
    '--lock',
    'compliance',
    '--lock-days',
    '31',
  ]);
  assert.match(added.out, /is whole/);
  const shown = await Promise.all([
    world.ok(['copy', 'list', '--json']),
    world.ok(['copy', 'status', '--json']),
    world.ok(['copy', 'status']),
  ]);
  for (const { out, err } of [added, ...shown]) assert.ok(!`${out}${err}`.includes(secret));
  const status = JSON.parse(shown[1].out) as {
    readonly copies: readonly { readonly state: string }[];
    readonly counting: number;
  };
  assert.deepEqual([status.copies[0]?.state, status.counting], ['whole', 1]);
  assert.ok(bucket.objects.has(markerName));
  assert.ok([...bucket.objects.keys()].some((key) => key.startsWith(chunksPrefix)));
  for (const [key, [newest]] of bucket.objects)
    if (key !== 'probe/lock') assert.equal(newest?.lock?.mode, 'COMPLIANCE', key);

  const settings = { address: bucket.address(), region: bucket.region, credentialsFile: file };
  const place = await openPlace(settings, { clock: { nowMs: () => Date.now() }, environment: {} });
  assert.equal(await assertCopyIsComplete(world.path('data'), place), 4);
});

it('works: Copies: a bucket is verified, repaired and drilled by its address or label, with what the instance knows of it', async () => {
  const [key = ''] = [...bucket.objects.keys()].filter((each) => each.startsWith(chunksPrefix));
  const settings = {
    address: bucket.address(),
    region: bucket.region,
    credentialsFile: credentialsOf(bucket, 'server').file,
  };
  const place = await openPlace(settings, { clock: { nowMs: () => Date.now() }, environment: {} });
  await place.put(key, new Uint8Array(100).fill(7));
  const found = await world.run(['copy', 'verify', bucket.address()]);
  assert.equal(found.code, 7, found.err);
  assert.ok(found.err.includes(key));
  const [{ label = '' } = {}] = await world.json<readonly { readonly label: string }[]>(['copy', 'list']);
  await world.ok(['copy', 'verify', label, '--repair']);
  assert.match((await world.ok(['copy', 'verify', bucket.address()])).out, /No damage was found/);
  assert.match((await world.ok(['copy', 'drill', label])).out, /read and hashed/);
  const { secret } = credentialsOf(bucket, 'server');
  const status = await world.ok(['copy', 'status', '--json']);
  assert.ok(!status.out.includes(secret));
  const { copies } = JSON.parse(status.out) as {
    readonly copies: readonly { readonly proof: { readonly provenMs: number | null } }[];
  };
  assert.ok((copies[0]?.proof.provenMs ?? 0) > 0);
});

it('refuses a bucket whose locks hold nothing, and credentials that others can read', async () => {
  const { file } = credentialsOf(vain, 'reaper');
  const options = ['--credentials-file', file, '--region', vain.region];
  const refused = await world.run(['copy', 'add', vain.address(), ...options, '--lock', 'compliance']);
  assert.equal(refused.code, 1);
  assert.ok(!vain.objects.has(markerName));
  chmodSync(file, 0o644);
  assert.equal((await world.run(['copy', 'add', vain.address(), ...options])).code, 2);
});
