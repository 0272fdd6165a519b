import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { present } from '#base/assert.ts';
import type { ChunkId } from '#base/ids.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { makeWorld, nobody } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { KeptLines } from './kept-lines.ts';
import { Results } from './results.ts';
import { RollingVerify } from './rolling-verify.ts';

const dayMs = 24 * 60 * 60_000;
const periodMs = 30 * dayMs;

it('reads everything once in a period, goes on after a restart, has damage repaired, and keeps what it found', async () => {
  const machine = new MemoryDisk();
  const disk = machine.start();
  const chunks = new ChunkFiles(disk);
  const world = makeWorld('rolling');
  const vault = await world.open({ chunks });
  const meta = { mtimeMs: undefined, type: undefined };
  for (let n = 0; n < 20; n += 1)
    assert.equal((await vault.put(nobody, [`${n}`], new Seeded(`${n}`).bytes(100_000), [], meta)).kind, 'done');
  const rows = await world.journal.chunks(vault.id, null, 100);
  const bad = present(rows[11], 'chunk').id;
  const file = `chunks/${bad.slice(0, 2)}/${bad}`;
  const good = Uint8Array.from(present(await disk.read(file), 'bytes'));
  await disk.writeInPlace(file, good.with(500, (good[500] ?? 0) ^ 1));
  const repaired: ChunkId[] = [];
  const read: ChunkId[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  const lines = new KeptLines(disk);
  const start = (): RollingVerify =>
    new RollingVerify({
      journal: world.journal,
      chunks: {
        get: (id) => {
          read.push(id);
          return chunks.get(id);
        },
      },
      disk,
      results: new Results(lines),
      pace: async () => undefined,
      clock: { nowMs: () => nowMs },
      periodMs,
      repair: async (id) => {
        repaired.push(id);
        await chunks.put(Chunk.of(good));
        return true;
      },
    });
  let rolling = start();
  const results = async (): Promise<readonly unknown[]> => Array.fromAsync(lines.read('results', z.unknown()));
  for (let day = 0; day <= 30; day += 1) {
    await rolling.step();
    if (day === 15) assert.ok(new Set(read).size > 5 && new Set(read).size < 15, 'about half of it');
    if (day % 4 === 0) rolling = start();
    nowMs += dayMs;
  }
  assert.deepEqual([new Set(read).size, repaired], [20, [bad]]);
  assert.equal(read.length, 20, 'each once');
  const [result, ...more] = await results();
  assert.equal(more.length, 0);
  const { kind, where, chunks: count, found, repaired: back } = result as Readonly<Record<string, unknown>>;
  assert.deepEqual([kind, where, count, found, back], ['verify', 'primary', 20, 1, 1]);
});
