/** How often things happened: faults that struck, commands that ran and how they ended. */
export class Figures {
  readonly #counts: Map<string, number>;

  constructor(counts: Iterable<readonly [string, number]> = []) {
    this.#counts = new Map(counts);
  }

  add(what: string, times = 1): void {
    if (times > 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  addAll(other: Iterable<readonly [string, number]>): void {
    for (const [what, times] of other) this.add(what, times);
  }

  get(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** With this beginning, which is left out, most frequent first. */
  under(prefix: string): readonly (readonly [string, number])[] {
    return [...this.#counts]
      .filter(([what]) => what.startsWith(prefix))
      .map(([what, times]): [string, number] => [what.slice(prefix.length), times])
      .sort(([a, timesA], [b, timesB]) => timesB - timesA || (a < b ? -1 : 1));
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts];
  }
}
