import type { CopyId } from '#base/ids.ts';

/** When drills are: undefined for never. */
export interface DrillSchedule {
  /** Minutes after midnight, by the clock of the machine. */
  readonly atMinute: number;
  /** Every so many nights. */
  readonly everyDays: number;
}

/** `HH:MM`, 24 hours; undefined when it is something else. */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

const dayMs: number = 24 * 60 * 60_000;

/**
 * The copy whose turn it is, one at each night: the one that was drilled longest ago. A copy that never was is taken at once.
 * A time that was missed because the machine was off is made up for.
 * @param lastMs of each copy that can be drilled now, when its last drill began.
 */
export function dueDrill(
  lastMs: ReadonlyMap<CopyId, number | undefined>,
  { atMinute, everyDays }: DrillSchedule,
  nowMs: number,
): CopyId | undefined {
  const inTurn = [...lastMs].toSorted(([, a], [, b]) => (a ?? 0) - (b ?? 0));
  const [first] = inTurn;
  if (first === undefined || first[1] === undefined) return first?.[0];
  const newestMs = Math.max(...inTurn.map(([, ms]) => ms ?? 0));
  const isDue = newestMs < latestAt(atMinute, nowMs) - (everyDays - 1) * dayMs;
  // A clock that was set back must not put drills off for as long as it was ahead.
  return isDue || newestMs > nowMs + dayMs ? first[0] : undefined;
}

/** When it was this time of day last. */
function latestAt(atMinute: number, nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, atMinute, 0, 0);
  if (day.getTime() > nowMs) day.setDate(day.getDate() - 1);
  return day.getTime();
}
