import { type CborValue, cborMap, type Fields } from './cbor.ts';

const mediaKinds = ['photo', 'video', 'audio'] as const;
export type MediaKind = (typeof mediaKinds)[number];

/** What was read from a content (docs/format.md §7). */
export interface MediaFacts {
  /** How thoroughly it was looked at: a later program, or one with more tools, looks again. */
  readonly pass: number;
  /** Undefined when the content could not be read as any of these. */
  readonly kind: MediaKind | undefined;
  /** What a clock showed where it was taken, as if that had been UTC. */
  readonly takenMs: number | undefined;
  /** As it is shown, upright. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly durationMs: number | undefined;
  readonly camera: string | undefined;
  readonly place: MediaPlace | undefined;
}

/** Degrees × 10^7. */
interface MediaPlace {
  readonly latitudeE7: number;
  readonly longitudeE7: number;
}

export const noFacts: Omit<MediaFacts, 'pass'> = {
  kind: undefined,
  takenMs: undefined,
  width: undefined,
  height: undefined,
  durationMs: undefined,
  camera: undefined,
  place: undefined,
};

export function mediaFactsToCbor(facts: MediaFacts): CborValue {
  const { pass, kind, takenMs, width, height, durationMs, camera, place } = facts;
  return cborMap({
    pass,
    kind,
    taken: takenMs,
    width,
    height,
    duration: durationMs,
    camera,
    place: place === undefined ? undefined : [place.latitudeE7, place.longitudeE7],
  });
}

/** @throws Fault `damaged`. */
export function mediaFactsFrom(fields: Fields): MediaFacts {
  const kind = mediaKinds.find((each) => each === fields.value('kind'));
  if (fields.has('kind') && kind === undefined) throw fields.wrong('kind');
  const count = (key: string): number | undefined => (fields.has(key) ? fields.count(key) : undefined);
  return {
    pass: fields.count('pass'),
    kind,
    takenMs: fields.has('taken') ? signed(fields, 'taken', fields.value('taken')) : undefined,
    width: count('width'),
    height: count('height'),
    durationMs: count('duration'),
    camera: fields.has('camera') ? fields.text('camera') : undefined,
    place: fields.has('place') ? placeFrom(fields) : undefined,
  };
}

function placeFrom(fields: Fields): MediaPlace {
  const [latitude, longitude] = fields.list('place');
  return { latitudeE7: signed(fields, 'place', latitude), longitudeE7: signed(fields, 'place', longitude) };
}

function signed(fields: Fields, key: string, value: CborValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw fields.wrong(key);
  return value;
}
