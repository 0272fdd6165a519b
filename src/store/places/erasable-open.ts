import { isBucketAddress } from './bucket-address.ts';
import { openErasableFolder } from './erasable-folder.ts';
import { ErasableS3Place } from './erasable-s3.ts';
import { bucketParts, type PlaceSettings, type PlaceWorld } from './open-place.ts';
import type { ErasablePlace } from './place.ts';

/** For the reaper. @throws Fault `bad-config`, `unavailable` as openPlace. */
export async function openErasablePlace(settings: PlaceSettings, world: PlaceWorld): Promise<ErasablePlace> {
  if (!isBucketAddress(settings.address)) return await openErasableFolder(settings.address);
  return new ErasableS3Place(await bucketParts(settings, world));
}
