import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '#base/clock.ts';
import type { ChunkId, NodeId } from '#base/ids.ts';
import { rootNode } from '#base/ids.ts';
import { ed25519Public, ed25519Verify } from '#crypto/primitives.ts';
import { decodeHeader } from '#format/entry.ts';
import { signedBytes } from '#vault/chain.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { Seeded } from '../../../test/vectors/values.ts';
import type { FilesVault } from './files-vault.ts';
import type { FilesView } from './files-view.ts';
import { readersAgree } from './readers-agree.ts';
import { readPlainly } from './second-reader.ts';
import { ended, here, trashed } from './view-schema.ts';

const dayMs = 24 * 60 * 60_000;
const signSeed: Uint8Array = new Uint8Array(32).fill(7);

class DayClock implements Clock {
  ms: number = Date.UTC(2026, 0, 1);
  nowMs(): number {
    return this.ms;
  }
}

function content(text: string, sizeBytes = 100): Uint8Array {
  return new Uint8Array(Buffer.from(text.repeat(sizeBytes)).subarray(0, sizeBytes));
}

async function put(vault: FilesVault, path: readonly string[], bytes: Uint8Array): Promise<void> {
  const result = await vault.put(nobody, path, bytes, [], { mtimeMs: undefined, type: undefined });
  assert.equal(result.kind, 'done');
}

async function vaultWithClock(seed: string): Promise<{ vault: FilesVault; world: World; clock: DayClock }> {
  const clock = new DayClock();
  const world = makeWorld(seed);
  return { world, clock, vault: await world.open({ clock }) };
}

async function sweepAll(vault: FilesVault): Promise<number> {
  const swept = await vault.sweep(undefined, signSeed);
  assert.ok(swept.kind === 'swept');
  return swept.chunks;
}

async function readVersion(vault: FilesVault, path: readonly string[]): Promise<string> {
  const plan = await vault.plan(path, 0);
  assert.ok(plan.kind === 'plan');
  const parts = await Promise.all(plan.pieces.map((piece) => vault.readPiece(piece)));
  return Buffer.concat(parts).toString();
}

/** What is seen or in the trash, by the first view: walks up until something decides. */
function reachedNow(view: FilesView): Set<ChunkId> {
  const reached = new Set<ChunkId>();
  for (const state of [here, trashed, ended]) {
    for (const row of view.sql.all('SELECT id, version FROM node WHERE state = ? AND version IS NOT NULL', state)) {
      if (!isKept(view, row['id'] as NodeId)) continue;
      const version = view.node(row['id'] as NodeId)?.version;
      if (version !== null && version !== undefined) for (const { chunk } of view.pieces(version)) reached.add(chunk);
    }
  }
  return reached;
}

function isKept(view: FilesView, id: NodeId): boolean {
  for (let at = view.node(id); at !== undefined; at = view.node(at.parent)) {
    if (at.state !== here) return at.state === trashed;
    if (at.id === rootNode) return true;
  }
  return false;
}

/** A change by chance, of few names, so that things get in each other's way. */
async function changeByChance(vault: FilesVault, random: Seeded, step: number): Promise<void> {
  const pick = (limit: number): number => (random.bytes(1)[0] ?? 0) % limit;
  const folder = pick(3) === 0 ? [] : [`d${pick(2)}`];
  const path = [...folder, `f${pick(3)}`];
  switch (pick(10)) {
    case 0:
      await vault.makeFolder(nobody, [`d${pick(2)}`]);
      return;
    case 1:
    case 2:
    case 3:
      // Few contents as well: what is shared must be kept for whoever still has it.
      await vault.put(nobody, path, content(pick(2) === 0 ? `shared ${pick(4)}` : `own ${step}`), [], {
        mtimeMs: undefined,
        type: undefined,
      });
      return;
    case 4:
      await vault.trash(nobody, pick(3) === 0 ? [`d${pick(2)}`] : path);
      return;
    case 5: {
      const [first] = await vault.trashed();
      if (first !== undefined) await vault.end(nobody, [first.id]);
      return;
    }
    case 6: {
      const all = await vault.trashed();
      const one = all[pick(Math.max(1, all.length))];
      if (one !== undefined) await vault.restore(nobody, one.id, [`r${step}`]);
      return;
    }
    case 7:
      await vault.move(nobody, { from: path, to: [`d${pick(2)}`, `f${pick(3)}`], overwrite: true });
      return;
    case 8:
      await vault.copy(nobody, { from: pick(2) === 0 ? ['d0'] : path, to: [`c${step}`], overwrite: false });
      return;
    default:
      await vault.rewind(nobody, [], Math.max(0, vault.head.sequence - pick(12)));
  }
}

