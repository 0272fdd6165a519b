import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#base/fault.ts';
import { accountIdOf, type ChunkId, type VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { ed25519Public } from '#crypto/primitives.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { ErasableChunkFiles } from '#store/chunks/erasable-chunks.ts';
import type { Disk } from '#store/disk.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import type { ErasingJournal } from '#store/journal/erasing-journal.ts';
import { ErasingMemory } from '#store/journal/erasing-memory.ts';
import { ranKey } from '#store/journal/journal.ts';
import type { Removal } from '#store/places/place.ts';
import type { FilesVault } from '#vault/files/files-vault.ts';
import { signPublicHeader } from '#vault/public-headers.ts';
import { makeWorld, nobody, type World } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { Reaper, type ReaperParts, type ReaperReport } from './reaper.ts';
import type { ReapedCopy } from './reaper-act.ts';
import { needsOf, type ReaperLimits, usualLimits } from './reaper-breakers.ts';
import { operatorKey, ownerKey, signConfirmation } from './reaper-confirmation.ts';
import { certificatePath, type Erasure } from './reaper-state.ts';

const dayMs = 24 * 60 * 60_000;
const signSeed: Uint8Array = new Uint8Array(32).fill(9);

/** An instance with one vault, whose server runs when the test says so. */
class Stage {
  readonly world: World;
  readonly disk: Disk;
  readonly vault: FilesVault;
  readonly clock: { ms: number };
  limits: ReaperLimits = usualLimits;
  copies: readonly ReapedCopy[] = [];
  ranMs = 0;

  private constructor(world: World, disk: Disk, vault: FilesVault, clock: { ms: number }) {
    this.world = world;
    this.disk = disk;
    this.vault = vault;
    this.clock = clock;
  }

  static async make(seed: string): Promise<Stage> {
    const base = makeWorld(seed);
    const disk = new MemoryDisk().start();
    const world = { ...base, chunks: new ChunkFiles(disk) };
    const clock = { ms: Date.UTC(2026, 0, 1) };
    const vault = await base.open({ chunks: world.chunks, clock: { nowMs: () => clock.ms } });
    const header = {
      vault: vault.id,
      account: accountIdOf(new Uint8Array(16)),
      number: 1,
      signPublic: ed25519Public(signSeed),
      epochs: [],
      wraps: [],
    };
    await world.journal.putPublicHeader(vault.id, { number: 1, bytes: signPublicHeader(header, new Secret(signSeed)) });
    return new Stage(world, disk, vault, clock);
  }

  async runFor(days: number): Promise<void> {
    this.ranMs += days * dayMs;
    this.clock.ms += days * dayMs;
    await this.world.journal.setMeta(ranKey, String(this.ranMs));
  }

  reaper(change: Partial<ReaperParts> = {}): Reaper {
    return new Reaper({
      reader: this.world.journal,
      journal: new ErasingMemory(this.world.memory),
      chunks: new ErasableChunkFiles(this.disk),
      copies: this.copies,
      disk: this.disk,
      clock: { nowMs: () => this.clock.ms },
      limits: this.limits,
      ...change,
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const result = await this.vault.put(nobody, [name], bytes, [], { mtimeMs: undefined, type: undefined });
    assert.equal(result.kind, 'done');
  }

  async sweep(): Promise<number> {
    const swept = await this.vault.sweep(undefined, signSeed);
    assert.ok(swept.kind === 'swept');
    return swept.chunks;
  }

  async read(name: string): Promise<Uint8Array> {
    const plan = await this.vault.plan([name], 0);
    assert.ok(plan.kind === 'plan');
    return Buffer.concat(await Promise.all(plan.pieces.map((piece) => this.vault.readPiece(piece))));
  }

  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { state } of await this.world.journal.chunks(this.vault.id, null, 10_000))
      counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  /** So many files whose first version is let go, and kept ones besides. */
  async dropFiles(dropped: number, kept = 0, others = 0): Promise<void> {
    for (let at = 0; at < kept; at += 1) await this.put(`kept ${at}`, text(`kept ${at}`));
    for (let at = 0; at < dropped; at += 1) await this.put(`file ${at}`, text(`old ${at}`));
    for (let at = 0; at < dropped; at += 1) await this.put(`file ${at}`, text(`new ${at}`));
    await this.runFor(100);
    assert.equal(await this.sweep(), dropped + others);
  }
}

function text(of: string, sizeBytes = 200): Uint8Array {
  return new Uint8Array(Buffer.from(of.repeat(sizeBytes)).subarray(0, sizeBytes));
}

function erasedBy(report: ReaperReport): number {
  return report.done.reduce((sum, each) => sum + each.erased, 0);
}

describe('reaper', () => {
  it('erases what a signed drop lists once the instance has run for the window, and certifies it', async () => {
    const stage = await Stage.make('window');
    const large = new Seeded('large').bytes(200_000);
    await stage.put('large', large);
    await stage.put('large', text('replaced'));
    await stage.dropFiles(3, 0, 1);
    assert.equal(erasedBy(await stage.reaper().run()), 0, 'the window begins when the drop is first seen');
    await stage.runFor(29);
    const early = await stage.reaper().run();
    assert.equal(erasedBy(early), 0);
    assert.equal(early.vaults[0]?.waiting, 4);
    await stage.runFor(1);
    assert.equal(erasedBy(await stage.reaper().run()), 4);
    assert.deepEqual(await stage.states(), { live: 4, erased: 4 });
    const certificate = await stage.disk.read(certificatePath(1));
    assert.ok(certificate !== null);
    const parsed = JSON.parse(Buffer.from(certificate).toString()) as { readonly erased: readonly ChunkId[] };
    assert.equal(parsed.erased.length, 4);
    for (const id of parsed.erased) {
      assert.equal(await stage.world.chunks.get(id), null);
      assert.equal(await stage.world.journal.chunkData(id), null);
    }
    for (let at = 0; at < 3; at += 1) assert.deepEqual(await stage.read(`file ${at}`), Buffer.from(text(`new ${at}`)));
    assert.equal(erasedBy(await stage.reaper().run()), 0);
  });

  it('counts the window in the time that the instance ran, whatever the clock of the machine says', async () => {
    const stage = await Stage.make('clock');
    await stage.dropFiles(2);
    await stage.reaper().run();
    stage.clock.ms += 400 * dayMs;
    assert.equal(erasedBy(await stage.reaper().run()), 0);
    stage.clock.ms -= 800 * dayMs;
    await stage.runFor(30);
    assert.equal(erasedBy(await stage.reaper().run()), 2);
  });

  it('tells who wants an erased version that it is gone, and refuses to bring it back', async () => {
    const stage = await Stage.make('gone');
    await stage.put('a', text('one'));
    const { sequence } = stage.vault.head;
    await stage.put('a', text('two'));
    await stage.runFor(100);
    await stage.sweep();
    await stage.reaper().run();
    await stage.runFor(30);
    assert.equal(erasedBy(await stage.reaper().run()), 1);
    const [, old] = (await stage.vault.versions(['a'])) ?? [];
    assert.ok(old?.isGone);
    assert.deepEqual(await stage.vault.plan(['a'], 0, old.version), { kind: 'refused', why: 'content-gone' });
    assert.deepEqual(await stage.vault.pickVersion(nobody, ['a'], old.version), {
      kind: 'refused',
      why: 'content-gone',
    });
    assert.deepEqual(await stage.vault.rewind(nobody, [], sequence), { kind: 'refused', why: 'content-gone' });
    assert.deepEqual(await stage.read('a'), Buffer.from(text('two')));
  });

  it('obeys no drop that the vault did not sign', async () => {
    const stage = await Stage.make('unsigned');
    await stage.put('a', text('one'));
    await stage.put('a', text('two'));
    await stage.runFor(100);
    const swept = await stage.vault.sweep(undefined, new Uint8Array(32).fill(1));
    assert.ok(swept.kind === 'swept' && swept.chunks === 1);
    await stage.reaper().run();
    await stage.runFor(60);
    const report = await stage.reaper().run();
    assert.equal(erasedBy(report), 0);
    assert.match(report.problems.join(), /not signed by its vault/);
    assert.deepEqual(await stage.states(), { live: 1, dropped: 1 });
  });

  it('leaves a vault alone that is behind what it was, or signs with another key', async () => {
    const stage = await Stage.make('behind');
    await stage.dropFiles(2);
    await stage.reaper().run();
    await stage.runFor(60);
    const { journal } = stage.world;
    const behind = {
      ...journal,
      meta: (key: string) => journal.meta(key),
      vaults: () => journal.vaults(),
      chunks: (...args: Parameters<typeof journal.chunks>) => journal.chunks(...args),
      chunk: (id: ChunkId) => journal.chunk(id),
      publicHeaders: (vault: typeof stage.vault.id) => journal.publicHeaders(vault),
      entries: (...args: Parameters<typeof journal.entries>) => journal.entries(...args),
      head: async () => {
        const [last] = await journal.entries(stage.vault.id, stage.vault.head.sequence - 1, 1);
        const { decodeHeader } = await import('#format/entry.ts');
        assert.ok(last !== undefined);
        const { previousHash } = decodeHeader(last.header).header;
        return { fork: 1, sequence: stage.vault.head.sequence - 1, hash: previousHash };
      },
    };
    const report = await stage.reaper({ reader: behind as unknown as typeof journal }).run();
    assert.equal(erasedBy(report), 0);
    assert.match(report.problems.join(), /behind what it was/);
  });

  it('erases the leases of earlier runs after the window, and none that is in use', async () => {
    const stage = await Stage.make('leases');
    const id = 'ab'.repeat(32) as ChunkId;
    const used = 'cd'.repeat(32) as ChunkId;
    const request = { vault: stage.vault.id, chunks: [id, used].map((each) => ({ id: each, sizeBytes: 5 })) };
    await stage.world.journal.lease(request);
    await stage.reaper().run();
    const next = stage.world.memory.start();
    await next.lease({ vault: stage.vault.id, chunks: [{ id: used, sizeBytes: 5 }] });
    const reader = next;
    await stage.reaper({ reader }).run();
    await next.setMeta(ranKey, String(31 * dayMs));
    const report = await stage.reaper({ reader }).run();
    assert.equal(erasedBy(report), 1);
    assert.equal((await next.chunk(id))?.state, 'erased');
    assert.equal((await next.chunk(used))?.state, 'leased');
  });

  it('does what is left when it was killed at any step, and nothing twice', async () => {
    let crashes = 0;
    for (let crashAt = 1; crashAt < 200; crashAt += 1) {
      const stage = await Stage.make('crashes');
      const large = new Seeded('large').bytes(100_000);
      await stage.put('large', large);
      await stage.put('large', text('replaced'));
      await stage.dropFiles(5, 3, 1);
      await stage.reaper().run();
      await stage.runFor(30);
      const crashed = await stage
        .reaper(crashing(stage, crashAt))
        .run()
        .then(
          () => false,
          (error: unknown) => error instanceof Crash || assert.fail(String(error)),
        );
      await stage.reaper().run();
      assert.deepEqual(await stage.states(), { live: 9, erased: 6 }, `killed at step ${crashAt}`);
      for (let at = 0; at < 5; at += 1)
        assert.deepEqual(await stage.read(`file ${at}`), Buffer.from(text(`new ${at}`)));
      assert.ok((await stage.disk.read(certificatePath(1))) !== null);
      assert.equal((await stage.reaper().run()).plans.length, 0);
      if (!crashed) break;
      crashes += 1;
    }
    assert.ok(crashes >= 12 && crashes < 199, `${crashes} steps`);
  });

  it('trips over a slow leak of 0.05 % a day', () => {
    const perDay = { count: 4, bytes: 4 * 300 };
    const whole = { count: 8000, bytes: 8000 * 300 };
    const vault = 'ab'.repeat(16) as VaultId;
    for (const instance of [
      whole,
      { count: 80_000, bytes: 80_000 * 300 },
      { count: 8_000_000, bytes: 8_000_000 * 300 },
    ]) {
      const erasures: Erasure[] = [];
      for (let day = 1; day <= 100; day += 1) {
        const ranMs = day * dayMs;
        const needs = needsOf({ vault, ...perDay }, erasures, { vault: whole, instance }, ranMs, usualLimits);
        if (needs.owner || needs.operator) break;
        erasures.push({ plan: day, ranMs, vault, confirmed: { owner: false, operator: false }, ...perDay });
      }
      assert.ok(erasures.length <= 25, `${erasures.length} days went by`);
    }
  });

  it('holds a plan beyond the limits until the owner has signed it and the operator agreed, whatever time goes by', async () => {
    const stage = await Stage.make('breaker');
    stage.limits = { ...usualLimits, floorChunks: 3 };
    await stage.dropFiles(5, 20);
    await stage.reaper().run();
    await stage.runFor(30);
    const tripped = await stage.reaper().run();
    assert.equal(erasedBy(tripped), 0);
    const [plan] = tripped.plans;
    assert.deepEqual(plan?.needs, { owner: true, operator: true });
    stage.clock.ms += 30 * dayMs;
    await stage.runFor(200);
    assert.equal(erasedBy(await stage.reaper().run()), 0);
    assert.deepEqual((await stage.reaper().run()).plans[0]?.sha256, plan.sha256);
    const { journal } = stage.world;
    const sign = (seed: Uint8Array, sha256 = plan.sha256): string =>
      signConfirmation(stage.vault.id, sha256, new Secret(seed));
    await journal.setMeta(operatorKey(stage.vault.id), plan.sha256);
    await journal.setMeta(ownerKey(stage.vault.id), sign(new Uint8Array(32)));
    assert.equal(erasedBy(await stage.reaper().run()), 0, 'another key signed it');
    await journal.setMeta(ownerKey(stage.vault.id), sign(signSeed, 'ab'.repeat(32)));
    assert.equal(erasedBy(await stage.reaper().run()), 0, 'another plan was signed');
    await journal.setMeta(ownerKey(stage.vault.id), sign(signSeed));
    assert.equal(erasedBy(await stage.reaper().run()), 5);
    assert.deepEqual(await stage.states(), { live: 25, erased: 5 });
  });

  it('lets copies follow once they hold the drop, and lists what a lock holds with its date', async () => {
    const stage = await Stage.make('copies');
    const removed: ChunkId[] = [];
    const untilMs = Date.UTC(2027, 0, 1);
    let hasDrop = false;
    let answers: Removal = { kind: 'held', untilMs };
    const remove = async (id: ChunkId): Promise<Removal> => {
      if (answers.kind === 'removed') removed.push(id);
      return answers;
    };
    stage.copies = [
      { title: 'B', hasDrop: async () => hasDrop, remove },
      { title: 'C', hasDrop: async () => Promise.reject(new Fault('unavailable', 'not mounted')), remove },
    ];
    await stage.dropFiles(2);
    await stage.reaper().run();
    await stage.runFor(30);
    const report = await stage.reaper().run();
    assert.equal(erasedBy(report), 2);
    assert.equal(report.held, 4);
    assert.deepEqual(removed, []);
    hasDrop = true;
    assert.equal((await stage.reaper().run()).held, 4, 'the lock holds');
    answers = { kind: 'removed' };
    assert.equal((await stage.reaper().run()).held, 4, 'not before its date');
    stage.clock.ms = untilMs;
    assert.equal((await stage.reaper().run()).held, 2, 'the other copy does not answer');
    assert.equal(removed.length, 2);
  });

  it('never loses content that is stored again while it is swept and reaped', async () => {
    let revived = 0;
    let sealedAnew = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const stage = await Stage.make(`again ${seed}`);
      await stage.vault.setHorizon(undefined, signSeed, 30);
      const random = new Seeded(`again steps ${seed}`);
      const pick = (limit: number): number => (random.bytes(1)[0] ?? 0) % limit;
      const contents = Array.from({ length: 4 }, (_, at) =>
        new Seeded(`content ${at}`).bytes(at % 2 === 0 ? 300 : 70_000),
      );
      const wanted = new Map<string, Uint8Array>();
      for (let step = 0; step < 20; step += 1) {
        const jobs: Promise<unknown>[] = [];
        for (let at = 0; at <= pick(3); at += 1) {
          const name = `f${pick(5)}`;
          const bytes = contents[pick(contents.length)] ?? assert.fail();
          jobs.push(stage.put(name, bytes).then(() => wanted.set(name, bytes)));
          if (pick(2) === 0) jobs.push(stage.sweep());
          if (pick(2) === 0) jobs.push(stage.reaper().run());
          // Of two that write one name at once either may be last: the next waits.
          await jobs[0];
        }
        await Promise.all(jobs);
        await stage.runFor(16 * pick(4));
      }
      for (const [name, bytes] of wanted)
        assert.ok(Buffer.compare(await stage.read(name), bytes) === 0, `seed ${seed}: ${name}`);
      const states = await stage.states();
      revived += states['live'] ?? 0;
      sealedAnew += states['erased'] ?? 0;
    }
    assert.ok(revived > 100 && sealedAnew > 25, `${revived} live, ${sealedAnew} erased`);
  });
});

class Crash extends Error {}

/** Everything that the reaper does counts; from the n-th on nothing is done any more. */
function crashing(stage: Stage, crashAt: number): Partial<ReaperParts> {
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps >= crashAt) throw new Crash();
  };
  const inner = new ErasingMemory(stage.world.memory);
  const journal: ErasingJournal = {
    erasesData: true,
    condemn: (...args) => {
      step();
      return inner.condemn(...args);
    },
    condemnLeases: (...args) => {
      step();
      return inner.condemnLeases(...args);
    },
    erase: (...args) => {
      step();
      inner.erase(...args);
    },
    staleLeases: (...args) => inner.staleLeases(...args),
    close: () => inner.close(),
  };
  const files = new ErasableChunkFiles(stage.disk);
  const chunks = {
    remove: async (id: ChunkId): Promise<void> => {
      step();
      await files.remove(id);
    },
  };
  const disk: ReaperParts['disk'] = {
    read: (path) => stage.disk.read(path),
    makeFolder: (path) => stage.disk.makeFolder(path),
    replace: async (path, bytes) => {
      step();
      await stage.disk.replace(path, bytes);
    },
  };
  return { journal, chunks, disk };
}
