import exifr from 'exifr';
import { parseBuffer } from 'music-metadata';
import type { MediaFacts } from '#format/media-facts.ts';

type Facts = Partial<Omit<MediaFacts, 'pass' | 'kind'>>;

const maxCameraLength = 100;

/** What a camera wrote into a photo. Whatever cannot be read is left out. */
export async function photoTags(bytes: Uint8Array): Promise<Facts> {
  const options = {
    pick: [
      'DateTimeOriginal',
      'CreateDate',
      'Make',
      'Model',
      'GPSLatitude',
      'GPSLongitude',
      'GPSLatitudeRef',
      'GPSLongitudeRef',
    ],
    // A date is what the clock of the camera showed; nobody here knows its zone.
    reviveValues: false,
  };
  const tags = (await exifr.parse(bytes, options).catch(() => undefined)) as
    | Readonly<Record<string, unknown>>
    | undefined;
  if (tags === undefined) return {};
  return {
    takenMs: wallClock(tags['DateTimeOriginal']) ?? wallClock(tags['CreateDate']),
    camera: cameraName(tags['Make'], tags['Model']),
    place: placeOf(tags['latitude'], tags['longitude']),
  };
}

/** `2024:01:31 12:34:56`, as EXIF writes it (Exif 2.32 §4.6.5). */
function wallClock(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const found = /^\s*(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  // A camera whose clock was never set writes zeros.
  if (year < 1826 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function cameraName(make: unknown, model: unknown): string | undefined {
  const clean = (text: unknown): string =>
    typeof text === 'string' ? text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim() : '';
  const [maker, name] = [clean(make), clean(model)];
  const whole = name.toLowerCase().startsWith(maker.toLowerCase()) ? name : `${maker} ${name}`.trim();
  return whole === '' ? undefined : whole.slice(0, maxCameraLength);
}

function placeOf(latitude: unknown, longitude: unknown): Facts['place'] {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || (latitude === 0 && longitude === 0))
    return undefined;
  return { latitudeE7: Math.round(latitude * 1e7), longitudeE7: Math.round(longitude * 1e7) };
}

/** Of a video or a recording. */
export async function recordingTags(bytes: Uint8Array, name: string): Promise<Facts> {
  const read = await parseBuffer(bytes, { path: name, size: bytes.length }, { skipCovers: true, duration: true }).catch(
    () => undefined,
  );
  if (read === undefined) return {};
  const { duration, creationTime } = read.format;
  const video = read.format.trackInfo.find((each) => each.video !== undefined)?.video;
  const createdMs = creationTime?.getTime();
  return {
    durationMs: duration !== undefined && duration > 0 && duration < 1e7 ? Math.round(duration * 1000) : undefined,
    // Before 1990 it is a clock that was never set: the format counts from 1904.
    takenMs: createdMs !== undefined && createdMs > Date.UTC(1990, 0) ? createdMs : undefined,
    width: sideOf(video?.pixelWidth),
    height: sideOf(video?.pixelHeight),
  };
}

function sideOf(pixels: number | undefined): number | undefined {
  return pixels !== undefined && Number.isInteger(pixels) && pixels > 0 && pixels < 100_000 ? pixels : undefined;
}
