import type { Command } from './command.ts';
import { place } from './option-groups.ts';

export const maintenanceCommand: Command = {
  words: 'maintenance',
  operands: '[on|off]',
  least: 0,
  most: 1,
  options: ['message', 'json', ...place],
  summary: 'let everything be read and nothing be written, while you work on the instance',
  details: [
    'Clients are told to come again (503, Retry-After) and keep what they have; the web application says what goes on. It',
    'stays over restarts until it is off. Without an operand it says how it is.',
  ],
  example: 'coffre maintenance on --message "A new disk; back at 10."',
  load: async () => (await import('./maintenance.ts')).maintenance,
};
