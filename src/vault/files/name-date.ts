const pattern: RegExp =
  /(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:[-_ T.]+(?:at )?([01]\d|2[0-3])[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)?|(?!\d))/;

/**
 * When a photo was taken, as far as its name says: `IMG_20240131_123456.jpg`, `2024-01-31 12.34.56.jpg`, `VID-20240131-WA0001.mp4`.
 * What a clock showed, as if that had been UTC.
 */
export function dateInName(name: string): number | undefined {
  const found = pattern.exec(name);
  if (found === null) return undefined;
  const [, year, , month, day, hour = '12', minute = '0', second = '0'] = found;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // The 31st of a month that has 30 days is no date.
  return new Date(ms).getUTCDate() === Number(day) ? ms : undefined;
}
