import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noBytes } from '#base/bytes.ts';
import type { ChunkId } from '#base/ids.ts';
import { Chunk } from './chunk.ts';
import type { ChunkStore } from './chunk-store.ts';

export interface ChunkStoreUnderTest {
  /** A store that is empty. */
  readonly store: ChunkStore;
  /** What a program that starts after this one died sees; a simulated machine loses its power as well. */
  restart(): ChunkStore;
}

export function chunkOf(fill: number, length = 70_000): Chunk {
  return Chunk.of(Uint8Array.from({ length }, (_, i) => (i + fill * 7) % 256));
}

export async function idsOf(store: ChunkStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of store.list()) ids.push(id);
  return ids.sort();
}

export async function bytesOf(store: ChunkStore, id: ChunkId): Promise<Uint8Array> {
  return new Uint8Array((await store.get(id)) ?? noBytes);
}

/** What every ChunkStore does; `make` is called once for each test. */
export function chunkStoreContract(name: string, make: () => ChunkStoreUnderTest | Promise<ChunkStoreUnderTest>): void {
  describe(`chunk store contract: ${name}`, () => {
    it('gives back what was put, and null for what was not', async () => {
      const { store } = await make();
      const chunk = chunkOf(1);
      assert.equal(await store.get(chunk.id), null);
      assert.equal(await store.sizeBytes(chunk.id), null);
      await store.put(chunk);
      assert.deepEqual(await bytesOf(store, chunk.id), chunk.bytes);
      assert.equal(await store.sizeBytes(chunk.id), chunk.bytes.length);
    });

    it('takes the same chunk again, also from two at once', async () => {
      const { store } = await make();
      const chunk = chunkOf(2);
      await Promise.all([store.put(chunk), store.put(chunk)]);
      await store.put(chunk);
      assert.deepEqual(await bytesOf(store, chunk.id), chunk.bytes);
      assert.deepEqual(await idsOf(store), [chunk.id]);
    });

    it('lists every id', async () => {
      const { store } = await make();
      assert.deepEqual(await idsOf(store), []);
      const chunks = Array.from({ length: 40 }, (_, i) => chunkOf(i, 100 + i));
      await Promise.all(chunks.map((chunk) => store.put(chunk)));
      assert.deepEqual(await idsOf(store), chunks.map((chunk) => chunk.id).sort());
    });

    it('has after a restart what was acknowledged', async () => {
      const under = await make();
      const chunks = Array.from({ length: 10 }, (_, i) => chunkOf(i, 5000 + i));
      for (const chunk of chunks) await under.store.put(chunk);
      const store = under.restart();
      for (const chunk of chunks) assert.deepEqual(await bytesOf(store, chunk.id), chunk.bytes);
    });

    it('has no way to remove or replace', async () => {
      const { store } = await make();
      const names = Object.getOwnPropertyNames(Object.getPrototypeOf(store)).sort();
      assert.deepEqual(names, ['constructor', 'get', 'list', 'put', 'sizeBytes']);
    });
  });
}
