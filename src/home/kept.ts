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
  {
    what: 'address, identity and password of each router',
    where: 'routers/NAME/router.json',
    until: 'until `home forget`',
  },
  { what: 'what was changed on it', where: 'routers/NAME/history.jsonl', until: 'kept' },
  { what: 'a change that waits for its confirmation', where: 'routers/NAME/change.json', until: 'until it ends' },
  {
    what: 'its configurations, with Wi-Fi passwords',
    where: 'routers/NAME/snapshots/',
    until: 'until you delete them',
  },
  { what: 'devices seen, their names and times', where: 'routers/NAME/devices.json', until: 'until you delete it' },
  { what: 'an update that is on its way', where: 'routers/NAME/update.json', until: 'until it ends' },
  { what: 'which images were installed', where: 'routers/NAME/updates.jsonl', until: 'kept' },
  { what: 'how much went through it', where: 'routers/NAME/traffic.json', until: 'the last 10,000 samples' },
  { what: 'keys that you trust to sign images', where: 'keys/', until: 'until `home update distrust`' },
  { what: 'system images that you stored', where: 'images/', until: 'until you delete them' },
];
