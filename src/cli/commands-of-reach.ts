import type { Command } from './command.ts';
import { place } from './option-groups.ts';

export const reachCommands: readonly Command[] = [
  {
    words: 'tls own',
    operands: 'NAME|ADDRESS',
    least: 1,
    most: 1,
    options: ['json', ...place],
    summary: 'a certificate for this name, from an authority of your own',
    details: [
      'For the home network, without the internet. The authority can vouch for this one name only; each device is',
      'told once to trust it. Run it again within 800 days: devices that trust the authority go on to do so.',
    ],
    example: 'coffre tls own coffre.home.arpa',
    load: async () => (await import('./reach.ts')).makeOwn,
  },
  {
    words: 'tls request',
    operands: 'NAME',
    least: 1,
    most: 1,
    options: ['directory', 'host', 'port', 'force', 'json', ...place],
    summary: 'a certificate for your own domain, from a public authority',
    details: [
      'By ACME: NAME leads to this machine, and its port 80 comes to --port here (80 unless set). By running it you',
      'agree to the terms of the authority. Run it once a day: it asks only when fewer than 30 days are left.',
    ],
    example: 'coffre tls request cloud.example.org',
    load: async () => (await import('./reach.ts')).request,
  },
];
