interface Kept {
  readonly what: string;
  /** Below the folder of the hub. */
  readonly where: string;
  readonly until: string;
}

/** All that the hub keeps. A file that is not named here must not be written. */
export const keptAtHome: readonly Kept[] = [
  { what: 'consents that were given and withdrawn', where: 'consents.jsonl', until: 'kept' },
  { what: 'what left the home, and what was stopped', where: 'egress.jsonl', until: 'kept' },
  { what: 'system images that you stored', where: 'images/', until: 'until you delete them' },
];
