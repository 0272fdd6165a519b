import { Fault, isFault } from '#base/fault.ts';
import type { CopyId, VaultId } from '#base/ids.ts';
import { type CopyMarker, decodeCopyMarker, encodeCopyMarker } from '#format/copy-marker.ts';
import { markerName, vaultsPrefix } from '#format/copy-names.ts';
import type { Place } from '#store/places/place.ts';

/** Which copy of which instance a place should hold. */
export interface CopyIdentity {
  readonly copy: CopyId;
  readonly instance: VaultId;
}

/**
 * Before anything is written to a place (docs/format.md §13).
 * @throws Fault `unavailable` when the marker is not there or another one: it may be a disk that is not mounted.
 */
export async function assertMarker(place: Place, wanted: CopyIdentity): Promise<void> {
  const marker = await readMarker(place);
  if (marker === undefined) {
    throw new Fault(
      'unavailable',
      `There is no copy at ${place.title}. Is its disk mounted? Nothing was written there; it is tried again later.`,
    );
  }
  if (marker.copy !== wanted.copy || marker.instance !== wanted.instance) {
    throw new Fault(
      'unavailable',
      `Another copy is at ${place.title} than the one that belongs there. Nothing was written to it; bring the right one back.`,
    );
  }
}

export type Joining =
  | { readonly kind: 'made' | 'taken-up'; readonly marker: CopyMarker }
  /** The place holds a copy of another instance, or what looks like one without its marker. */
  | { readonly kind: 'foreign' | 'without-marker' };

/** Makes a place a copy, or takes up the copy of this instance that is there. */
export async function joinPlace(place: Place, made: CopyMarker): Promise<Joining> {
  const marker = await readMarker(place);
  if (marker !== undefined)
    return marker.instance === made.instance ? { kind: 'taken-up', marker } : { kind: 'foreign' };
  for await (const _ of place.list(vaultsPrefix)) return { kind: 'without-marker' };
  await place.put(markerName, encodeCopyMarker(made));
  return { kind: 'made', marker: made };
}

/** Undefined when there is none. @throws Fault `damaged`, naming the place, and what the place throws. */
async function readMarker(place: Place): Promise<CopyMarker | undefined> {
  const bytes = await place.get(markerName);
  if (bytes === null) return undefined;
  try {
    return decodeCopyMarker(bytes);
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    throw new Fault(
      'damaged',
      `The marker of the copy at ${place.title} is damaged, so it is not known whose it is. Nothing was written there.`,
      { cause: error },
    );
  }
}
