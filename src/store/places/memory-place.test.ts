import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { ErasableMemoryPlace } from './erasable-memory.ts';
import { MemoryObjects, MemoryPlace } from './memory-place.ts';
import {
  bytesOf,
  contentOf,
  type ErasablePlaceUnderTest,
  erasablePlaceContract,
  placeContract,
} from './place.contract.ts';

function make(): ErasablePlaceUnderTest {
  const objects = new MemoryObjects();
  return {
    place: new MemoryPlace(objects),
    erasable: new ErasableMemoryPlace(objects),
    restart: () => new MemoryPlace(objects),
    interrupt: async () => {
      objects.answers = false;
      return async () => {
        objects.answers = true;
      };
    },
  };
}

placeContract('memory', make);
erasablePlaceContract('memory', make);

it('is full, goes on reading, and takes more when there is room', async () => {
  const objects = new MemoryObjects();
  const place = new MemoryPlace(objects);
  objects.capacityBytes = 150;
  await place.put('a', bytesOf(100));
  await assert.rejects(place.put('b', bytesOf(60)), (error) => isFault(error, 'disk-full'));
  assert.equal(await place.freeBytes(), 50);
  assert.deepEqual(await contentOf(place, 'a'), bytesOf(100));
  await place.put('a', bytesOf(150));
});

it('keeps a put whose answer is lost', async () => {
  const objects = new MemoryObjects();
  const place = new MemoryPlace(objects);
  objects.losesAnswerTo = (name) => name === 'b';
  await place.put('a', bytesOf(1));
  await assert.rejects(place.put('b', bytesOf(2)), (error) => isFault(error, 'unavailable'));
  assert.deepEqual(await contentOf(place, 'b'), bytesOf(2));
  await place.put('b', bytesOf(2));
});

it('gives damaged bytes as they are, and says until when a lock keeps an object', async () => {
  const objects = new MemoryObjects();
  const place = new ErasableMemoryPlace(objects);
  await place.put('a', bytesOf(100));
  objects.damage('a', (bytes) => bytes.fill(9));
  assert.deepEqual(await contentOf(place, 'a'), new Uint8Array(100).fill(9));
  objects.heldUntilMs.set('a', 5000);
  assert.deepEqual(await place.remove('a'), { kind: 'held', untilMs: 5000 });
  assert.equal(await place.size('a'), 100);
});
