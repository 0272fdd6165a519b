import type { Command } from './command.ts';
import { place } from './option-groups.ts';

export const upgradeCommand: Command = {
  words: 'upgrade',
  operands: '',
  least: 0,
  most: 0,
  options: ['commit', 'json', ...place],
  summary: 'show or commit an upgrade of the data folder',
  details: [
    'Without --commit it changes nothing. Until a commit, a new program writes nothing that the one before can not',
    'read. A commit wants the server stopped; killed, it goes on when it is run again.',
  ],
  example: 'coffre upgrade --commit --data DIR',
  load: async () => (await import('./upgrade.ts')).upgrade,
};
