/** Passed in everywhere, so that a seeded simulation can replay any run. */
export interface Clock {
  /** Milliseconds since 1970 UTC, as observed; never decides an order. */
  nowMs(): number;
}

export interface Randomness {
  bytes(length: number): Uint8Array;
}
