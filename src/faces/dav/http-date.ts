const asctime = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** RFC 9110 §5.6.7: the preferred form and both obsolete ones. Undefined for anything else: such a header is ignored. */
export function parseHttpDate(text: string): number | undefined {
  const isGmt = text.endsWith(' GMT');
  if (text.length > 40 || !(isGmt || asctime.test(text))) return undefined;
  const ms = Date.parse(isGmt ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}

export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
