import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { copyIdOf } from '#base/ids.ts';
import { headerName, markerName } from '#format/copy-names.ts';
import { vaultNamed } from '#store/journal/journal-samples.contract.ts';
import { MemoryObjects, MemoryPlace } from '#store/places/memory-place.ts';
import { assertMarker, joinPlace } from './copy-marker-check.ts';

const made = {
  copy: copyIdOf(new Uint8Array(16).fill(1)),
  instance: vaultNamed('instance'),
  createdMs: 1,
  country: 'CH',
};

it('makes a place a copy once, and takes it up again afterwards', async () => {
  const objects = new MemoryObjects();
  const place = new MemoryPlace(objects);
  assert.deepEqual(await joinPlace(place, made), { kind: 'made', marker: made });
  await assertMarker(place, made);
  const again = { ...made, copy: copyIdOf(new Uint8Array(16).fill(2)), country: undefined };
  assert.deepEqual(await joinPlace(place, again), { kind: 'taken-up', marker: made });
  assert.equal(objects.objects.size, 1);
  await assert.rejects(assertMarker(place, again), (error) => isFault(error, 'unavailable'));
});

it('refuses the copy of another instance, and one that has lost its marker', async () => {
  const objects = new MemoryObjects();
  const place = new MemoryPlace(objects);
  await joinPlace(place, made);
  assert.deepEqual(await joinPlace(place, { ...made, instance: vaultNamed('another') }), { kind: 'foreign' });
  objects.objects.set(headerName(made.instance, 1), new Uint8Array(1));
  objects.damage(markerName, (bytes) => bytes.subarray(0, -1));
  await assert.rejects(joinPlace(place, made), (error) => isFault(error, 'damaged'));
  objects.objects.delete(markerName);
  assert.deepEqual(await joinPlace(place, made), { kind: 'without-marker' });
  assert.equal(objects.objects.size, 1);
});