describe('sweep', () => {
  it('lets go of exactly what no instant of the kept history reaches', async () => {
    let dropped = 0;
    for (let seed = 0; seed < 15; seed += 1) {
      const { vault, world, clock } = await vaultWithClock(`sweep ${seed}`);
      const random = new Seeded(`sweep steps ${seed}`);
      const instants: { readonly fromMs: number; readonly reached: Set<ChunkId>; readonly sequence: number }[] = [];
      const note = async (): Promise<void> => {
        instants.push({
          fromMs: clock.ms,
          reached: await vault.atRest(reachedNow),
          sequence: vault.head.sequence,
        });
      };
      await vault.setHorizon(undefined, signSeed, 30);
      await note();
      for (let step = 0; step < 120; step += 1) {
        clock.ms += ((random.bytes(1)[0] ?? 0) % 8) * dayMs;
        await changeByChance(vault, random, step);
        await note();
        if (step % 15 !== 14) continue;
        const sinceMs = clock.ms - 30 * dayMs;
        const kept = new Set<ChunkId>();
        for (const [index, { reached }] of instants.entries()) {
          const untilMs = instants[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
          if (untilMs >= sinceMs) for (const id of reached) kept.add(id);
        }
        dropped += await sweepAll(vault);
        const { tree } = await readPlainly(world.journal, world.parts.keys);
        for (const row of await world.journal.chunks(vault.id, null, 10_000)) {
          assert.equal(row.state, kept.has(row.id) ? 'live' : 'dropped', `seed ${seed}, step ${step}, chunk ${row.id}`);
          assert.equal(tree.dropped.has(row.id), !kept.has(row.id));
        }
        assert.ok(await vault.atRest((view) => readersAgree(view, tree)));
      }
    }
    assert.ok(dropped > 100, `${dropped} were dropped`);
  });

  it('signs what it drops, and says why inside', async () => {
    const { vault, world, clock } = await vaultWithClock('signed');
    await put(vault, ['a'], content('one'));
    await put(vault, ['a'], content('two'));
    clock.ms += 100 * dayMs;
    assert.equal(await sweepAll(vault), 1);
    const [stored] = await world.journal.entries(vault.id, vault.head.sequence - 1, 1);
    assert.ok(stored !== undefined);
    const { header, aad } = decodeHeader(stored.header);
    assert.equal(header.type, 'drop');
    assert.equal(header.listed.length, 1);
    assert.ok(ed25519Verify(ed25519Public(signSeed), signedBytes(aad, stored.bodyHash), header.signature ?? aad));
    assert.equal((await vault.activity(1))[0]?.changes[0]?.what, 'drop');
  });

  it('writes nothing when it is only planned, and nothing a second time', async () => {
    const { vault, clock } = await vaultWithClock('planned');
    await put(vault, ['a'], content('one'));
    await put(vault, ['a'], content('two'));
    clock.ms += 100 * dayMs;
    const { sequence } = vault.head;
    const planned = await vault.sweep(undefined, undefined);
    assert.ok(planned.kind === 'swept' && planned.chunks === 1 && planned.storedBytes > 0);
    assert.equal(vault.head.sequence, sequence);
    assert.equal(await sweepAll(vault), 1);
    assert.equal(await sweepAll(vault), 0);
    assert.equal(vault.head.sequence, sequence + 1);
  });

  it('keeps what the owner wants kept longer, and goes no lower than 30 days', async () => {
    const { vault, clock, world } = await vaultWithClock('horizon');
    await put(vault, ['a'], content('one'));
    await put(vault, ['a'], content('two'));
    clock.ms += 100 * dayMs;
    await vault.setHorizon(undefined, signSeed, 365);
    assert.equal(await sweepAll(vault), 0);
    await vault.setHorizon(undefined, signSeed, 30);
    assert.equal(await sweepAll(vault), 1);
    assert.equal((await readPlainly(world.journal, world.parts.keys)).tree.horizonDays, 30);
    await vault.setHorizon(undefined, signSeed, 29);
    assert.equal(await vault.horizonDays(), 30);
    // What was not applied is not known, and stops sweeps.
    assert.deepEqual(await vault.sweep(undefined, signSeed), { kind: 'refused', why: 'operations-skipped' });
  });

  it('says of a version that its content was let go, and brings it back as long as the reaper has not come', async () => {
    const { vault, clock, world } = await vaultWithClock('gone');
    await put(vault, ['a'], content('one'));
    const first = vault.head.sequence;
    await put(vault, ['a'], content('two'));
    const keptBefore = (await vault.usage()).keptBytes;
    clock.ms += 100 * dayMs;
    await sweepAll(vault);
    assert.equal((await vault.usage()).keptBytes, keptBefore - 100);
    const [, old] = (await vault.versions(['a'])) ?? [];
    assert.ok(old?.isGone);
    const rewound = await vault.rewind(nobody, ['a'], first);
    assert.equal(rewound.kind, 'done');
    assert.match(await readVersion(vault, ['a']), /^one/);
    assert.equal((await vault.usage()).keptBytes, keptBefore);
    for (const row of await world.journal.chunks(vault.id, null, 100)) assert.equal(row.state, 'live');
    assert.ok((await vault.versions(['a']))?.every((each) => !each.isGone));
  });

  it('stores content that was just dropped again, in a file and among small ones', async () => {
    for (const sizeBytes of [100, 300_000]) {
      const { vault, clock, world } = await vaultWithClock(`again ${sizeBytes}`);
      const bytes = new Seeded('content').bytes(sizeBytes);
      await put(vault, ['a'], bytes);
      await put(vault, ['a'], content('two'));
      clock.ms += 100 * dayMs;
      assert.equal(await sweepAll(vault), 1);
      await put(vault, ['b'], bytes);
      assert.equal(await sweepAll(vault), 0);
      const plan = await vault.plan(['b'], 1 << 22);
      assert.ok(plan.kind === 'plan' && plan.whole !== undefined && Buffer.compare(plan.whole, bytes) === 0);
      for (const row of await world.journal.chunks(vault.id, null, 100)) assert.equal(row.state, 'live');
    }
  });
});
