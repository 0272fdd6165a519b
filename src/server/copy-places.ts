import type { CopyDescription } from '../format/copy-description.ts';
import { checkLockOf, openPlace, type PlaceSettings } from '../store/places/open-place.ts';
import type { Place } from '../store/places/place.ts';
import { realClock } from './real-world.ts';

function placeSettingsOf({ place, bucket }: Pick<CopyDescription, 'place' | 'bucket'>): PlaceSettings {
  return { address: place, region: bucket?.region, lock: bucket?.lock, credentials: bucket?.credentials };
}

/** @throws Fault `unavailable` when it is not there. */
export async function openCopyPlace(description: Pick<CopyDescription, 'place' | 'bucket'>): Promise<Place> {
  return await openPlace(placeSettingsOf(description), { clock: realClock, environment: {} });
}

/** Tried as an attacker would: a lock that can be removed is none. Credentials that may not delete cannot tell. */
export async function mayKeepLocks(description: Pick<CopyDescription, 'place' | 'bucket'>): Promise<boolean> {
  const kept = await checkLockOf(placeSettingsOf(description), { clock: realClock, environment: {} });
  return kept === 'enforced' || kept === 'cannot-tell';
}
