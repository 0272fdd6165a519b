import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { markerName } from '#format/copy-names.ts';
import { vaultNamed } from '#store/journal/journal-samples.contract.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { assertWhole, identity, marker, Primary } from '../../test/copies/primary.ts';
import { CopyFollower } from './copy-follower.ts';

const vault = vaultNamed('one');
let nowMs = 1_000_000;
const followers: CopyFollower[] = [];

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  mock.timers.reset();
});

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  mock.timers.tick(ms);
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
}

async function following(): Promise<{
  readonly primary: Primary;
  readonly objects: MemoryObjects;
  readonly follower: CopyFollower;
  readonly opened: () => number;
}> {
  const primary = new Primary();
  await primary.putHeader(vault);
  await primary.append(vault, 'first', [100, 70_000]);
  const objects = new MemoryObjects();
  objects.objects.set(markerName, marker);
  let opened = 0;
  const open = async (): Promise<MemoryPlace> => {
    opened += 1;
    return new MemoryPlace(objects);
  };
  const follower = new CopyFollower(
    { copy: identity.copy, atATime: 2, open },
    {
      instance: identity.instance,
      journal: primary.journal,
      chunks: primary.chunks,
      clock: { nowMs: () => nowMs },
      budgetBytes: 1_000_000,
      bandwidth: undefined,
      onBug: (error) => assert.fail(String(error)),
    },
  );
  followers.push(follower);
  follower.start();
  await pass(0);
  return { primary, objects, follower, opened: () => opened };
}

it('puts what arrives within a few seconds into one segment', async () => {
  const { primary, objects, follower } = await following();
  assert.equal(follower.progress.state, 'whole');
  const before = objects.objects.size;
  for (const text of ['a', 'b', 'c']) {
    await primary.append(vault, text);
    follower.changed([vault]);
    await pass(500);
  }
  assert.equal(objects.objects.size, before);
  await pass(3000);
  assert.equal(objects.objects.size, before + 1);
  assert.equal(follower.progress.heads[0]?.[1].sequence, 4);
  assertWhole(objects);
});

it('waits for an outage to end ever longer, five minutes at most, and catches up then', async () => {
  const { primary, objects, follower, opened } = await following();
  objects.answers = false;
  await primary.append(vault, 'meanwhile', [70_000]);
  follower.changed([vault]);
  await pass(0);
  await pass(3000);
  assert.equal(follower.progress.state, 'failing');
  for (const ms of [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
    const before = follower.progress.failures;
    await pass(ms - 1);
    assert.equal(follower.progress.failures, before, `not before ${ms} ms`);
    await pass(1);
    assert.equal(follower.progress.failures, before + 1, `after ${ms} ms`);
  }
  objects.answers = true;
  await pass(300_000);
  assert.equal(follower.progress.state, 'whole');
  assert.equal(follower.progress.failing, undefined);
  assert.equal(follower.progress.heads[0]?.[1].sequence, 2);
  assert.ok(opened() > 10, 'the place is opened anew each time');
  assertWhole(objects);
});

it('looks at once when it is told to hurry', async () => {
  const { objects, follower } = await following();
  objects.answers = false;
  follower.hurry();
  await pass(0);
  assert.equal(follower.progress.state, 'failing');
  objects.answers = true;
  follower.hurry();
  await pass(0);
  assert.equal(follower.progress.state, 'whole');
});

it('finds what nobody told it of, every ten minutes', async () => {
  const { primary, follower } = await following();
  await primary.append(vault, 'untold');
  await pass(9 * 60_000);
  assert.equal(follower.progress.heads[0]?.[1].sequence, 1);
  await pass(60_000);
  assert.equal(follower.progress.heads[0]?.[1].sequence, 2);
});

it('says which vaults are refused, and goes on with them when the journal is right again', async () => {
  const { primary, objects, follower } = await following();
  const head = await primary.journal.head(vault);
  await primary.append(vault, 'second');
  follower.changed([vault]);
  await pass(0);
  await pass(3000);
  const stored = primary.memory.vaults.get(vault) ?? assert.fail();
  const [gone] = stored.entries.splice(1);
  const newest = stored.head;
  stored.head = head;
  objects.answers = false;
  follower.hurry();
  await pass(0);
  objects.answers = true;
  follower.hurry();
  await pass(0);
  assert.equal(follower.progress.held[0]?.[1].kind, 'refused');
  stored.entries.push(gone ?? assert.fail());
  stored.head = newest;
  follower.hurry();
  await pass(0);
  assert.deepEqual(follower.progress.held, []);
});
