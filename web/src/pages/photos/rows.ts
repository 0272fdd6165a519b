import type { PhotoMonths } from '#faces/api/contract/photos.ts';

/** A heading of a month, or a row of photos: `from` is the place of the first in the timeline. */
export type Row =
  | { readonly kind: 'month'; readonly month: string; readonly count: number; readonly from: number }
  | { readonly kind: 'photos'; readonly from: number; readonly count: number };

/** What stands where, from the counts alone: nothing has to be loaded to know how long the page is. */
export function rowsOf(months: PhotoMonths['months'], columns: number): readonly Row[] {
  const rows: Row[] = [];
  let from = 0;
  for (const [month, count] of months) {
    rows.push({ kind: 'month', month, count, from });
    for (let done = 0; done < count; done += columns)
      rows.push({ kind: 'photos', from: from + done, count: Math.min(columns, count - done) });
    from += count;
  }
  return rows;
}

export const gap = 4;
const cellWidth = 168;
const leastColumns = 3;

export function columnsFor(width: number): number {
  return Math.max(leastColumns, Math.round((width + gap) / (cellWidth + gap)));
}
