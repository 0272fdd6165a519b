/** How many copies count: places of one fate are one, and what shares the fate of the data is none. */
export interface FateCount {
  readonly copies: number;
  readonly counting: number;
  readonly withTheData: number;
}

/** @param fates undefined: it does not answer, and what it said last is not known. It counts by itself. */
export function countFates(data: string, fates: readonly (string | undefined)[]): FateCount {
  const known = new Set(fates.filter((each) => each !== undefined && each !== data));
  return {
    copies: fates.length,
    counting: known.size + fates.filter((each) => each === undefined).length,
    withTheData: fates.filter((each) => each === data).length,
  };
}
