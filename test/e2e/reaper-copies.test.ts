// The reaper on the copies that an instance has: a folder, and a bucket whose object lock outlives the window.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { chunkName, chunksPrefix } from '#format/copy-names.ts';
import { dayMs, daysAhead, letRun } from '../support/later.ts';
import { S3Server } from '../support/s3-server.ts';
import { CliWorld } from './cli-world.ts';

const world = new CliWorld();
const own = ['--password-file', world.write('password', 'correct horse battery\n')];
let aheadMs = 0;
const bucket = new S3Server({ locking: true, nowMs: () => Date.now() + aheadMs });
const folder = world.path('copy');
const lockDays = 45;

before(async () => {
  await bucket.start();
  mkdirSync(folder);
  await world.ok(['account', 'create', 'alice', ...own, '--kit-file', world.path('kit.txt')]);
});
after(async () => {
  await bucket.stop();
  world.remove();
});

function credentials(who: 'server' | 'reaper'): string {
  const environment = bucket.environment(who);
  const [accessKeyId, secretAccessKey] = [environment['AWS_ACCESS_KEY_ID'], environment['AWS_SECRET_ACCESS_KEY']];
  const file = world.write(`credentials-${who}`, JSON.stringify({ accessKeyId, secretAccessKey }));
  chmodSync(file, 0o600);
  return file;
}

/** Adds the copies, or takes them up again: either way they are whole then. */
async function follow(): Promise<void> {
  await world.ok(['copy', 'add', folder, '--label', 'disk']);
  const lock = ['--lock', 'compliance', '--lock-days', String(lockDays)];
  const opens = ['--credentials-file', credentials('server'), '--region', bucket.region];
  await world.ok(['copy', 'add', bucket.address(), '--label', 'far', ...opens, ...lock]);
}

function chunksIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

const inBucket = (): readonly string[] =>
  [...bucket.objects.keys()]
    .filter((key) => key.startsWith(chunksPrefix))
    .map((key) => key.slice(key.lastIndexOf('/') + 1))
    .sort();

interface Report {
  readonly done: readonly { readonly erased: number }[];
  readonly held: number;
  readonly unreached: readonly { readonly copy: string }[];
}
interface Certificate {
  readonly erased: readonly string[];
  readonly limits: { readonly ofVault: number };
  readonly copies: readonly {
    readonly copy: string;
    readonly removed: number;
    readonly held: readonly { readonly id: string; readonly untilMs: number }[];
  }[];
}

it('works: Letting go: copies of the instance are followed without being named; what an object lock holds is in the certificate with its date', async () => {
  const put = (bytes: Buffer): Promise<unknown> => world.ok(['put', world.write('x.jpg', bytes), 'alice:/', ...own]);
  await put(randomBytes(300_000));
  const first = chunksIn(world.path('data', 'chunks'));
  await put(randomBytes(300_000));
  const lockedMs = Date.now();
  await follow();
  await world.ok(['sweep', 'alice', ...own], { env: daysAhead(100) });
  await follow();
  const all = chunksIn(world.path('data', 'chunks'));
  assert.deepEqual([chunksIn(world.path('copy', 'chunks')), inBucket()], [all, all]);

  const config = world.write(
    'config.json',
    JSON.stringify({ reaper: { credentials: { [bucket.address()]: credentials('reaper') } } }),
  );
  const reap = async (more: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Report> =>
    JSON.parse((await world.ok(['reaper', 'run', '--json', ...more], { env })).out) as Report;
  await reap(['--config', config]);
  letRun(world.path('data'), 31);
  // Nothing opens the bucket, and another folder stands where the disk was: both keep everything, and hold up nothing.
  renameSync(folder, `${folder}-away`);
  mkdirSync(folder);
  const alone = await reap();
  assert.deepEqual([alone.done[0]?.erased, alone.held], [1, 2]);
  assert.deepEqual(alone.unreached.map(({ copy }) => copy).sort(), ['disk', 'far']);
  renameSync(folder, `${folder}-empty`);
  renameSync(`${folder}-away`, folder);

  const certificate = JSON.parse(
    readFileSync(world.path('data', 'reaper', 'certificates', '000001.json'), 'utf8'),
  ) as Certificate;
  assert.deepEqual(certificate.erased, first);
  assert.deepEqual(certificate.copies.map(({ copy, removed }) => [copy, removed]).sort(), [
    [folder, 0],
    [bucket.address(), 0],
  ]);
  assert.equal(certificate.limits.ofVault, 0.01);

  // Both answer: the folder follows, the lock is looked at again when it ends.
  assert.equal((await reap(['--config', config])).held, 1);
  assert.deepEqual([chunksIn(world.path('copy', 'chunks')), inBucket()], [all.filter((id) => id !== first[0]), all]);
  const until = /locked until (\S+)\.$/m.exec((await world.ok(['reaper', 'status'])).out)?.[1] ?? '';
  const lockEndsMs = Date.parse(until);
  assert.ok(lockEndsMs >= lockedMs + lockDays * dayMs && lockEndsMs <= Date.now() + lockDays * dayMs, until);
  assert.equal((await reap(['--config', config])).held, 1);
  aheadMs = (lockDays + 1) * dayMs;
  assert.equal((await reap(['--config', config], daysAhead(lockDays + 1))).held, 0);
  assert.ok(!bucket.objects.has(chunkName(first[0] as Parameters<typeof chunkName>[0])));
  await world.ok(['verify', '--kit-file', world.path('kit.txt')]);
});

it('erases nothing under limits that are looser than usual, unless that is said, nor under a setting that it does not know', async () => {
  const refused = async (env: Readonly<Record<string, string>>, named: RegExp): Promise<void> => {
    const ran = await world.run(['reaper', 'run'], { env });
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, named);
  };
  await refused({ COFFRE_REAPER_VAULT_PERCENT: '5' }, /vaultPercent/);
  await refused({ COFFRE_REAPER_FLOOR_CHUNKS: '101' }, /floorChunks/);
  await refused({ COFFRE_REAPER_WINDOW_DAYS: '29' }, /windowDays/);
  await refused({ COFFRE_REAPER_WINDOW: '60' }, /COFFRE_REAPER_WINDOW/);
  const said = await world.ok(['reaper', 'run'], {
    env: { COFFRE_REAPER_VAULT_PERCENT: '5', COFFRE_REAPER_LOOSER: 'yes' },
  });
  assert.match(said.err, /more through than is usual.*vaultPercent/);
});
