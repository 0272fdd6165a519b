/** Bytes of a representation, both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** RFC 9110 §14.2: more ranges than any honest client asks for are a reason to send the whole. */
const maxRanges = 16;
const maxHeaderLength = 400;
const rangeSet = /^bytes=([\d\-, \t]+)$/i;
const rangeSpec = /^(\d*)-(\d*)$/;

/**
 * RFC 9110 §14.1. `whole`: there is no range, or one that is to be ignored (another unit, not readable, overlapping, too
 * many). An empty list: none can be satisfied.
 */
export function parseRange(text: string | undefined, sizeBytes: number): readonly ByteRange[] | 'whole' {
  if (text === undefined || text.length > maxHeaderLength) return 'whole';
  const set = rangeSet.exec(text.trim())?.[1];
  if (set === undefined) return 'whole';
  const ranges: ByteRange[] = [];
  const specs = set.split(',').map((each) => each.trim());
  if (specs.length > maxRanges) return 'whole';
  for (const spec of specs) {
    const range = parseSpec(spec, sizeBytes);
    if (range === 'invalid') return 'whole';
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  return overlaps(ranges) ? 'whole' : ranges;
}

function parseSpec(spec: string, sizeBytes: number): ByteRange | 'invalid' | 'unsatisfiable' {
  const match = rangeSpec.exec(spec);
  if (match === null) return 'invalid';
  const [, from = '', to = ''] = match;
  if (from === '') {
    // The last so many bytes.
    if (to === '') return 'invalid';
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { first: sizeBytes - length, last: sizeBytes - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return 'invalid';
  if (first >= sizeBytes) return 'unsatisfiable';
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}

function overlaps(ranges: readonly ByteRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.first - b.first);
  return sorted.some((range, i) => range.first <= (sorted[i - 1]?.last ?? -1));
}
