/** A promise of the program that was broken: what the simulation looks for. */
export class Violation extends Error {
  override name = 'Violation';
}

export function broken(what: string): never {
  throw new Violation(what);
}

export function holds(condition: boolean, what: () => string): asserts condition {
  if (!condition) broken(what());
}
