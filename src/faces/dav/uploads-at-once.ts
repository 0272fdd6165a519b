import { DavProblem } from './problem.ts';

/** More than any client sends at once by itself. */
const mostOfOne = 64;

/** How many bodies are on their way in: each may hold a piece, whether its client goes on sending or not. */
export class UploadsAtOnce {
  readonly #most: number;
  readonly #of = new Map<string, number>();
  #all = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns what says that the body is over. @throws DavProblem 503. */
  begin(user: string): () => void {
    const own = this.#of.get(user) ?? 0;
    if (own >= mostOfOne || this.#all >= this.#most) {
      throw new DavProblem(
        503,
        'Too many uploads are on their way at once. Nothing was changed and nothing stored is touched; send this one again in a moment.',
        { headers: { 'retry-after': '5' } },
      );
    }
    this.#count(user, 1);
    return () => this.#count(user, -1);
  }

  #count(user: string, change: 1 | -1): void {
    const own = (this.#of.get(user) ?? 0) + change;
    if (own === 0) this.#of.delete(user);
    else this.#of.set(user, own);
    this.#all += change;
  }
}
