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

/** For one listing: many files of a folder have the same second, and writing that out costs more than the rest of a response. */
export class HttpDates {
  #second = Number.NaN;
  #text = '';

  of(ms: number): string {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#text = httpDate(ms);
      this.#second = second;
    }
    return this.#text;
  }
}
