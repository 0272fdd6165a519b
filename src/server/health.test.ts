import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Fault } from '#base/fault.ts';
import { Health } from './health.ts';

const mebibyte = 1024 * 1024;

function world(): {
  readonly health: Health;
  readonly clock: { now: number };
  readonly disk: { free: number; asked: number };
} {
  const clock = { now: 1_700_000_000_000 };
  const disk = { free: 1024 * mebibyte, asked: 0 };
  const freeBytes = async (): Promise<number> => {
    disk.asked += 1;
    return disk.free;
  };
  return { health: new Health({ freeBytes }, { nowMs: () => clock.now }), clock, disk };
}

test('a server with little free space is not healthy, and is again once there is room', async () => {
  const { health, clock, disk } = world();
  assert.equal(await health.problem(), undefined);
  disk.free = 20 * mebibyte;
  clock.now += 1000;
  assert.deepEqual(await health.problem(), {
    reason: 'low-space',
    message: '20 MiB of disk space are left, less than 64 MiB. Writes are refused once it is used up; make room.',
  });
  disk.free = 65 * mebibyte;
  clock.now += 1000;
  assert.equal(await health.problem(), undefined);
});

test('the disk is measured at most once a second, however often somebody asks', async () => {
  const { health, clock, disk } = world();
  for (let i = 0; i < 100; i += 1) {
    await health.problem();
    clock.now += 20;
  }
  assert.equal(disk.asked, 2);
});

test('a write that failed counts for 20 seconds', async () => {
  const { health, clock } = world();
  const full = new Fault('disk-full', 'There is no room left. Nothing was stored.');
  health.met(full);
  assert.deepEqual(await health.problem(), { reason: 'disk-full', message: full.message });
  clock.now += 19_000;
  health.met(new Fault('io', 'A write failed.'));
  clock.now += 19_000;
  assert.equal((await health.problem())?.reason, 'io');
  clock.now += 1000;
  assert.equal(await health.problem(), undefined);
});

test('a disk that cannot be measured is a reason', async () => {
  const freeBytes = async (): Promise<number> => {
    throw new Fault('io', 'The free space cannot be measured.');
  };
  assert.equal((await new Health({ freeBytes }, { nowMs: () => 0 }).problem())?.reason, 'io');
});

test('faults that say nothing about the disk do not count', async () => {
  const { health } = world();
  health.met(new Fault('unavailable', 'The vault was closed meanwhile.'));
  health.met(new Fault('damaged', 'A piece is damaged.'));
  assert.equal(await health.problem(), undefined);
});
